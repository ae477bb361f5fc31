/* Priors, levels and batches for the tests of the score and draw kernels, in memory that ends at a guard page. */
#ifndef TWEEDIE_TEST_PRIOR_H
#define TWEEDIE_TEST_PRIOR_H

#include <float.h>

#include "guard.h"
#include "tweedie.h"

struct setting {
  int32_t kind;
  int64_t rows, dim, components, rank;
  int64_t stride;       /* isotropic: 0 where all components share one variance */
  double alpha, sigma;  /* from this level */
  double target_alpha, target_sigma;
  double away;          /* rows lie this much further off, each in a direction of its own */
  int32_t form;         /* tweedie_form */
};

struct problem {
  struct setting at;
  tweedie_prior prior;
  tweedie_level level;
  tweedie_reverse reverse;
  float *x;
  float *v;         /* what the covariance is multiplied with */
  double *weight;   /* K */
  double *variance; /* isotropic K, diagonal K x d, else eigenvalues K x r */
  double *tau;      /* low rank: K */
};

/* Directions in which a component has a variance of its own, and where it is kept. */
static int64_t directions(const struct setting *at) {
  switch (at->kind) {
    case TWEEDIE_ISOTROPIC: return 1;
    case TWEEDIE_LOW_RANK: return at->rank;
    default: return at->dim;
  }
}
static int64_t column(const struct setting *at, int64_t k, int64_t j) {
  return at->kind == TWEEDIE_ISOTROPIC ? k * (at->stride != 0) : k * directions(at) + j;
}

static void orthonormal(float *basis, float *rest, int64_t d, int64_t r) {
  double *u = malloc(sizeof(double) * (size_t)(d * r));
  for (int64_t e = 0; e < r; e++) {
    for (int64_t j = 0; j < d; j++) u[e * d + j] = normal01();
    for (int again = 0; again < 2; again++) {
      for (int64_t o = 0; o < e; o++) {
        double dot = 0;
        for (int64_t j = 0; j < d; j++) dot += u[o * d + j] * u[e * d + j];
        for (int64_t j = 0; j < d; j++) u[e * d + j] -= dot * u[o * d + j];
      }
      double norm = 0;
      for (int64_t j = 0; j < d; j++) norm += u[e * d + j] * u[e * d + j];
      for (int64_t j = 0; j < d; j++) u[e * d + j] /= sqrt(norm);
    }
  }
  for (int64_t j = 0; j < d; j++) {
    for (int64_t e = 0; e < r; e++) {
      basis[j * r + e] = (float)u[e * d + j];
      rest[j * r + e] = (float)(u[e * d + j] - basis[j * r + e]);
    }
  }
  free(u);
}

/* Biases of -log det P / 2 and the like, as the header says: the largest is taken out and goes to the offset. */
static void set_bias(struct problem *p, const double *logit) {
  double largest = -INFINITY;
  float *bias = floats(p->at.components);
  for (int64_t k = 0; k < p->at.components; k++) largest = fmax(largest, logit[k]);
  for (int64_t k = 0; k < p->at.components; k++) bias[k] = isinf(logit[k]) ? -INFINITY : (float)(logit[k] - largest);
  p->level.bias = bias;
  p->level.offset = largest - 0.5 * (double)p->at.dim * log(2 * M_PI);
}

/* The error of logits of components with variances of their own, from the least P and the squared length of a m, of
 * each component. */
static void set_spectral_error(struct problem *p, const double *least, const double *squares) {
  const struct setting *at = &p->at;
  const int low = at->kind == TWEEDIE_LOW_RANK;
  const double u = 0x1p-24, root = sqrt((double)at->dim), scale = (4 + root / 2) * u;
  const double chain = at->kind == TWEEDIE_DIAGONAL ? 0 : low ? (4 + root + sqrt((double)at->rank)) * u : (2 + root) * u;
  float *steep = floats(at->components), *far = floats(at->components);
  double S = 0, H = 0, T = 0, F = 0;
  for (int64_t k = 0; k < at->components; k++) {
    const double s = 1 / sqrt(least[k]), h = sqrt(squares[k]) * (low ? s : 1);
    const double t = chain * s, f = (low ? chain + 2 * u : 2 * u) * h;
    steep[k] = (float)t, far[k] = (float)f;
    S = fmax(S, s), H = fmax(H, h), T = fmax(T, t / scale), F = fmax(F, f / scale);
  }
  p->level.steep = steep;
  p->level.far = far;
  p->level.error_scale = (float)scale;
  p->level.widest_half = (float)(S * (S + T));
  p->level.reach = (float)(2 * S * H + S * F + H * T + FLT_MIN);
  p->level.bound += (float)(H * (H + F));
}

