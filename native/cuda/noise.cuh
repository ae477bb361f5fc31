/* Addressed noise on the device: one counter a thread, four elements of a row. */
#ifndef TWEEDIE_CUDA_NOISE_H
#define TWEEDIE_CUDA_NOISE_H

#include "launch.cuh"

#include "formula.h"
#include "philox.h"

enum noise_kind { NOISE_BITS, NOISE_UNIFORM, NOISE_NORMAL };

/* The address as the handle's base moves it. */
static __device__ __forceinline__ tweedie_noise moved(tweedie_noise noise, const tweedie_noise *base) {
  noise.seed += base->seed;
  noise.block += base->block;
  noise.row += base->row;
  noise.stream += base->stream;
  noise.step += base->step;
  return noise;
}

/* Elements 4 block ... 4 block + 3 of a row. */
static __device__ __forceinline__ void noise_quad(noise_kind kind, const tweedie_noise &noise, uint32_t block,
                                                  uint32_t row, float z[4]) {
  philox_words counter = {noise.block + block, noise.row + row, noise.stream, noise.step};
  philox_words w = philox(counter, (uint32_t)noise.seed, (uint32_t)(noise.seed >> 32), PHILOX_ROUNDS);
  const uint32_t x[4] = {vw_join(w.x0), vw_join(w.x1), vw_join(w.x2), vw_join(w.x3)};
  if (kind == NOISE_NORMAL) {
    vf_normal_pair(x[0], x[1], &z[0], &z[1]);
    vf_normal_pair(x[2], x[3], &z[2], &z[3]);
  } else {
    for (int i = 0; i < 4; i++) z[i] = kind == NOISE_BITS ? vf_from_bits(x[i]) : vf_uniform(x[i]);
  }
}

/* One uniform number, word 0 of its counter. */
static __device__ __forceinline__ float noise_uniform(const tweedie_noise &noise, uint32_t block, uint32_t row) {
  philox_words counter = {noise.block + block, noise.row + row, noise.stream, noise.step};
  philox_words w = philox(counter, (uint32_t)noise.seed, (uint32_t)(noise.seed >> 32), PHILOX_ROUNDS);
  return vf_uniform(vw_join(w.x0));
}

/* A thread's way through the quads of a rows x dim array: one division at the start, none later. */
struct quads {
  int64_t row, block; /* the quad where the thread is */
  int64_t rows, blocks, dim;
  int64_t step_rows, step_blocks;

  __device__ __forceinline__ quads(int64_t rows, int64_t dim)
      : row(0), block(0), rows(rows), blocks((dim + 3) / 4), dim(dim), step_rows(0), step_blocks(0) {
    if (blocks == 0) {
      row = rows;
      return;
    }
    row = first_item() / blocks;
    block = first_item() % blocks;
    step_rows = item_stride() / blocks;
    step_blocks = item_stride() % blocks;
  }
  __device__ __forceinline__ bool inside() const { return row < rows; }
  __device__ __forceinline__ void next() {
    row += step_rows;
    block += step_blocks;
    if (block >= blocks) block -= blocks, row++;
  }
  __device__ __forceinline__ int64_t at() const { return row * dim + 4 * block; }
  __device__ __forceinline__ int count() const { return dim - 4 * block < 4 ? (int)(dim - 4 * block) : 4; }
};

/* VECTOR: every row begins at a multiple of 16 bytes, and so ends there. */
template <bool VECTOR>
static __device__ __forceinline__ void load_quad(const float *p, int count, float v[4]) {
  if (VECTOR) {
    const float4 q = *reinterpret_cast<const float4 *>(p);
    v[0] = q.x, v[1] = q.y, v[2] = q.z, v[3] = q.w;
  } else {
#pragma unroll
    for (int i = 0; i < 4; i++) v[i] = i < count ? p[i] : 0.0f;
  }
}
template <bool VECTOR>
static __device__ __forceinline__ void store_quad(float *p, int count, const float v[4]) {
  if (VECTOR) {
    *reinterpret_cast<float4 *>(p) = float4{v[0], v[1], v[2], v[3]};
  } else {
#pragma unroll
    for (int i = 0; i < 4; i++)
      if (i < count) p[i] = v[i];
  }
}

static inline bool aligned(const void *p) { return (uintptr_t)p % 16 == 0; }

#endif
