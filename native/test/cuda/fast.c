/* Fast mode beside exact mode, within the bounds of the rounding of its products; and the reason where there is no cuBLAS
 * (argument "absent"). */
#include <dlfcn.h>

#include "engine.h"
#include "prior.h"

static int failures = 0;
static struct engine engines[MOST_ENGINES];

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))

/* What a factor may be off by: half a unit in its last place, of TF32 a whole one. */
static const double units[] = {0x1p-24, 0x1p-10, 0x1p-8, 0x1p-22, 0};

/* Of the sum of absolute products. */
static double bound_of(int32_t precision, int64_t k) {
  if (precision == TWEEDIE_BF16X3) return (24 + (double)k / 32) * 0x1p-24;
  return 2 * units[precision] + (double)k * 0x1p-24;
}

static void test_gemm(tweedie_cuda *cuda, int32_t precision, int64_t m, int64_t n, int64_t k) {
  float *a = floats(m * k), *b = floats(k * n), *c = floats(m * n);
  for (int64_t i = 0; i < m * k; i++) a[i] = (float)normal01();
  for (int64_t i = 0; i < k * n; i++) b[i] = (float)normal01();
  for (int64_t i = 0; i < m * n; i++) c[i] = NAN;
  void *scratch = guarded((size_t)tweedie_cuda_fast_gemm_scratch(precision, m, n, k));
  if (tweedie_cuda_fast_gemm(cuda, precision, m, n, k, a, b, c, scratch) != TWEEDIE_OK)
    FAIL("gemm: %s", tweedie_cuda_message(cuda));
  tweedie_cuda_synchronize(cuda);
  int rounded = 0;
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) {
      double sum = 0, size = 0;
      for (int64_t l = 0; l < k; l++) {
        const double term = (double)a[i * k + l] * b[l * n + j];
        sum += term, size += fabs(term);
      }
      const double error = fabs(c[i * n + j] - sum);
      rounded |= error > 0x1p-15 * size;
      if (!(error <= bound_of(precision, k) * size))
        FAIL("gemm %d: %d x %d x %d: (%d, %d) is %a, wanted %a", precision, (int)m, (int)n, (int)k, (int)i, (int)j,
             c[i * n + j], sum);
    }
  }
  if (m * n * k > 100 && rounded != (precision == TWEEDIE_TF32 || precision == TWEEDIE_BF16)) FAIL("gemm %d: another precision was taken", precision);
  guarded_release();
}

struct state {
  double *top;
  float *sum, *acc, *evidence, *mean;
};

static struct state evaluate(struct engine engine, int32_t precision, const struct problem *p) {
  const int64_t B = p->at.rows, d = p->at.dim, K = p->at.components, width = tweedie_width(p->at.kind, d);
  struct state s = {doubles(B), floats(B), floats(B * width), floats(B), floats(B * d)};
  const tweedie_rows rows = {.rows = B, .x = p->x, .top = s.top, .sum = s.sum, .acc = s.acc};
  const tweedie_prior prior = p->at.stride ? with_turned(engine, p->prior) : p->prior;
  tweedie_level level = p->level;
  if (engine.cuda) level.error_scale = tweedie_cuda_fast_error_scale(precision, d, level.error_scale);
  const int64_t bytes =
      engine.cuda ? tweedie_cuda_fast_evaluate_scratch(precision, &prior, B) : tweedie_cpu_evaluate_scratch(&prior);
  char *scratch = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64);
  memset(scratch, 0xff, (size_t)bytes);
  memset(s.sum, 0, sizeof(float) * (size_t)B);
  memset(s.acc, 0, sizeof(float) * (size_t)(B * width));
  for (int64_t i = 0; i < B; i++) s.top[i] = -INFINITY;
  for (int64_t first = 0; first < K; first += TWEEDIE_SHARD) {
    const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
    if (engine.cpu)
      tweedie_cpu_evaluate_accumulate(engine.cpu, &prior, &level, first, last, &rows, scratch);
    else if (tweedie_cuda_fast_evaluate_accumulate(engine.cuda, precision, &prior, &level, first, last, &rows, scratch))
      FAIL("accumulate: %s", tweedie_cuda_message(engine.cuda));
  }
  ON(engine, evaluate_finish, &prior, &level, &rows, s.evidence, s.mean, NULL);
  if (engine.cuda) tweedie_cuda_synchronize(engine.cuda);
  free((void *)prior.turned);
  free(scratch);
  return s;
}

