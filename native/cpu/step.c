/* The affine reverse step, residual norms. */
#include "kernels.h"
#include "noise.h"

struct step {
  int64_t dim;
  const tweedie_coefficients *coefficients;
  int64_t stride;
  const float *x, *denoised, *previous;
  float *out;
};

/* The terms without noise, of n elements from `at` on. */
LANE vf affine(const struct step *s, const tweedie_coefficients *k, int64_t at, int64_t n) {
  const int whole = n == VF_LANES;
  vf t = vf_mul(vf_set(k->a), whole ? vf_load(s->x + at) : vf_load_n(s->x + at, n));
  if (s->denoised) {
    t = vf_fma(vf_set(k->b), whole ? vf_load(s->denoised + at) : vf_load_n(s->denoised + at, n), t);
  }
  if (s->previous) {
    t = vf_fma(vf_set(k->c), whole ? vf_load(s->previous + at) : vf_load_n(s->previous + at, n), t);
  }
  return t;
}

LANE void step_noisy(const void *to, int64_t i, int64_t j, int64_t n, vf z) {
  const struct step *s = to;
  const tweedie_coefficients *k = s->coefficients + i * s->stride;
  int64_t at = i * s->dim + j;
  noise_store(s->out + at, n, vf_fma(vf_set(k->e), z, affine(s, k, at, n)));
}

int32_t TIER(step)(int64_t rows, int64_t dim, const tweedie_coefficients *coefficients, int64_t stride, const float *x,
                   const float *denoised, const float *previous, const tweedie_noise *noise, float *out) {
  struct step s = {dim, coefficients, stride, x, denoised, previous, out};
  if (noise) {
    noise_each(NOISE_NORMAL, noise, rows, dim, step_noisy, &s);
    return TWEEDIE_OK;
  }
  if (stride == 0) { /* one long row */
    dim *= rows;
    rows = dim != 0;
  }
  for (int64_t i = 0; i < rows; i++) {
    const tweedie_coefficients *k = coefficients + i * stride;
    int64_t at = i * dim, end = at + dim;
    for (; at + VF_LANES <= end; at += VF_LANES) vf_store(out + at, affine(&s, k, at, VF_LANES));
    if (at < end) vf_store_n(out + at, affine(&s, k, at, end - at), end - at);
  }
  return TWEEDIE_OK;
}

int32_t TIER(residual)(int64_t rows, int64_t dim, const float *x, const float *y, float *out) {
  enum { LANES = 16, PARTS = LANES / VF_LANES };
  for (int64_t i = 0; i < rows; i++, x += dim, y += dim) {
    vf acc[PARTS];
    for (int p = 0; p < PARTS; p++) acc[p] = vf_set(0.0f);
    int64_t j = 0;
    for (; j + LANES <= dim; j += LANES) {
      for (int p = 0; p < PARTS; p++) {
        vf t = vf_sub(vf_load(x + j + p * VF_LANES), vf_load(y + j + p * VF_LANES));
        acc[p] = vf_fma(t, t, acc[p]);
      }
    }
    for (int p = 0; p < PARTS && j < dim; p++, j += VF_LANES) { /* lanes past the end add +0 to a sum >= 0 */
      int64_t n = dim - j < VF_LANES ? dim - j : VF_LANES;
      vf t = vf_sub(vf_load_n(x + j, n), vf_load_n(y + j, n));
      acc[p] = vf_fma(t, t, acc[p]);
    }
    out[i] = vf_fold(acc);
  }
  return TWEEDIE_OK;
}