/* Of an eigenvalue c: the factor of z_k in the form's sums, what is left of m, and the covariance. */
static double gain(const struct setting *at, double c) {
  const double a = at->alpha, v = at->sigma * at->sigma, P = a * a * c + v;
  return at->form == TWEEDIE_MEANS ? a * c / P : at->form == TWEEDIE_SCORES ? -1 / P : -(v / a) / P;
}
static double share(const struct setting *at, double c) {
  const double a = at->alpha, v = at->sigma * at->sigma, P = a * a * c + v;
  return (at->form == TWEEDIE_SCORES ? a : v) / P;
}
static double covariance(const struct setting *at, double c) {
  const double a = at->alpha, v = at->sigma * at->sigma, P = a * a * c + v;
  return at->form == TWEEDIE_SCORES ? -1 / P : v * c / P;
}

static void set_level(struct problem *p) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim, r = p->prior.rank;
  const int64_t columns = column(at, K - 1, directions(at) - 1) + 1;
  const int64_t shifts = at->kind == TWEEDIE_LOW_RANK ? K : columns;
  const double a = at->alpha, s = at->sigma;
  float *scale = floats(columns), *shift = floats(shifts), *slope = floats(columns);
  float *pull = floats(shifts), *spread = floats(columns), *floor = floats(K);
  double *logit = malloc(sizeof(double) * (size_t)K);
  const int isotropic = at->kind == TWEEDIE_ISOTROPIC, low = at->kind == TWEEDIE_LOW_RANK;
  double *half = doubles(isotropic ? (at->stride ? K : 1) : K * (r + low + d * !r)), *constant = doubles(K);
  double *least = malloc(sizeof(double) * (size_t)K), *squares = calloc((size_t)K, sizeof(double));
  const int shared = isotropic && !at->stride;
  double largest_norm = 0, smallest = INFINITY;
  for (int64_t k = 0; k < K; k++) {
    logit[k] = plain_log(p->weight[k]);
    least[k] = INFINITY;
    for (int64_t j = 0; j < directions(at); j++) {
      const int64_t i = column(at, k, j);
      const double tau = at->kind == TWEEDIE_LOW_RANK ? p->tau[k] : 0, c = p->variance[i] + tau, P = a * a * c + s * s;
      const double q = a * a * tau + s * s;
      double projected = 0;
      if (at->kind == TWEEDIE_FULL)
        for (int64_t l = 0; l < d; l++)
          projected += (double)p->prior.basis[(k * d + l) * r + j] * p->prior.means[k * d + l];
      scale[i] = (float)(at->kind == TWEEDIE_ISOTROPIC ? a / P : 1 / sqrt(P));
      slope[i] = (float)(gain(at, c) * (at->kind == TWEEDIE_FULL ? sqrt(P) : 1));
      const double beyond = low && at->form != TWEEDIE_SCORES ? covariance(at, tau) : 0;
      spread[i] = (float)(covariance(at, c) - beyond);
      if (at->kind == TWEEDIE_ISOTROPIC) {
        shift[i] = (float)(0.5 / P), pull[i] = (float)share(at, c), half[i] = 0.5 / P;
        smallest = fmin(smallest, P);
        logit[k] -= 0.5 * (double)d * plain_log(P);
      } else {
        logit[k] -= 0.5 * plain_log(P);
        half[i + low * k] = 0.5 / P;
        least[k] = fmin(least[k], P);
      }
      if (at->kind == TWEEDIE_DIAGONAL) {
        shift[i] = (float)(a * p->prior.means[i] / sqrt(P));
        pull[i] = (float)(p->prior.means[i] * share(at, c));
        squares[k] += a * p->prior.means[i] * a * p->prior.means[i] / P;
      }
      if (at->kind == TWEEDIE_FULL) shift[i] = (float)(a * projected / sqrt(P)), squares[k] += a * projected * a * projected / P;
      if (low) {
        half[k * (r + 1) + r] = 0.5 / q;
        least[k] = fmin(least[k], q);
        shift[k] = (float)(1 / q), pull[k] = (float)gain(at, tau), floor[k] = (float)covariance(at, tau);
        if (j == 0) logit[k] -= 0.5 * (double)(d - r) * plain_log(q);
      }
    }
    constant[k] = logit[k];
    for (int64_t j = 0; low && j < d; j++) squares[k] += a * p->prior.means[k * d + j] * a * p->prior.means[k * d + j];
    if (at->kind == TWEEDIE_ISOTROPIC) {
      double norm = 0;
      for (int64_t j = 0; j < d; j++) norm += (double)p->prior.means[k * d + j] * p->prior.means[k * d + j];
      largest_norm = fmax(largest_norm, sqrt(norm));
      logit[k] -= a * a * norm * half[k * at->stride];
    }
  }
  set_bias(p, logit);
  float bound = 0;
  for (int64_t k = 0; k < K; k++) {
    constant[k] -= p->level.offset + 0.5 * (double)d * log(2 * M_PI);
    if (!isinf(p->level.bias[k])) bound = fmaxf(bound, -p->level.bias[k]);
  }
  p->level = (tweedie_level){.alpha = a,
                             .sigma = s,
                             .bias = p->level.bias,
                             .scale = scale,
                             .shift = shift,
                             .slope = slope,
                             .pull = pull,
                             .spread = spread,
                             .floor = floor,
                             .stride = at->kind == TWEEDIE_ISOTROPIC ? at->stride : 1,
                             .offset = p->level.offset,
                             .constant = constant,
                             .constant_stride = 1,
                             .half = half,
                             .error_scale = (float)((8 + 2 * sqrt((double)d)) * 0x1p-24),
                             .reach = (float)(largest_norm * a / smallest),
                             .bound = bound,
                             .widest_half = at->stride ? (float)(0.5 / smallest) : 0,
                             .form = at->form,
                             .lift = (float)(shared ? a / (double)pull[0] : a),
                             .back = (float)(shared ? 2 * half[0] : 1 / (s * s))};
  if (!isotropic) set_spectral_error(p, least, squares);
  free(logit);
  free(least);
  free(squares);
}

