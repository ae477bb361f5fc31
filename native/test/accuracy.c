/* The scalar tier against the formulas of the posterior in float64, which know nothing of tables, blocks or shards. */
#include "prior.h"

static int failures = 0;
static tweedie_cpu *cpu;

static double dot(const double *a, const double *b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* One row in float64. */
struct posterior {
  double evidence, *mean, *score, *diagonal, *rho;
  double logit_error, reach; /* bound on the float32 error of a logit; largest |M_kj| */
};

/* Logit of component k, its mean M and variance h; returns the size of what cancels in the logit. */
static double component(const struct problem *p, int64_t k, const double *x, double *logit, double *M, double *h) {
  const struct setting *at = &p->at;
  const int64_t d = at->dim, r = p->prior.rank;
  const double a = at->alpha, s2 = at->sigma * at->sigma;
  const double tau = at->kind == TWEEDIE_LOW_RANK ? p->tau[k] : 0, q = a * a * tau + s2;
  double z[d], square = 0, smallest = INFINITY, seen = 0, norm = 0;
  *logit = log(p->weight[k]);
  for (int64_t j = 0; j < d; j++) {
    const double m = p->prior.means[k * d + j];
    z[j] = x[j] - a * m, M[j] = m, h[j] = 0;
    seen += x[j] * x[j], norm += a * a * m * m;
  }
  if (r == 0) {
    for (int64_t j = 0; j < d; j++) {
      const double c = p->variance[column(at, k, j)], P = a * a * c + s2;
      M[j] += a * c / P * z[j], h[j] = s2 * c / P;
      *logit -= 0.5 * (log(P) + z[j] * z[j] / P);
      square += z[j] * z[j] / P, smallest = fmin(smallest, P);
    }
  } else {
    double rest[d];
    memcpy(rest, z, sizeof rest);
    for (int64_t e = 0; e < r; e++) {
      double u[d];
      for (int64_t j = 0; j < d; j++) u[j] = p->prior.basis[(k * d + j) * r + e];
      const double c = p->variance[k * r + e] + tau, P = a * a * c + s2, along = dot(u, z, d);
      *logit -= 0.5 * (log(P) + along * along / P);
      square += along * along / P, smallest = fmin(smallest, P);
      for (int64_t j = 0; j < d; j++) {
        M[j] += a * c / P * along * u[j], rest[j] -= along * u[j];
        h[j] += u[j] * u[j] * (s2 * c / P - s2 * tau / q);
      }
    }
    const double left = at->kind == TWEEDIE_LOW_RANK ? dot(rest, rest, d) / q : 0;
    *logit -= 0.5 * ((double)(d - r) * log(q) + left);
    square += left, smallest = fmin(smallest, at->kind == TWEEDIE_LOW_RANK ? q : INFINITY);
    for (int64_t j = 0; j < d && at->kind == TWEEDIE_LOW_RANK; j++)
      M[j] += a * tau / q * rest[j], h[j] += s2 * tau / q;
  }
  /* |x'|^2 / p and the like lose digits in products; |z| (|x'| + a |m|) / p in differences of rounded projections */
  if (at->kind == TWEEDIE_ISOTROPIC) return (seen + norm) / smallest + fabs(*logit);
  return sqrt(square) * (sqrt(seen) + sqrt(norm)) / sqrt(smallest) * sqrt((double)(r + 1)) + square + fabs(*logit);
}

static double *zeros(int64_t n) { return calloc((size_t)n, sizeof(double)); }

static struct posterior posterior(const struct problem *p, const float *row) {
  const int64_t d = p->at.dim, K = p->at.components;
  double x[d], *logit = malloc(sizeof(double) * (size_t)K), *M = malloc(sizeof(double) * (size_t)(K * d));
  double *h = malloc(sizeof(double) * (size_t)(K * d)), *cancelled = malloc(sizeof(double) * (size_t)K);
  struct posterior out = {.mean = zeros(d), .score = zeros(d), .diagonal = zeros(d), .rho = zeros(K)};
  for (int64_t j = 0; j < d; j++) x[j] = row[j] - p->at.alpha * p->prior.centre[j];
  double top = -INFINITY, sum = 0;
  for (int64_t k = 0; k < K; k++) {
    cancelled[k] = component(p, k, x, &logit[k], M + k * d, h + k * d);
    top = fmax(top, logit[k]);
  }
  for (int64_t k = 0; k < K; k++) sum += exp(logit[k] - top);
  out.evidence = top + log(sum) - 0.5 * (double)d * log(2 * M_PI);
  double size = 0;
  for (int64_t k = 0; k < K; k++) {
    out.rho[k] = exp(logit[k] - top) / sum;
    if (logit[k] - top > -40) size = fmax(size, cancelled[k]);
    for (int64_t j = 0; j < d; j++) {
      out.mean[j] += out.rho[k] * M[k * d + j];
      if (logit[k] - top > -40) out.reach = fmax(out.reach, fabs(M[k * d + j]));
    }
  }
  for (int64_t k = 0; k < K; k++)
    for (int64_t j = 0; j < d; j++)
      out.diagonal[j] += out.rho[k] * (h[k * d + j] + (M[k * d + j] - out.mean[j]) * (M[k * d + j] - out.mean[j]));
  for (int64_t j = 0; j < d; j++)
    out.score[j] = (p->at.alpha * out.mean[j] - x[j]) / (p->at.sigma * p->at.sigma);
  /* chains of d fma, some 8 roundings beside; isotropic rows with more than 2^-8 to lose are evaluated directly */
  out.logit_error = (double)(d + 8) * 0x1p-24 * size;
  if (p->at.kind == TWEEDIE_ISOTROPIC) out.logit_error = fmin(out.logit_error, 0x1p-8 + 0x1p-22 * fabs(out.evidence));
  free(logit), free(M), free(h), free(cancelled);
  return out;
}

static void near(const struct problem *p, const char *what, int64_t i, double found, double wanted, double bound) {
  if (fabs(found - wanted) <= bound) return;
  failures++;
  printf("%s %d: found %.9g, wanted %.9g, bound %g: kind %d, rows %d, dim %d, components %d, rank %d, sigma %g\n", what,
         (int)i, found, wanted, bound, (int)p->at.kind, (int)p->at.rows, (int)p->at.dim, (int)p->at.components,
         (int)p->at.rank, p->at.sigma);
}

/* Evaluates all rows in one call of each kernel; each output of finish may be null. */
static void evaluate(const struct problem *p, tweedie_rows *rows, float *evidence, float *mean, float *score,
                     float *rho) {
  const int64_t B = p->at.rows, d = p->at.dim, K = p->at.components;
  void *scratch = aligned_alloc(64, (size_t)(tweedie_cpu_evaluate_scratch(&p->prior) + 63) / 64 * 64);
  *rows = (tweedie_rows){.rows = B,
                         .x = p->x,
                         .top = doubles(B),
                         .sum = floats(B),
                         .acc = floats(B * tweedie_width(p->at.kind, d)),
                         .diagonal = floats(B * d),
                         .chosen = guarded(sizeof(int64_t) * (size_t)B),
                         .noise = {.seed = 5, .stream = 1, .step = 2}};
  for (int64_t i = 0; i < B; i++) rows->top[i] = -INFINITY, rows->chosen[i] = -1;
  for (int64_t k = 0; k < K; k += TWEEDIE_SHARD) {
    const int64_t last = k + TWEEDIE_SHARD < K ? k + TWEEDIE_SHARD : K;
    tweedie_cpu_evaluate_accumulate(cpu, &p->prior, &p->level, k, last, rows, scratch);
  }
  tweedie_cpu_evaluate_finish(cpu, &p->prior, &p->level, rows, evidence, mean, score);
  for (int64_t k = 0; k < K; k += TWEEDIE_SHARD) {
    const int64_t last = k + TWEEDIE_SHARD < K ? k + TWEEDIE_SHARD : K;
    tweedie_cpu_evaluate_responsibilities(cpu, &p->prior, &p->level, k, last, rows, rho, scratch);
    tweedie_cpu_evaluate_diagonal(cpu, &p->prior, &p->level, k, last, rows, scratch);
  }
  free(scratch);
}

static void check(struct setting at) {
  struct problem p = make_problem(at);
  const int64_t B = at.rows, d = at.dim, K = at.components;
  float *evidence = floats(B), *mean = floats(B * d), *score = floats(B * d), *rho = floats(B * K);
  tweedie_rows rows;
  evaluate(&p, &rows, evidence, mean, score, rho);
  for (int64_t i = 0; i < B; i++) {
    struct posterior want = posterior(&p, p.x + i * d);
    const double e = want.logit_error, rounding = (double)(d + 8) * 0x1p-24;
    /* a weight is off by 2 e relative, the mean by that of its terms, the covariance by the square's twice that */
    const double off = (2 * e + rounding) * want.reach;
    near(&p, "evidence", i, evidence[i], want.evidence, 2 * e + 0x1p-22 * (fabs(want.evidence) + fabs(p.level.offset)));
    for (int64_t j = 0; j < d; j++) {
      const double x = fabs(p.x[i * d + j]) + fabs((double)p.prior.centre[j]);
      near(&p, "mean", i, mean[i * d + j], want.mean[j] + p.prior.centre[j], off + 0x1p-22 * x);
      near(&p, "score", i, score[i * d + j], want.score[j], (off + 0x1p-22 * x) / (at.sigma * at.sigma));
      near(&p, "diagonal", i, rows.diagonal[i * d + j], want.diagonal[j],
           8 * off * want.reach + 0x1p-20 * want.diagonal[j]);
    }
    for (int64_t k = 0; k < K; k++)
      near(&p, "responsibility", k, rho[i * K + k], want.rho[k], (4 * e + 0x1p-20) * want.rho[k] + 5e-18); /* e^-40 */
    free(want.mean), free(want.score), free(want.diagonal), free(want.rho);
  }
  guarded_release();
}

/* Many rows at one point: the components drawn are as frequent as the responsibilities say, though no pass ever holds
 * all of them. Components next to each other share a bin. */
#define BINS 60
static void check_draws(struct setting at) {
  struct problem p = make_problem(at);
  const int64_t B = at.rows, d = at.dim, K = at.components;
  for (int64_t i = 1; i < B; i++) memcpy(p.x + i * d, p.x, sizeof(float) * (size_t)d);
  float *rho = floats(B * K);
  tweedie_rows rows;
  evaluate(&p, &rows, NULL, NULL, NULL, rho);
  double count[BINS] = {0}, expected[BINS] = {0}, chi2 = 0;
  for (int64_t i = 0; i < B; i++) count[rows.chosen[i] * BINS / K]++;
  for (int64_t k = 0; k < K; k++) expected[k * BINS / K] += (double)B * rho[k];
  int freedom = -1;
  double rest = 0, rest_count = 0;
  for (int b = 0; b < BINS; b++) {
    if (expected[b] < 5) { /* too few for the law of chi2: together */
      rest += expected[b], rest_count += count[b];
      continue;
    }
    chi2 += (count[b] - expected[b]) * (count[b] - expected[b]) / expected[b], freedom++;
  }
  if (rest >= 5) chi2 += (rest_count - rest) * (rest_count - rest) / rest, freedom++;
  /* the noise is addressed, so this either always holds or never: six standard deviations */
  near(&p, "chi2 of draws", 0, chi2, freedom, 6 * sqrt(2 * freedom));
  if (freedom < 10) near(&p, "bins that can be drawn", 0, freedom, 10, 0);
  guarded_release();
}

/* x_u of the drawn component with the normals that the header addresses. */
static void check_reverse(struct setting at) {
  struct problem p = make_problem(at);
  const int64_t B = at.rows, d = at.dim, r = p.prior.rank;
  float *rho = floats(B * at.components), *xi = floats(B * d), *out = floats(B * d);
  tweedie_rows rows;
  evaluate(&p, &rows, NULL, NULL, NULL, rho);
  void *scratch = aligned_alloc(64, (size_t)(tweedie_cpu_evaluate_scratch(&p.prior) + 63) / 64 * 64);
  tweedie_cpu_draw(cpu, &p.prior, &p.reverse, &rows, out, scratch);
  tweedie_cpu_normal(cpu, &rows.noise, B, d, xi);
  const double a = at.alpha, au = at.target_alpha, across = a / au, st = at.sigma * at.sigma;
  const double su = at.target_sigma * at.target_sigma, v = st - across * across * su;
  for (int64_t i = 0; i < B; i++) {
    const int64_t k = rows.chosen[i];
    const double tau = at.kind == TWEEDIE_LOW_RANK ? p.tau[k] : 0;
    const double kept = r ? (au * au * tau + su) / (a * a * tau + st) : 0;
    double z[d], want[d], size = 1;
    for (int64_t j = 0; j < d; j++) {
      const double m = p.prior.means[k * d + j], centre = p.prior.centre[j];
      z[j] = p.x[i * d + j] - a * (centre + m);
      want[j] = au * (centre + m);
      size += fabs(p.x[i * d + j]) + fabs(m) + fabs(centre) + fabs(xi[i * d + j]);
      if (at.kind == TWEEDIE_LOW_RANK) want[j] += across * kept * z[j] + sqrt(v * kept) * xi[i * d + j];
      if (r > 0) continue;
      const double c = p.variance[column(&at, k, j)];
      const double shrink = (au * au * c + su) / (a * a * c + st);
      want[j] += across * shrink * z[j] + sqrt(v * shrink) * xi[i * d + j];
    }
    for (int64_t e = 0; e < r; e++) {
      const float *u = p.prior.basis + k * d * r + e;
      const double c = p.variance[k * r + e] + tau, shrink = (au * au * c + su) / (a * a * c + st);
      double along = 0, fresh = 0;
      for (int64_t j = 0; j < d; j++) along += u[j * r] * z[j], fresh += (double)u[j * r] * xi[i * d + j];
      if (at.kind == TWEEDIE_FULL) fresh = xi[i * d + e];
      for (int64_t j = 0; j < d; j++)
        want[j] += u[j * r] * (across * (shrink - (at.kind == TWEEDIE_LOW_RANK ? kept : 0)) * along +
                               (sqrt(v * shrink) - (at.kind == TWEEDIE_LOW_RANK ? sqrt(v * kept) : 0)) * fresh);
    }
    for (int64_t j = 0; j < d; j++)
      near(&p, "draw", i, out[i * d + j], want[j], (double)(d + 8) * 0x1p-24 * size);
  }
  free(scratch);
  guarded_release();
}

static struct setting setting(int32_t kind, int64_t rows, int64_t dim, int64_t components, int64_t stride,
                              double sigma) {
  return (struct setting){kind, rows, dim, components, dim < 3 ? 1 : 3, stride, 0.8, sigma, 0.9, 0.5 * sigma, 0, TWEEDIE_MEANS};
}

int main(void) {
  if (tweedie_cpu_open(TWEEDIE_SCALAR, &cpu) != TWEEDIE_OK) return 77;
  static const double sigmas[] = {1e-3, 0.05, 0.3, 1.0, 10.0};
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++) {
    for (int s = 0; s < 5; s++) {
      for (int64_t stride = 0; stride < 2; stride++) {
        check(setting(kind, 7, 1, 5, stride, sigmas[s]));
        check(setting(kind, 5, 3, 169, stride, sigmas[s]));
        check(setting(kind, 5, 17, 85, stride, sigmas[s]));
        check_reverse(setting(kind, 9, 5, 85, stride, sigmas[s]));
      }
    }
    check_draws(setting(kind, 4000, 2, 169, 1, 1.0));
    check_draws(setting(kind, 500, 2, 2 * TWEEDIE_SHARD + 85, 1, 3.0)); /* three shards */
  }
  tweedie_cpu_close(cpu);
  return failures != 0;
}
