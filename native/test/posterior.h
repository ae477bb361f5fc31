/* Evidence and mean of a problem by one of the accumulations, and how far those of fast mode may be from exact ones. */
#ifndef TWEEDIE_TEST_POSTERIOR_H
#define TWEEDIE_TEST_POSTERIOR_H

#include "prior.h"

static int failures = 0;

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))

struct state {
  double *top;
  float *sum, *acc, *evidence, *mean;
};

/* An accumulation, with the table that it alone reads. */
typedef int32_t accumulation(tweedie_cpu *cpu, const struct problem *p, const void *table, int64_t first, int64_t last,
                       const tweedie_rows *rows, void *scratch);

static int32_t exact_accumulate(tweedie_cpu *cpu, const struct problem *p, const void *table, int64_t first, int64_t last,
                            const tweedie_rows *rows, void *scratch) {
  (void)table;
  return tweedie_cpu_evaluate_accumulate(cpu, &p->prior, &p->level, first, last, rows, scratch);
}

static struct state evaluate(tweedie_cpu *cpu, const struct problem *p, accumulation *by, const void *table, int64_t bytes,
                             int summing) {
  const int64_t B = p->at.rows, d = p->at.dim, K = p->at.components, width = tweedie_width(p->at.kind, d);
  struct state s = {doubles(B), floats(B), floats(B * width), floats(B), floats(B * d)};
  const tweedie_rows rows = {.rows = B, .x = p->x, .top = s.top, .sum = s.sum, .acc = summing ? s.acc : NULL};
  char *scratch = guarded((size_t)(bytes + 63) / 64 * 64);
  memset(scratch, 0xff, (size_t)bytes);
  for (int64_t i = 0; i < B; i++) s.top[i] = -INFINITY;
  for (int64_t first = 0; first < K; first += TWEEDIE_SHARD) {
    const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
    if (by(cpu, p, table, first, last, &rows, scratch) != TWEEDIE_OK) FAIL("accumulate: %s", tweedie_cpu_message(cpu));
  }
  tweedie_cpu_evaluate_finish(cpu, &p->prior, &p->level, &rows, s.evidence, summing ? s.mean : NULL, NULL);
  return s;
}

static struct state evaluate_exactly(tweedie_cpu *cpu, const struct problem *p, int summing) {
  return evaluate(cpu, p, exact_accumulate, NULL, tweedie_cpu_evaluate_scratch(&p->prior), summing);
}

/* What two logits that are off by TWEEDIE_LOGIT_ERROR and by `error` may differ by, and means whose coordinates are
 * within `range`, where rounding besides moves them by a share of it. Roundings fall either way, so that the root of the
 * mean square is less than these bounds by factors; that of something left out or swapped is not. */
struct allowed {
  double error, share, range;
  double evidence_factor, mean_factor;
};

static double root_mean_square(const double *errors, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += errors[i] * errors[i];
  return sqrt(sum / (double)n);
}

/* Returns whether the bits are the same. */
static int compare_one(const struct problem *p, const char *what, int64_t n, const float *exact, const float *fast,
                       double bound, double factor) {
  double *errors = doubles(n), worst = 0;
  int equal = 1;
  for (int64_t i = 0; i < n; i++) {
    errors[i] = (double)fast[i] - exact[i];
    equal &= fast[i] == exact[i];
    if (!(fabs(errors[i]) - 4 * 0x1p-24 * fabs(exact[i]) <= worst)) worst = fabs(errors[i]) - 4 * 0x1p-24 * fabs(exact[i]);
  }
  const double usual = root_mean_square(errors, n);
  if (!(worst <= bound && usual <= bound / factor))
    FAIL("%s: off by %g and usually %g, bound %g: rows %d, dim %d, components %d, sigma %g", what, worst, usual, bound,
         (int)p->at.rows, (int)p->at.dim, (int)p->at.components, p->at.sigma);
  return equal;
}

struct equal {
  int state, evidence, mean;
};

/* Says which have the same bits; state: maximum and mass. Logits off by e change a normalised weight by a factor of exp(2 e) at most. */
static inline struct equal compare(const struct problem *p, const struct state *exact, const struct state *fast,
                                   struct allowed allowed) {
  const double off = TWEEDIE_LOGIT_ERROR + allowed.error, bound = (expm1(2 * off) + allowed.share) * allowed.range;
  const int64_t B = p->at.rows;
  const int top = memcmp(exact->top, fast->top, (size_t)B * sizeof(double)) == 0;
  const int sum = memcmp(exact->sum, fast->sum, (size_t)B * sizeof(float)) == 0;
  return (struct equal){top && sum,
                        compare_one(p, "evidence", B, exact->evidence, fast->evidence, off, allowed.evidence_factor),
                        compare_one(p, "mean", B * p->at.dim, exact->mean, fast->mean, bound, allowed.mean_factor)};
}

#endif
