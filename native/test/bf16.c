/* The bfloat16 path beside exact mode, within the bound that it states; and what it leaves to the exact kernel. */
#include "posterior.h"

/* To nearest, ties to even. */
static uint32_t half(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

static double lost(float x) {
  const uint32_t bits = half(x) << 16;
  float rounded;
  memcpy(&rounded, &bits, sizeof rounded);
  return (double)x - rounded;
}

static tweedie_bf16 round_means(const tweedie_prior *prior) {
  const int64_t K = prior->components, d = prior->dim, words = (d + 1) / 2;
  uint32_t *rows = guarded((size_t)(K * words) * sizeof *rows);
  uint32_t *pairs = guarded((size_t)((K + 1) / 2 * d) * sizeof *pairs);
  double slack = 0;
  for (int64_t k = 0; k < K; k++) {
    const float *m = prior->means + k * d;
    double square = 0;
    for (int64_t j = 0; j < d; j++) {
      square += lost(m[j]) * lost(m[j]);
      if (j % 2 == 0) rows[k * words + j / 2] = half(m[j]) | (j + 1 < d ? half(m[j + 1]) << 16 : 0);
      if (k % 2 == 0) pairs[k / 2 * d + j] = half(m[j]) | (k + 1 < K ? half(m[d + j]) << 16 : 0);
    }
    slack = fmax(slack, sqrt(square));
  }
  return (tweedie_bf16){rows, pairs, nextafterf((float)slack, INFINITY)};
}

static int32_t bf16_accumulate(tweedie_cpu *cpu, const struct problem *p, const void *table, int64_t first, int64_t last,
                           const tweedie_rows *rows, void *scratch) {
  return tweedie_cpu_bf16_accumulate(cpu, &p->prior, table, &p->level, first, last, rows, scratch);
}

/* Which products are those of pairs: the state shows the logits' one, the mean either. */
enum taken { NONE, SUMS, BOTH };

/* A weight and a mean of the sums are off by 2^-8 each. Usual errors are less than their bounds by 240 (evidence), 640
 * (means) and 89 (means where one point weighs, which no others average) and more; with the halves of a pair swapped,
 * by 11 and 96 at most. */
static void test_score(tweedie_cpu *cpu, struct setting at, enum taken taken, int summing) {
  const struct problem p = make_problem(at);
  const tweedie_bf16 bf16 = round_means(&p.prior);
  const struct state exact = evaluate_exactly(cpu, &p, summing);
  const struct state fast = evaluate(cpu, &p, bf16_accumulate, &bf16, tweedie_cpu_bf16_scratch(&p.prior), summing);
  float largest = 0;
  for (int64_t i = 0; i < at.components * at.dim; i++) largest = fmaxf(largest, fabsf(p.prior.means[i]));
  const struct equal equal = compare(&p, &exact, &fast,
                                     (struct allowed){.error = taken == BOTH ? TWEEDIE_BF16_LOGIT_ERROR : 0,
                                                      .share = taken == NONE ? 0 : 2 * 0x1p-8 + 0x1p-16,
                                                      .range = 2 * largest,
                                                      .evidence_factor = 200,
                                                      .mean_factor = taken == BOTH ? 400 : 80});
  if (equal.state != (taken != BOTH)) FAIL("dim %d, sigma %g: other logits were taken", (int)at.dim, at.sigma);
  if (equal.mean != (taken == NONE || !summing))
    FAIL("dim %d, sigma %g: other sums were taken", (int)at.dim, at.sigma);
  guarded_release();
}

static struct setting setting(int64_t rows, int64_t dim, int64_t components, int64_t stride, double alpha, double sigma) {
  return (struct setting){TWEEDIE_ISOTROPIC, rows, dim, components, 0, stride, alpha, sigma, 0.9, 0.5 * sigma, 0, TWEEDIE_MEANS};
}

int main(void) {
  tweedie_cpu *cpu;
  if (tweedie_cpu_open(TWEEDIE_AVX512, &cpu) == TWEEDIE_OK) {
    if (tweedie_cpu_bf16_accumulate(cpu, NULL, NULL, NULL, 0, 0, NULL, NULL) != TWEEDIE_UNSUPPORTED)
      FAIL("a handle without bfloat16");
    tweedie_cpu_close(cpu);
  }
  if (tweedie_cpu_open(TWEEDIE_AVX512_BF16, &cpu) != TWEEDIE_OK) return failures ? 1 : 77;
  test_score(cpu, setting(37, 784, 1000, 0, 1, 50), BOTH, 1);
  test_score(cpu, setting(37, 784, 1000, 0, 1, 50), BOTH, 0);
  test_score(cpu, setting(37, 784, 1000, 0, 1, 10), SUMS, 1);   /* logits would be too coarse */
  test_score(cpu, setting(37, 784, 1000, 0, 1, 1), SUMS, 1);    /* few points weigh */
  test_score(cpu, setting(37, 784, 1000, 0, 1, 0.01), SUMS, 1); /* and rows are refined */
  test_score(cpu, setting(100, 33, 251, 0, 0.5, 10), BOTH, 1);  /* odd: a half word a row, and half a pair of rows */
  test_score(cpu, setting(16, 47, 85, 0, 0.5, 10), BOTH, 1);    /* a block and one */
  test_score(cpu, setting(1, 32, 2, 0, 0.5, 10), BOTH, 1);
  test_score(cpu, setting(5, 40, TWEEDIE_SHARD + 83, 0, 0.5, 10), BOTH, 1);
  test_score(cpu, setting(9, 31, 100, 0, 1, 50), NONE, 1);      /* too few dimensions */
  test_score(cpu, setting(9, 40, 100, 1, 1, 50), NONE, 1);      /* a variance each */
  tweedie_cpu_close(cpu);
  return failures != 0;
}
