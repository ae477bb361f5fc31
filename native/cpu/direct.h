/* Squared distances in float64, directly: sums of 16 chains, folded 8, 4, 2, 1. `seen` is a row less a component's mean. */
#ifndef TWEEDIE_DIRECT_H
#define TWEEDIE_DIRECT_H

#include <stdint.h>

#define CHAINS 16

static inline double fold(double *lane) {
  for (int half = CHAINS / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  return lane[0];
}

/* p = U'seen, of a basis in two parts */
static inline void project_direct(int64_t d, int64_t r, const float *basis, const float *rest, const double *seen,
                                  double *p) {
  for (int64_t e = 0; e < r; e++) p[e] = 0.0;
  for (int64_t j = 0; j < d; j++) {
    const double z = seen[j];
    for (int64_t e = 0; e < r; e++) p[e] = __builtin_fma((double)basis[j * r + e] + (double)rest[j * r + e], z, p[e]);
  }
}

/* |seen - U p|^2 */
static inline double squared_rest(int64_t d, int64_t r, const float *basis, const float *rest, const double *seen,
                                  const double *p) {
  double lane[CHAINS] = {0};
  for (int64_t j = 0; j < d; j++) {
    double off = seen[j];
    for (int64_t e = 0; e < r; e++)
      off = __builtin_fma(-((double)basis[j * r + e] + (double)rest[j * r + e]), p[e], off);
    lane[j % CHAINS] = __builtin_fma(off, off, lane[j % CHAINS]);
  }
  return fold(lane);
}

#endif
