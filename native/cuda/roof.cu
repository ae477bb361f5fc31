/* What the device can do at most: fma in registers, 16 chains a thread, of which it needs 4 to hide their latency. */
#include "launch.cuh"

enum { CHAINS = 16, BLOCKS_A_MULTIPROCESSOR = 8 };

static __global__ void fma_kernel(int64_t steps, float *out) {
  float chain[CHAINS], sum = 0.0f;
#pragma unroll
  for (int i = 0; i < CHAINS; i++) chain[i] = (float)(threadIdx.x + i);
#pragma unroll 8
  for (int64_t step = 0; step < steps; step++) {
#pragma unroll
    for (int i = 0; i < CHAINS; i++) chain[i] = fmaf(chain[i], 0.999f, 0.001f);
  }
#pragma unroll
  for (int i = 0; i < CHAINS; i++) sum = sum + chain[i];
  out[first_item()] = sum;
}

int32_t tweedie_cuda_fma(tweedie_cuda *cuda, int64_t steps, int64_t floats, float *out, int64_t *flops) {
  call c(cuda, "fma");
  *flops = 0;
  if (c.refused()) return c.status;
  const int64_t blocks = smaller(floats / THREADS, BLOCKS_A_MULTIPROCESSOR * (int64_t)cuda->multiprocessors);
  launch(c, fma_kernel, blocks, 1, THREADS, steps, out);
  *flops = 2 * CHAINS * THREADS * blocks * steps;
  return c.end();
}