/* A logit that is off by e changes a weight by a factor of at most exp(e), a normalised one by exp(2 e). */
static void test_score(int32_t precision, struct setting at) {
  const struct problem p = make_problem(at);
  const struct state exact = evaluate(engines[0], precision, &p), fast = evaluate(engines[1], precision, &p);
  float largest = 0;
  for (int64_t i = 0; i < at.components * at.dim; i++) largest = fmaxf(largest, fabsf(p.prior.means[i]));
  for (int64_t i = 0; i < at.rows; i++) {
    double yy = 0;
    for (int64_t j = 0; j < at.dim; j++) {
      const double y = p.x[i * at.dim + j] - at.alpha * p.prior.centre[j];
      yy += y * y;
    }
    const double far = sqrt(yy) * p.level.reach + p.level.bound + p.level.widest_half * yy;
    const double coarse = precision == TWEEDIE_F32 ? 0 : 2 * units[precision];
    double off = 2 * p.level.error_scale * far; /* of this mode and of exact mode */
    if (off <= 2 * TWEEDIE_LOGIT_ERROR) off += coarse * far; /* else float64 */
    const double weights = expm1(2 * off) + 2 * coarse + 1e-5;
    if (!(fabs(fast.evidence[i] - exact.evidence[i]) <= off + 1e-5 * (1 + fabs(exact.evidence[i]))))
      FAIL("evidence %d of row %d: %g, exactly %g", precision, (int)i, fast.evidence[i], exact.evidence[i]);
    for (int64_t j = i * at.dim; j < (i + 1) * at.dim; j++)
      if (!(fabsf(fast.mean[j] - exact.mean[j]) <= weights * 2 * largest))
        FAIL("mean %d: row %d: %g, exactly %g: rows %d, dim %d, components %d, sigma %g", precision, (int)i,
             fast.mean[j], exact.mean[j], (int)at.rows, (int)at.dim, (int)at.components, at.sigma);
  }
  guarded_release();
}

static struct setting setting(int64_t rows, int64_t dim, int64_t components, int64_t stride, double sigma) {
  return (struct setting){TWEEDIE_ISOTROPIC, rows, dim, components, 0, stride, 0.8, sigma, 0.9, 0.5 * sigma, 0, TWEEDIE_MEANS};
}

/* Tensor cores read TF32 along k alone; cuBLAS takes slower kernels for other layouts. */
static void test_layouts(void) {
  int64_t (*strided)(void) =
      (int64_t (*)(void))dlsym(dlopen("libcublas.so.13", RTLD_LAZY | RTLD_NOLOAD), "emulated_strided");
  const int64_t before = strided();
  for (int32_t precision = TWEEDIE_F32; precision <= TWEEDIE_BF16X3; precision++)
    test_score(precision, setting(17, 16, 169, 0, 1));
  if (strided() != before) FAIL("%d products of factors that do not lie along k", (int)(strided() - before));
}

static void test_absent(tweedie_cuda *cuda) {
  tweedie_cuda_device device;
  if (tweedie_cuda_fast(cuda) != TWEEDIE_UNSUPPORTED) FAIL("fast mode without cuBLAS");
  if (strstr(tweedie_cuda_message(cuda), "no cuBLAS: found none of") == NULL) FAIL("%s", tweedie_cuda_message(cuda));
  if (tweedie_cuda_info(cuda, &device) != TWEEDIE_OK || tweedie_cuda_blas_version() != 0) FAIL("a version of no cuBLAS");
  test_gemm(cuda, TWEEDIE_BF16X3, 5, 33, 17); /* which needs none */
}

/* Exact mode, and what a device is, need no cuBLAS: it would cost every engine a quarter of a second. */
static void test_not_loaded(tweedie_cuda *cuda) {
  tweedie_cuda_device device;
  if (tweedie_cuda_info(cuda, &device) != TWEEDIE_OK) FAIL("%s", tweedie_cuda_message(cuda));
  if (dlopen("libcublas.so.13", RTLD_LAZY | RTLD_NOLOAD)) FAIL("cuBLAS is loaded where nobody asked for it");
}

static void test_all(tweedie_cuda *cuda) {
  test_not_loaded(cuda);
  if (tweedie_cuda_fast(cuda) != TWEEDIE_OK) FAIL("%s", tweedie_cuda_message(cuda));
  if (tweedie_cuda_blas_version() != 130201) FAIL("version %d", (int)tweedie_cuda_blas_version());
  test_layouts();
  for (int32_t precision = TWEEDIE_F32; precision <= TWEEDIE_BF16X3; precision++) {
    test_gemm(cuda, precision, 1, 1, 0);
    test_gemm(cuda, precision, 5, 33, 17);
    test_gemm(cuda, precision, 130, 3, 103);
    for (int64_t stride = 0; stride < 2; stride++) {
      test_score(precision, setting(17, 16, 169, stride, 1));
      test_score(precision, setting(33, 3, 85, stride, 1e-3)); /* refined rows */
      test_score(precision, setting(5, 2, TWEEDIE_SHARD + 100, stride, 0.5));
    }
  }
}

int main(int count, char **arguments) {
  const int absent = count > 1 && strcmp(arguments[1], "absent") == 0;
  if (open_engines(engines) != 2 || (absent && (dlopen("libcublas.so.13", RTLD_LAZY) || dlopen("libcublas.so.12", RTLD_LAZY))))
    return 77;
  if (absent)
    test_absent(engines[1].cuda);
  else
    test_all(engines[1].cuda);
  close_engines(engines, 2);
  return failures != 0;
}
