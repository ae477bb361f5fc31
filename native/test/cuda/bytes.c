/* Data sets of bytes in fast mode by tensor cores, beside sums in float64 and within the bound of cuda/score_bytes.cu: images,
 * of which most bytes are 0, bytes of every value, points of which all bytes are large, so that corrections cancel, and
 * levels at which rows are refined. With an argument, the short ones only. */
#include <stdio.h>

#include "byte_points.h"

static int failures = 0;

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))

static double largest_mean(const struct problem *p) {
  double largest = 0;
  for (int64_t k = 0; k < p->at.components; k++) {
    double square = 0;
    for (int64_t j = 0; j < p->at.dim; j++) {
      const double m = p->prior.means[k * p->at.dim + j];
      square += m * m;
    }
    largest = fmax(largest, square);
  }
  return sqrt(largest);
}

struct posterior {
  double evidence, *mean; /* of means alone: what shared variances add is the same for all */
};

static struct posterior reference(const struct problem *p, int64_t row) {
  const int64_t K = p->at.components, d = p->at.dim;
  struct posterior r = {0, calloc((size_t)d, sizeof(double))};
  double *logit = malloc(sizeof(double) * (size_t)K), top = -INFINITY, sum = 0;
  for (int64_t k = 0; k < K; k++) {
    double distance = 0;
    for (int64_t j = 0; j < d; j++) {
      const double t = p->x[row * d + j] - p->at.alpha * ((double)p->prior.centre[j] + p->prior.means[k * d + j]);
      distance += t * t;
    }
    logit[k] = p->level.constant[k] - p->level.half[0] * distance;
    top = fmax(top, logit[k]);
  }
  for (int64_t k = 0; k < K; k++) {
    const double w = exp(logit[k] - top);
    sum += w;
    for (int64_t j = 0; j < d; j++) r.mean[j] += w * p->prior.means[k * d + j];
  }
  for (int64_t j = 0; j < d; j++) r.mean[j] /= sum;
  r.evidence = top + log(sum) + p->level.offset;
  free(logit);
  return r;
}

static void test_score(tweedie_cuda *cuda, struct setting at, float low, float unit, int kind) {
  struct problem p = make_problem(at);
  const tweedie_bytes bytes = make_bytes(&p, low, unit, kind);
  const int64_t B = at.rows, d = at.dim, K = at.components, width = tweedie_width(at.kind, d);
  const float largest = (float)largest_mean(&p);
  tweedie_level level = p.level;
  level.error_scale = tweedie_cuda_bytes_error_scale(&bytes, K, d, largest);
  if (isinf(level.error_scale)) {
    FAIL("dim %d, components %d: not within the bounds of fast mode", (int)d, (int)K);
    return;
  }
  const tweedie_rows rows = {.rows = B, .x = p.x, .top = doubles(B), .sum = floats(B), .acc = floats(B * width)};
  float *evidence = floats(B), *mean = floats(B * d);
  const int64_t space = tweedie_cuda_bytes_scratch(&p.prior, B);
  void *scratch = guarded((size_t)(space + 255) / 256 * 256);
  memset(scratch, 0xff, (size_t)space);
  int32_t status = tweedie_cuda_evaluate_reset(cuda, &p.prior, &rows);
  for (int64_t first = 0; first < K && !status; first += TWEEDIE_SHARD) {
    const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
    status = tweedie_cuda_bytes_accumulate(cuda, &p.prior, &bytes, &level, first, last, &rows, scratch);
  }
  if (!status) status = tweedie_cuda_evaluate_finish(cuda, &p.prior, &level, &rows, evidence, mean, NULL);
  if (status || tweedie_cuda_synchronize(cuda)) FAIL("%s", tweedie_cuda_message(cuda));
  double worst_evidence = 0, worst_mean = 0;
  for (int64_t i = 0; i < B; i++) {
    const struct posterior exact = reference(&p, i);
    double yy = 0;
    for (int64_t j = 0; j < d; j++) {
      const double y = p.x[i * d + j] - at.alpha * p.prior.centre[j];
      yy += y * y;
    }
    const double error = level.error_scale * (sqrt(yy) * level.reach + level.bound);
    const double e = fmin(error, TWEEDIE_LOGIT_ERROR);
    /* the roundings of what evidence is made of, and of a mean, of its components' sum and of what variances add */
    const double rounding = 8 * 0x1p-24 * (fabs(exact.evidence) + fabs(level.offset) + yy * level.half[0]);
    const double sums = (27 + fmin((double)K, TWEEDIE_SHARD) / 32 + 4) * 0x1p-24 * 510 * unit + bytes.slack;
    const double allowed = (expm1(2 * e) * 255 * unit + sums) * level.pull[0];
    const double off = fabs(evidence[i] - exact.evidence);
    if (!(off <= e + rounding)) FAIL("evidence of row %d: %.9g, wanted %.9g", (int)i, evidence[i], exact.evidence);
    worst_evidence = fmax(worst_evidence, off / (e + rounding));
    for (int64_t j = 0; j < d; j++) {
      const double y = p.x[i * d + j] - at.alpha * p.prior.centre[j];
      const double beside = p.prior.centre[j] + level.slope[0] * y;
      const double wanted = level.pull[0] * exact.mean[j] + beside, found = mean[i * d + j];
      const double bound = allowed + 4 * 0x1p-24 * (fabs(wanted) + fabs(level.slope[0] * y) + fabs(p.prior.centre[j]));
      if (!(fabs(found - wanted) <= bound) && failures < 10)
        FAIL("mean of row %d: %.9g, wanted %.9g, bound %g: dim %d, components %d, sigma %g", (int)i, found, wanted,
             bound, (int)d, (int)K, at.sigma);
      worst_mean = fmax(worst_mean, fabs(found - wanted) / bound);
    }
    free(exact.mean);
  }
  printf("dim %d, components %d, sigma %g: errors of %.3f and %.3f of their bounds\n", (int)d, (int)K, at.sigma,
         worst_evidence, worst_mean);
  guarded_release();
}

