/* The affine reverse step, residual norms, rows that are not finite and what becomes of their results.
 *
 * A step with noise moves 4 bytes for each array and element and costs some 60 instructions an element, by the code for
 * sm_90. At 12 bytes an element an H200 has 86 issue slots for it before memory is the lesser bound. */
#include "noise.cuh"

struct step_arguments {
  const tweedie_coefficients *coefficients;
  int64_t stride;
  const float *x, *denoised, *previous;
  float *out;
};

template <bool NOISE, bool VECTOR>
static __global__ void step_kernel(step_arguments s, tweedie_noise address, const tweedie_noise *base, int64_t rows,
                                   int64_t dim) {
  const tweedie_noise noise = NOISE ? moved(address, base) : address;
  for (quads q(rows, dim); q.inside(); q.next()) {
    const tweedie_coefficients k = s.coefficients[q.row * s.stride];
    const int64_t at = q.at();
    const int n = q.count();
    float t[4], term[4];
    load_quad<VECTOR>(s.x + at, n, t);
    for (int i = 0; i < 4; i++) t[i] = k.a * t[i];
    if (s.denoised) {
      load_quad<VECTOR>(s.denoised + at, n, term);
      for (int i = 0; i < 4; i++) t[i] = fmaf(k.b, term[i], t[i]);
    }
    if (s.previous) {
      load_quad<VECTOR>(s.previous + at, n, term);
      for (int i = 0; i < 4; i++) t[i] = fmaf(k.c, term[i], t[i]);
    }
    if (NOISE) {
      noise_quad(NOISE_NORMAL, noise, (uint32_t)q.block, (uint32_t)q.row, term);
      for (int i = 0; i < 4; i++) t[i] = fmaf(k.e, term[i], t[i]);
    }
    store_quad<VECTOR>(s.out + at, n, t);
  }
}

int32_t tweedie_cuda_step(tweedie_cuda *cuda, int64_t rows, int64_t dim, const tweedie_coefficients *coefficients,
                          int64_t stride, const float *x, const float *denoised, const float *previous,
                          const tweedie_noise *noise, float *out) {
  call c(cuda, "step");
  if (c.refused()) return c.status;
  const step_arguments s = {coefficients, stride, x, denoised, previous, out};
  const bool vector = dim % 4 == 0 && aligned(x) && aligned(denoised) && aligned(previous) && aligned(out);
  auto kernel = noise ? vector ? step_kernel<true, true> : step_kernel<true, false>
                      : vector ? step_kernel<false, true> : step_kernel<false, false>;
  launch_strided(c, kernel, rows * tiles(dim, 4), s, noise ? *noise : tweedie_noise{}, cuda->base, rows,
         dim);
  return c.end();
}

/* Half a warp a row: its 16 threads are the 16 lanes of the contract. */
static __global__ void residual_kernel(int64_t rows, int64_t dim, const float *x, const float *y, float *out) {
  const int lane = (int)(threadIdx.x % 16);
  for (int64_t i = first_item() / 16; i < (rows + 1) / 2 * 2; i += item_stride() / 16) { /* whole warps stay together */
    float sum = 0.0f;
    for (int64_t j = lane; i < rows && j < dim; j += 16) {
      const float t = x[i * dim + j] - y[i * dim + j];
      sum = fmaf(t, t, sum);
    }
    for (int half = 8; half > 0; half /= 2) sum += __shfl_down_sync(0xffffffffu, sum, half, 16);
    if (lane == 0 && i < rows) out[i] = sum;
  }
}

int32_t tweedie_cuda_residual(tweedie_cuda *cuda, int64_t rows, int64_t dim, const float *x, const float *y, float *out) {
  call c(cuda, "residual");
  if (!c.refused()) launch_strided(c, residual_kernel, rows * 16, rows, dim, x, y, out);
  return c.end();
}

/* Its rows go by one division a number that is not finite, of which there are none. */
template <bool VECTOR>
static __global__ void mark_kernel(int64_t rows, int64_t dim, const float *x, int64_t *mark) {
  constexpr int WIDTH = VECTOR ? 4 : 1;
  for (int64_t i = first_item() * WIDTH; i < rows * dim; i += item_stride() * WIDTH) {
    float v[4];
    load_quad<VECTOR>(x + i, WIDTH, v);
    bool finite = true;
#pragma unroll
    for (int j = 0; j < WIDTH; j++) finite = finite && v[j] - v[j] == 0.0f;
    if (finite) continue;
    for (int j = WIDTH - 1; j >= 0; j--)
      if (!(v[j] - v[j] == 0.0f))
        atomicMax((unsigned long long *)mark, (unsigned long long)(INT64_MAX - (i + j) / dim));
  }
}

int32_t tweedie_cuda_mark(tweedie_cuda *cuda, int64_t rows, int64_t dim, const float *x, int64_t *mark) {
  call c(cuda, "mark");
  if (c.refused()) return c.status;
  const bool vector = rows * dim % 4 == 0 && aligned(x);
  launch_strided(c, vector ? mark_kernel<true> : mark_kernel<false>, vector ? rows * dim / 4 : rows * dim, rows, dim, x,
                 mark);
  return c.end();
}

/* Every thread looks at all marks, which mostly is all that it does. */
static __global__ void spoil_kernel(int64_t floats, float *out, const int64_t *marks, int64_t count) {
  bool set = false;
  for (int64_t i = 0; i < count; i++) set = set || marks[i] != 0;
  for (int64_t i = first_item(); set && i < floats; i += item_stride()) out[i] = NAN;
}

int32_t tweedie_cuda_spoil(tweedie_cuda *cuda, int64_t floats, float *out, const int64_t *marks, int64_t count) {
  call c(cuda, "spoil");
  if (!c.refused()) launch_strided(c, spoil_kernel, floats, floats, out, marks, count);
  return c.end();
}
