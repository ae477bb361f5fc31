/* Philox noise and the elementary functions. */
#include "noise.cuh"

template <noise_kind KIND, bool VECTOR>
static __global__ void noise_kernel(tweedie_noise address, const tweedie_noise *base, int64_t rows, int64_t dim,
                                    float *out) {
  const tweedie_noise noise = moved(address, base);
  for (quads q(rows, dim); q.inside(); q.next()) {
    float z[4];
    noise_quad(KIND, noise, (uint32_t)q.block, (uint32_t)q.row, z);
    store_quad<VECTOR>(out + q.at(), q.count(), z);
  }
}

template <noise_kind KIND>
static int32_t noise_op(tweedie_cuda *cuda, const char *name, const tweedie_noise *noise, int64_t rows, int64_t dim,
                        float *out) {
  call c(cuda, name);
  if (c.refused()) return c.status;
  auto kernel = dim % 4 == 0 && aligned(out) ? noise_kernel<KIND, true> : noise_kernel<KIND, false>;
  launch_strided(c, kernel, rows * tiles(dim, 4), *noise, cuda->base, rows, dim, out);
  return c.end();
}

int32_t tweedie_cuda_bits(tweedie_cuda *cuda, const tweedie_noise *noise, int64_t rows, int64_t dim, uint32_t *out) {
  /* moved only, never computed with */
  return noise_op<NOISE_BITS>(cuda, "bits", noise, rows, dim, reinterpret_cast<float *>(out));
}
int32_t tweedie_cuda_uniform(tweedie_cuda *cuda, const tweedie_noise *noise, int64_t rows, int64_t dim, float *out) {
  return noise_op<NOISE_UNIFORM>(cuda, "uniform", noise, rows, dim, out);
}
int32_t tweedie_cuda_normal(tweedie_cuda *cuda, const tweedie_noise *noise, int64_t rows, int64_t dim, float *out) {
  return noise_op<NOISE_NORMAL>(cuda, "normal", noise, rows, dim, out);
}

static __global__ void exp_kernel(int64_t n, const float *x, float *out) {
  for (int64_t i = first_item(); i < n; i += item_stride()) out[i] = vf_exp(x[i]);
}
static __global__ void log_kernel(int64_t n, const float *x, float *out) {
  for (int64_t i = first_item(); i < n; i += item_stride()) out[i] = vf_log(x[i]);
}
static __global__ void sincospi_kernel(int64_t n, const float *x, float *sin, float *cos) {
  for (int64_t i = first_item(); i < n; i += item_stride()) {
    float s, c;
    vf_sincospi(x[i], &s, &c);
    sin[i] = s;
    cos[i] = c;
  }
}

int32_t tweedie_cuda_apply_exp(tweedie_cuda *cuda, int64_t n, const float *x, float *out) {
  call c(cuda, "apply_exp");
  if (!c.refused()) launch_strided(c, exp_kernel, n, n, x, out);
  return c.end();
}
int32_t tweedie_cuda_apply_log(tweedie_cuda *cuda, int64_t n, const float *x, float *out) {
  call c(cuda, "apply_log");
  if (!c.refused()) launch_strided(c, log_kernel, n, n, x, out);
  return c.end();
}
int32_t tweedie_cuda_apply_sincospi(tweedie_cuda *cuda, int64_t n, const float *x, float *sin, float *cos) {
  call c(cuda, "apply_sincospi");
  if (!c.refused()) launch_strided(c, sincospi_kernel, n, n, x, sin, cos);
  return c.end();
}
