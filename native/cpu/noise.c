/* Philox noise and the elementary functions. */
#include "kernels.h"
#include "noise.h"

struct target {
  float *out;
  int64_t dim;
};

LANE void write(const void *to, int64_t i, int64_t j, int64_t n, vf z) {
  const struct target *target = to;
  noise_store(target->out + i * target->dim + j, n, z);
}

int32_t TIER(bits)(const tweedie_noise *noise, int64_t rows, int64_t dim, uint32_t *out) {
  struct target target = {(float *)out, dim}; /* moved only, never computed with */
  noise_each(NOISE_BITS, noise, rows, dim, write, &target);
  return TWEEDIE_OK;
}

int32_t TIER(uniform)(const tweedie_noise *noise, int64_t rows, int64_t dim, float *out) {
  struct target target = {out, dim};
  noise_each(NOISE_UNIFORM, noise, rows, dim, write, &target);
  return TWEEDIE_OK;
}

int32_t TIER(normal)(const tweedie_noise *noise, int64_t rows, int64_t dim, float *out) {
  struct target target = {out, dim};
  noise_each(NOISE_NORMAL, noise, rows, dim, write, &target);
  return TWEEDIE_OK;
}

int32_t TIER(apply_exp)(int64_t n, const float *x, float *out) {
  int64_t j = 0;
  for (; j + VF_LANES <= n; j += VF_LANES) vf_store(out + j, vf_exp(vf_load(x + j)));
  vf_store_n(out + j, vf_exp(vf_load_n(x + j, n - j)), n - j);
  return TWEEDIE_OK;
}

int32_t TIER(apply_log)(int64_t n, const float *x, float *out) {
  int64_t j = 0;
  for (; j + VF_LANES <= n; j += VF_LANES) vf_store(out + j, vf_log(vf_load(x + j)));
  vf_store_n(out + j, vf_log(vf_load_n(x + j, n - j)), n - j);
  return TWEEDIE_OK;
}

int32_t TIER(apply_sincospi)(int64_t n, const float *x, float *sin, float *cos) {
  int64_t j = 0;
  vf s, c;
  for (; j + VF_LANES <= n; j += VF_LANES) {
    vf_sincospi(vf_load(x + j), &s, &c);
    vf_store(sin + j, s);
    vf_store(cos + j, c);
  }
  vf_sincospi(vf_load_n(x + j, n - j), &s, &c);
  vf_store_n(sin + j, s, n - j);
  vf_store_n(cos + j, c, n - j);
  return TWEEDIE_OK;
}
