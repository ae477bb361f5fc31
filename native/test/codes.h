/* Means of a problem in 8 bits, as filters have them; what they lose is measured in double. */
#ifndef TWEEDIE_TEST_CODES_H
#define TWEEDIE_TEST_CODES_H

#include "prior.h"

static inline tweedie_filter encode_means(const struct problem *p, const int32_t *order, int64_t head) {
  const int64_t K = p->at.components, d = p->at.dim, stride = (d + 63) / 64 * 64;
  uint8_t *codes = guarded((size_t)(K * stride));
  float *scale = floats(K), *norm = floats(K), *slack = floats(K), *tail = floats(K), most = 0;
  memset(codes, 0x5a, (size_t)(K * stride));
  for (int64_t k = 0; k < K; k++) {
    const float *m = p->prior.means + k * d;
    float largest = 0;
    double square = 0, lost = 0, behind = 0;
    for (int64_t j = 0; j < d; j++) largest = fmaxf(largest, fabsf(m[j]));
    scale[k] = largest < 1e-30f ? 0 : largest / 127;
    for (int64_t j = 0; j < d; j++) {
      const double mean = m[order[j]];
      const double q = scale[k] > 0 ? fmax(-127, fmin(127, rint(mean / (double)scale[k]))) : 0,
                   rest = mean - scale[k] * q;
      codes[k * stride + j] = (uint8_t)(128 + (int)q);
      square += mean * mean, lost += rest * rest, behind += j < head ? 0 : mean * mean;
    }
    norm[k] = nextafterf((float)(sqrt(square) * (1 + 1e-9)), INFINITY);
    slack[k] = nextafterf((float)(sqrt(lost) * (1 + 1e-9)), INFINITY);
    tail[k] = nextafterf((float)(sqrt(behind) * (1 + 1e-9)), INFINITY);
    most = fmaxf(most, norm[k]);
  }
  return (tweedie_filter){.codes = codes,
                          .stride = stride,
                          .order = order,
                          .head = head,
                          .tail = tail,
                          .scale = scale,
                          .norm = norm,
                          .slack = slack,
                          .largest = most};
}

#endif
