/* The 8-bit path beside exact mode, within the bound that it states; and what it leaves to the exact kernel. */
#include "prior.h"

static int failures = 0;

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))

#define BLOCK 252
#define SHARD_BLOCKS 32
#define TYPICAL 100 /* the root of some thousand roundings, and logits that lie within their bound by as much */

/* Bytes of a kind in place of the problem's points: m = low + unit q - centre. */
static tweedie_pixels make_pixels(struct problem *p, float low, float unit, int sparse) {
  const int64_t K = p->at.components, d = p->at.dim, stride = (d + 15) / 16 * 16;
  uint8_t *values = guarded((size_t)(K * stride));
  float *means = floats(K * d), *centre = floats(d);
  double norm = 0, slack = 0;
  memset(values, 0, (size_t)(K * stride));
  for (int64_t j = 0; j < d; j++) centre[j] = low + unit * (float)((sparse ? 30 : 130) + 10 * uniform01());
  p->prior.centre = centre;
  for (int64_t k = 0; k < K; k++) {
    double square = 0, off = 0;
    for (int64_t j = 0; j < d; j++) {
      const uint8_t q = (uint8_t)(sparse && uniform01() < 0.8 ? 0 : 256 * uniform01());
      const double exact = low + (double)unit * q - p->prior.centre[j];
      values[k * stride + j] = q;
      means[k * d + j] = (float)exact;
      square += (double)unit * unit * q * q;
      off += (means[k * d + j] - exact) * (means[k * d + j] - exact);
    }
    norm = fmax(norm, sqrt(square));
    slack = fmax(slack, sqrt(off));
  }
  p->prior.means = means;
  set_level(p);
  for (int64_t i = 0; i < p->at.rows; i++) {
    const int64_t k = (int64_t)(uniform01() * (double)K);
    for (int64_t j = 0; j < d; j++)
      p->x[i * d + j] = (float)(p->at.alpha * (p->prior.centre[j] + means[k * d + j]) + p->at.sigma * normal01());
  }
  return (tweedie_pixels){values, stride, low, unit, (float)(1.001 * norm), (float)(1.001 * slack)};
}

struct state {
  double *top;
  float *sum, *acc, *evidence, *mean;
};

static struct state evaluate(tweedie_cpu *cpu, const struct problem *p, const tweedie_pixels *pixels, int summing) {
  const int64_t B = p->at.rows, d = p->at.dim, K = p->at.components, width = tweedie_width(p->at.kind, d);
  struct state s = {doubles(B), floats(B), floats(B * width), floats(B), floats(B * d)};
  const tweedie_rows rows = {.rows = B, .x = p->x, .top = s.top, .sum = s.sum, .acc = summing ? s.acc : NULL};
  const int64_t bytes = pixels ? tweedie_cpu_pixels_scratch(&p->prior) : tweedie_cpu_score_scratch(&p->prior);
  char *scratch = guarded((size_t)(bytes + 63) / 64 * 64);
  memset(scratch, 0xff, (size_t)bytes);
  for (int64_t i = 0; i < B; i++) s.top[i] = -FLT_MAX;
  for (int64_t first = 0; first < K; first += TWEEDIE_SHARD) {
    const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
    const int32_t status = pixels ? tweedie_cpu_pixels_gather(cpu, &p->prior, pixels, &p->level, first, last, &rows, scratch)
                                  : tweedie_cpu_score_gather(cpu, &p->prior, &p->level, first, last, &rows, scratch);
    if (status != TWEEDIE_OK) FAIL("gather: %s", tweedie_cpu_message(cpu));
  }
  tweedie_cpu_score_finish(cpu, &p->prior, &p->level, &rows, s.evidence, summing ? s.mean : NULL, NULL);
  return s;
}

struct bytes {
  float low, unit;
  int sparse;
};

/* Logits off by e change a normalised weight by a factor of at most exp(2 e); of both kernels e is TWEEDIE_LOGIT_ERROR
 * at most. Shares are off by 2^-17 of the block's largest weight, and blocks are left out below 2^-26 of a mass. */
static void test_score(tweedie_cpu *cpu, struct setting at, struct bytes of, int same, int summing) {
  struct problem p = make_problem(at);
  const tweedie_pixels pixels = make_pixels(&p, of.low, of.unit, of.sparse);
  const struct state exact = evaluate(cpu, &p, NULL, summing), fast = evaluate(cpu, &p, &pixels, summing);
  const double n = at.components < BLOCK ? (double)at.components : BLOCK, range = 255 * of.unit;
  const double off = 2 * (double)TWEEDIE_LOGIT_ERROR;
  const double pull = p.level.pull[0];
  const double bound = (expm1(2 * off) + n * 0x1p-17 + SHARD_BLOCKS * 0x1p-26) * range * pull;
  int equal = 1;
  double squares = 0;
  for (int64_t i = 0; i < at.rows; i++) {
    equal &= fast.evidence[i] == exact.evidence[i];
    if (!(fabs(fast.evidence[i] - exact.evidence[i]) <= off + 4 * 0x1p-24 * fabs(exact.evidence[i])))
      FAIL("evidence of row %d: %g, exactly %g: dim %d, components %d, sigma %g", (int)i, fast.evidence[i],
           exact.evidence[i], (int)at.dim, (int)at.components, at.sigma);
    for (int64_t j = i * at.dim; summing && j < (i + 1) * at.dim; j++) {
      equal &= fast.mean[j] == exact.mean[j];
      squares += pow(fast.mean[j] - exact.mean[j], 2);
      if (!(fabsf(fast.mean[j] - exact.mean[j]) <= bound))
        FAIL("mean of row %d: %g, exactly %g: rows %d, dim %d, components %d, sigma %g", (int)i, fast.mean[j],
             exact.mean[j], (int)at.rows, (int)at.dim, (int)at.components, at.sigma);
    }
  }
  /* roundings fall either way; a point left out does not */
  if (!(sqrt(squares / (double)(at.rows * at.dim)) <= bound / TYPICAL))
    FAIL("dim %d, components %d, sigma %g: the error has a direction", (int)at.dim, (int)at.components, at.sigma);
  if (same ? !equal : equal) FAIL("dim %d, sigma %g: another kernel was taken", (int)at.dim, at.sigma);
  guarded_release();
}

static struct setting setting(int64_t rows, int64_t dim, int64_t components, double alpha, double sigma) {
  return (struct setting){TWEEDIE_ISOTROPIC, rows, dim, components, 0, 0, alpha, sigma, 0.9, 0.5 * sigma, 0};
}

int main(void) {
  tweedie_cpu *cpu;
  if (tweedie_cpu_open(TWEEDIE_AVX512, &cpu) == TWEEDIE_OK) {
    if (tweedie_cpu_pixels_gather(cpu, NULL, NULL, NULL, 0, 0, NULL, NULL) != TWEEDIE_UNSUPPORTED)
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
  test_score(cpu, setting(17, 33, 251, 0.9, 0.6), noise, 0, 1);  /* a variance beside the noise; one pixel over */
  test_score(cpu, setting(16, 47, 2, 0.9, 0.6), noise, 0, 1);
  test_score(cpu, setting(15, 49, TWEEDIE_SHARD + 253, 0.5, 2), noise, 0, 1);
  test_score(cpu, setting(1, 32, 14, 0.5, 50), noise, 0, 1);
  test_score(cpu, setting(9, 31, 100, 1, 1), noise, 1, 1);       /* too few dimensions */
  tweedie_cpu_close(cpu);
  return failures != 0;
}
