/* The 8-bit path beside exact mode, within the bound that it states; and what it leaves to the exact kernel. */
#include "byte_points.h"
#include "posterior.h"

#define BLOCK 252
#define SHARD_BLOCKS 32

static int32_t bytes_accumulate(tweedie_cpu *cpu, const struct problem *p, const void *table, int64_t first, int64_t last,
                             const tweedie_rows *rows, void *scratch) {
  return tweedie_cpu_bytes_accumulate(cpu, &p->prior, table, &p->level, first, last, rows, scratch);
}

struct bytes {
  float low, unit;
  int sparse;
};

/* Shares are off by 2^-17 of the block's largest weight, and blocks are left out below 2^-26 of a mass. Usual errors are
 * less than their bounds by 20 (evidence) and 100 (means) and more. */
static void test_score(tweedie_cpu *cpu, struct setting at, struct bytes of, int same, int summing) {
  struct problem p = make_problem(at);
  const tweedie_bytes bytes = make_bytes(&p, of.low, of.unit, of.sparse);
  const struct state exact = evaluate_exactly(cpu, &p, summing);
  const struct state fast =
      evaluate(cpu, &p, bytes_accumulate, &bytes, tweedie_cpu_bytes_scratch(&p.prior), summing);
  const double n = at.components < BLOCK ? (double)at.components : BLOCK;
  const struct equal equal = compare(&p, &exact, &fast, (struct allowed){.error = TWEEDIE_LOGIT_ERROR,
                                                                         .share = n * 0x1p-17 + SHARD_BLOCKS * 0x1p-26,
                                                                .range = 255 * of.unit * p.level.pull[0],
                                                                .evidence_factor = 15,
                                                                         .mean_factor = 100});
  if ((equal.evidence && equal.mean) != same) FAIL("dim %d, sigma %g: another kernel was taken", (int)at.dim, at.sigma);
  guarded_release();
}

static struct setting setting(int64_t rows, int64_t dim, int64_t components, double alpha, double sigma) {
  return (struct setting){TWEEDIE_ISOTROPIC, rows, dim, components, 0, 0, alpha, sigma, 0.9, 0.5 * sigma, 0, TWEEDIE_MEANS};
}

int main(void) {
  tweedie_cpu *cpu;
  if (tweedie_cpu_open(TWEEDIE_AVX512, &cpu) == TWEEDIE_OK) {
    if (tweedie_cpu_bytes_accumulate(cpu, NULL, NULL, NULL, 0, 0, NULL, NULL) != TWEEDIE_UNSUPPORTED)
      FAIL("a handle without VNNI");
    tweedie_cpu_close(cpu);
  }
  if (tweedie_cpu_open(TWEEDIE_AVX512_VNNI, &cpu) != TWEEDIE_OK) return failures ? 1 : 77;
  const struct bytes image = {0, 1.0f / 255, 1}, noise = {-0.5f, 0.01f, 0};
  test_score(cpu, setting(5, 784, 300, 1, 1), image, 0, 1);
  test_score(cpu, setting(37, 784, 1000, 1, 3), image, 0, 1);    /* two digits */
  test_score(cpu, setting(37, 784, 1000, 1, 0.5), image, 0, 1);  /* three; rows of exact mode refined or not */
  test_score(cpu, setting(37, 784, 1000, 1, 0.2), image, 0, 1);  /* most points weigh nothing */
  test_score(cpu, setting(37, 784, 1000, 1, 0.01), image, 1, 1); /* too coarse */
  test_score(cpu, setting(400, 100, 505, 0.8, 1), noise, 0, 1);  /* a group and a part of one */
  test_score(cpu, setting(400, 100, 505, 0.8, 1), noise, 0, 0);
  test_score(cpu, setting(17, 33, 251, 0.9, 0.6), noise, 0, 1);  /* a variance beside the noise; one byte over */
  test_score(cpu, setting(16, 47, 2, 0.9, 0.6), noise, 0, 1);
  test_score(cpu, setting(15, 49, TWEEDIE_SHARD + 253, 0.5, 2), noise, 0, 1);
  test_score(cpu, setting(1, 32, 14, 0.5, 50), noise, 0, 1);
  test_score(cpu, setting(9, 31, 100, 1, 1), noise, 1, 1);       /* too few dimensions */
  tweedie_cpu_close(cpu);
  return failures != 0;
}