static void set_reverse(struct problem *p) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, r = p->prior.rank;
  const double a = at->alpha, s = at->sigma, au = at->target_alpha, su = at->target_sigma;
  const double across = a / au, v = s * s - across * across * su * su;
  const int64_t n = column(at, K - 1, directions(at) - 1) + 1;
  float *keep = floats(n), *pull = floats(n), *noise = floats(n), *keep_rest = floats(K), *noise_rest = floats(K);
  for (int64_t i = 0; i < n; i++) {
    const double tau = at->kind == TWEEDIE_LOW_RANK ? p->tau[i / r] : 0, c = p->variance[i] + tau;
    const double Pt = a * a * c + s * s, Pu = au * au * c + su * su;
    const double rest = (au * au * tau + su * su) / (a * a * tau + s * s);
    const int low = at->kind == TWEEDIE_LOW_RANK;
    keep[i] = (float)(across * (Pu / Pt - (low ? rest : 0)));
    pull[i] = (float)(au * v / Pt);
    noise[i] = (float)(sqrt(v * Pu / Pt) - (low ? sqrt(v * rest) : 0));
    if (low) keep_rest[i / r] = (float)(across * rest), noise_rest[i / r] = (float)sqrt(v * rest);
  }
  p->reverse = (tweedie_reverse){a, au, keep, pull, noise, keep_rest, noise_rest, p->level.stride};
}

/* Component 1 of three or more has weight zero; rows lie where the forward process puts them. */
static struct problem make_problem(struct setting at) {
  struct problem p = {.at = at};
  const int64_t K = at.components, d = at.dim;
  const int64_t r = at.kind == TWEEDIE_FULL ? d : at.kind == TWEEDIE_LOW_RANK ? at.rank : 0;
  float *centre = floats(d), *means = floats(K * d), *basis = r ? floats(K * d * r) : NULL;
  float *rest = r ? floats(K * d * r) : NULL;
  const int64_t n = column(&at, K - 1, directions(&at) - 1) + 1;
  random_state = (uint64_t)(1 + at.kind + 4 * d + 1000 * K + 1000000 * at.rows);
  p.weight = doubles(K), p.variance = doubles(n), p.tau = doubles(K);
  for (int64_t j = 0; j < d; j++) centre[j] = (float)normal01();
  for (int64_t i = 0; i < K * d; i++) means[i] = (float)normal01();
  for (int64_t i = 0; i < n; i++) p.variance[i] = 0.5 * uniform01();
  if (at.kind == TWEEDIE_ISOTROPIC && !at.stride && K % 2 == 0) p.variance[0] = 0; /* a data set */
  for (int64_t k = 0; k < K; k++) {
    p.weight[k] = k == 1 && K > 2 ? 0 : (0.5 + uniform01()) / (double)K;
    p.tau[k] = 0.1 * uniform01();
    if (r) orthonormal(basis + k * d * r, rest + k * d * r, d, r);
  }
  p.prior = (tweedie_prior){at.kind, (int32_t)r, K, d, centre, means, basis, rest, NULL, NULL, NULL};
  set_level(&p);
  set_reverse(&p);
  p.x = floats(at.rows * d);
  for (int64_t i = 0; i < at.rows; i++) {
    const int64_t k = (int64_t)(uniform01() * (double)K);
    for (int64_t j = 0; j < d; j++)
      p.x[i * d + j] = (float)(at.alpha * (centre[j] + means[k * d + j] + 0.5 * normal01()) + (at.sigma + at.away) * normal01());
  }
  p.v = floats(at.rows * d);
  for (int64_t i = 0; i < at.rows * d; i++) p.v[i] = (float)normal01();
  return p;
}

#endif
