/* Grids of levels for the tests of the blind kernels, in memory that ends at a guard page. */
#ifndef TWEEDIE_TEST_BLIND_H
#define TWEEDIE_TEST_BLIND_H

#include "prior.h"

/* Levels from 1e-3 to 10, most of them small; level 1 of three or more has no mass. */
static tweedie_blind make_blind(const struct problem *p, int64_t levels) {
  const int64_t K = p->at.components, d = p->at.dim, r = p->at.kind == TWEEDIE_DIAGONAL ? d : p->prior.rank, S = levels;
  const int isotropic = p->at.kind == TWEEDIE_ISOTROPIC, low_rank = p->at.kind == TWEEDIE_LOW_RANK;
  float *bias = floats(K * S), *shift = floats(K * S), *pull = floats(K * S), *slope = floats(K * S);
  float *inverse = floats(K * S * r), *value = floats(K * r), *projected = floats(K * r), *least = floats(S);
  double *constant = doubles(K * S), *noise = doubles(S);
  double *variance = doubles(isotropic ? K : K * r), *floor = low_rank ? p->tau : NULL;
  for (int64_t s = 0; s < S; s++) least[s] = -INFINITY;
  for (int64_t k = 0; k < K; k++) {
    for (int64_t s = 0; s < S; s++) {
      const double t = S > 1 ? (double)s / (double)(S - 1) : 0.5, sigma = 1e-3 + 9.999 * t * t * t * t, v = sigma * sigma;
      const double tau = isotropic ? p->variance[k * (p->at.stride != 0)] : low_rank ? p->tau[k] : 0;
      double logit = plain_log(p->weight[k]) - 0.5 * (double)(d - r) * plain_log(tau + v);
      shift[k * S + s] = (float)((isotropic ? 0.5 : 1) / (tau + v));
      pull[k * S + s] = (float)((isotropic ? v : tau) / (tau + v));
      slope[k * S + s] = (float)(tau / (tau + v));
      for (int64_t e = 0; e < r; e++) {
        const double c = p->variance[k * r + e] + tau;
        inverse[(k * S + s) * r + e] = (float)(1 / (c + v));
        value[k * r + e] = (float)c;
        variance[k * r + e] = c;
        logit -= 0.5 * plain_log(c + v);
      }
      constant[k * S + s] = s == 1 && S > 2 ? -INFINITY : logit;
      bias[k * S + s] = (float)constant[k * S + s];
      least[s] = fmaxf(least[s], bias[k * S + s] - 2000);
      noise[s] = v;
      if (isotropic) variance[p->at.stride ? k : 0] = tau;
    }
    for (int64_t e = 0; e < r && p->at.kind == TWEEDIE_FULL; e++) {
      double sum = 0;
      for (int64_t j = 0; j < d; j++) sum += (double)p->prior.basis[(k * d + j) * r + e] * p->prior.means[k * d + j];
      projected[k * r + e] = (float)sum;
    }
  }
  const float steep = r > 0 && p->at.kind != TWEEDIE_DIAGONAL ? 1e-2f : 0.0f;
  return (tweedie_blind){S,           bias, shift, pull,     slope, inverse,  value, projected,
                         p->at.stride, 1,    0.25,  constant, noise, variance, floor, least,     steep};
}

#endif
