/* Data sets of bytes for the tests of fast mode's forms for them. */
#ifndef TWEEDIE_TEST_BYTE_POINTS_H
#define TWEEDIE_TEST_BYTE_POINTS_H

#include "prior.h"

/* Bytes of a kind in place of the problem's points: m = low + unit q - centre. */
static tweedie_bytes make_bytes(struct problem *p, float low, float unit, int sparse) {
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
  return (tweedie_bytes){values, stride, low, unit, (float)(1.001 * norm), (float)(1.001 * slack)};
}

#endif