static struct setting setting(int64_t rows, int64_t dim, int64_t components, double alpha, double sigma) {
  return (struct setting){TWEEDIE_ISOTROPIC, rows, dim,          components, 0, 0, alpha, sigma, 0.9,
                          0.5 * sigma,       0,    TWEEDIE_MEANS};
}

/* Where sums are short, or bytes far from the points that are left of them, three parts keep a bound that bytes do not. */
static void test_declined(void) {
  const tweedie_bytes bytes = {.unit = 1.0f / 255, .norm = 9, .slack = 0};
  if (isinf(tweedie_cuda_bytes_error_scale(&bytes, 60000, 784, 9))) FAIL("images are declined");
  if (!isinf(tweedie_cuda_bytes_error_scale(&bytes, 60000, 32, 9))) FAIL("32 dimensions");
  if (!isinf(tweedie_cuda_bytes_error_scale(&bytes, 60000, 784, 0.1f))) FAIL("points next to each other");
  if (!isinf(tweedie_cuda_bytes_error_scale(&bytes, 60000, 784, 0))) FAIL("one point");
  if (!isinf(tweedie_cuda_bytes_error_scale(&bytes, 5, 784, 9))) FAIL("five points");
}

static void test_absent(void) {
  tweedie_cuda *cuda;
  setenv("CUDA_HOST_CAPABILITY", "80", 1);
  if (tweedie_cuda_open(0, &cuda)) abort();
  if (tweedie_cuda_bytes_accumulate(cuda, NULL, NULL, NULL, 0, 0, NULL, NULL) != TWEEDIE_UNSUPPORTED ||
      strstr(tweedie_cuda_message(cuda), "sm_90a") == NULL)
    FAIL("said where they are not: %s", tweedie_cuda_message(cuda));
  tweedie_cuda_close(cuda);
}

int main(int count, char **arguments) {
  tweedie_cuda *cuda;
  (void)arguments;
  if (tweedie_cuda_open(0, &cuda)) return 1;
  enum { EVERY, MOST_ARE_0 };
  test_score(cuda, setting(37, 160, 200, 1, 1), 0, 1.0f / 255, MOST_ARE_0);
  test_score(cuda, setting(37, 160, 200, 1, 20), 0, 1.0f / 255, MOST_ARE_0); /* where logits hardly err */
  if (count == 1) {
    test_score(cuda, setting(130, 300, 505, 0.8, 1), -0.5f, 0.01f, EVERY);
    test_score(cuda, setting(5, 300, 505, 0.8, 0.02), -0.5f, 0.01f, EVERY); /* refined rows */
    test_score(cuda, setting(9, 784, 300, 1, 20), 100, 1.0f / 255, EVERY); /* corrections that cancel */
    test_score(cuda, setting(3, 200, TWEEDIE_SHARD + 100, 0.5, 2), 0, 1.0f / 255, MOST_ARE_0);
  }
  test_declined();
  tweedie_cuda_close(cuda);
  test_absent();
  return failures != 0;
}
