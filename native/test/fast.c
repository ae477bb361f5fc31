/* Fast mode beside exact mode, within the bound of its products, with a stand-in for oneMKL (mkl/rt.c); and the reason
 * where the library cannot be used. */
#include <dlfcn.h>

#include "engine.h"
#include "posterior.h"

static void test_gemm(tweedie_cpu *cpu, int64_t m, int64_t n, int64_t k) {
  float *a = floats(m * k), *b = floats(k * n), *c = floats(m * n);
  for (int64_t i = 0; i < m * k; i++) a[i] = (float)normal01();
  for (int64_t i = 0; i < k * n; i++) b[i] = (float)normal01();
  for (int64_t i = 0; i < m * n; i++) c[i] = NAN;
  if (tweedie_cpu_fast_gemm(cpu, m, n, k, a, b, c) != TWEEDIE_OK) FAIL("gemm: %s", tweedie_cpu_message(cpu));
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) {
      double sum = 0, size = 0;
      for (int64_t l = 0; l < k; l++) {
        const double term = (double)a[i * k + l] * b[l * n + j];
        sum += term, size += fabs(term);
      }
      if (!(fabs(c[i * n + j] - sum) <= (double)k * 0x1p-24 * size)) FAIL("gemm: (%d, %d)", (int)i, (int)j);
    }
  }
  guarded_release();
}

static int32_t fast_accumulate(tweedie_cpu *cpu, const struct problem *p, const void *table, int64_t first, int64_t last,
                           const tweedie_rows *rows, void *scratch) {
  (void)table;
  return tweedie_cpu_fast_evaluate_accumulate(cpu, &p->prior, &p->level, first, last, rows, scratch);
}

/* A logit that is off by e changes a weight by a factor of at most exp(e), a normalised one by exp(2 e). Where rows are
 * refined, or d is small, the exact kernel computes: the bits are the same. */
static void test_score(const struct engine *engine, struct setting at, int same, int summing) {
  const struct problem p = make_problem(at);
  const struct state exact = evaluate_exactly(engine->cpu, &p, summing);
  const struct state fast =
      evaluate(engine->cpu, &p, fast_accumulate, NULL, tweedie_cpu_fast_evaluate_scratch(&p.prior), summing);
  int equal = 1;
  float largest = 0;
  for (int64_t i = 0; i < at.components * at.dim; i++) largest = fmaxf(largest, fabsf(p.prior.means[i]));
  for (int64_t i = 0; i < at.rows; i++) {
    double yy = 0;
    for (int64_t j = 0; j < at.dim; j++) {
      const double y = p.x[i * at.dim + j] - at.alpha * p.prior.centre[j];
      yy += y * y;
    }
    const double off = 2 * p.level.error_scale * (sqrt(yy) * p.level.reach + p.level.bound + p.level.widest_half * yy);
    equal &= fast.evidence[i] == exact.evidence[i];
    if (!(fabs(fast.evidence[i] - exact.evidence[i]) <= off + 1e-5 * (1 + fabs(exact.evidence[i]))))
      FAIL("%s: evidence of row %d: %g, exactly %g", engine->name, (int)i, fast.evidence[i], exact.evidence[i]);
    for (int64_t j = i * at.dim; summing && j < (i + 1) * at.dim; j++) {
      equal &= fast.mean[j] == exact.mean[j];
      if (!(fabsf(fast.mean[j] - exact.mean[j]) <= (expm1(2 * off) + 1e-5) * 2 * largest))
        FAIL("%s: mean of row %d: %g, exactly %g: rows %d, dim %d, components %d, sigma %g", engine->name, (int)i,
             fast.mean[j], exact.mean[j], (int)at.rows, (int)at.dim, (int)at.components, at.sigma);
    }
  }
  const int telling = summing && at.rows > 1; /* few roundings may all fall alike */
  if (same ? !equal : equal && telling)
    FAIL("%s: rows %d, dim %d, sigma %g: another kernel was taken", engine->name, (int)at.rows, (int)at.dim, at.sigma);
  guarded_release();
}

static struct setting setting(int64_t rows, int64_t dim, int64_t components, int64_t stride, double sigma) {
  return (struct setting){TWEEDIE_ISOTROPIC, rows, dim, components, 0, stride, 0.8, sigma, 0.9, 0.5 * sigma, 0, TWEEDIE_MEANS};
}

static void test_absent(tweedie_cpu *cpu) {
  if (tweedie_cpu_fast_gemm(cpu, 0, 1, 1, NULL, NULL, NULL) != TWEEDIE_UNSUPPORTED) FAIL("gemm without a library");
  if (tweedie_cpu_fast(cpu, "/nowhere/libmkl_rt.so", TWEEDIE_LAYER_INTEL) != TWEEDIE_UNSUPPORTED ||
      strstr(tweedie_cpu_message(cpu), "/nowhere/libmkl_rt.so") == NULL)
    FAIL("no library: %s", tweedie_cpu_message(cpu));
  if (tweedie_cpu_fast(cpu, "libc.so.6", TWEEDIE_LAYER_INTEL) != TWEEDIE_UNSUPPORTED ||
      strstr(tweedie_cpu_message(cpu), "is no libmkl_rt") == NULL)
    FAIL("another library: %s", tweedie_cpu_message(cpu));
}

int main(void) {
  struct engine engines[MOST_ENGINES];
  const int count = open_engines(engines);
  for (int e = 0; e < count; e++) {
    tweedie_cpu *cpu = engines[e].cpu;
    test_absent(cpu);
    if (tweedie_cpu_fast(cpu, TWEEDIE_TEST_MKL, TWEEDIE_LAYER_SEQUENTIAL) != TWEEDIE_OK)
      FAIL("%s", tweedie_cpu_message(cpu));
    if (strcmp(tweedie_cpu_fast_version(cpu), "Stand-in Version 0.0") != 0) FAIL("%s", tweedie_cpu_fast_version(cpu));
    test_gemm(cpu, 1, 1, 1);
    test_gemm(cpu, 5, 33, 17);
    for (int64_t stride = 0; stride < 2; stride++) {
      test_score(&engines[e], setting(1, 32, 3, stride, 1), 0, 1);
      test_score(&engines[e], setting(37, 33, 505, stride, 1.5), 0, 1); /* a block and one component */
      test_score(&engines[e], setting(37, 33, 505, stride, 1.5), 0, 0);
      test_score(&engines[e], setting(17, 40, 1100, stride, 0.4), 0, 1); /* most components weigh nothing */
      test_score(&engines[e], setting(3, 32, TWEEDIE_SHARD + 100, stride, 1), 0, 1);
      test_score(&engines[e], setting(9, 31, 100, stride, 1), 1, 1);    /* too few dimensions */
      test_score(&engines[e], setting(9, 33, 100, stride, 1e-3), 1, 1); /* refined rows */
    }
  }
  int (*threads)(int);
  void *symbol = dlsym(dlopen(TWEEDIE_TEST_MKL, RTLD_NOW), "MKL_Set_Num_Threads_Local");
  memcpy(&threads, &symbol, sizeof symbol);
  if (threads(0) != 0) FAIL("the caller's number of threads was changed");
  close_engines(engines, count);
  return count == 0 ? 77 : failures != 0;
}
