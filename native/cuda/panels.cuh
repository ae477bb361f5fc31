/* Operands of the products of tensor cores (product_parts.cu): numbers in parts of bfloat16, in the order in which the product
 * takes them: three, or one where that is the number. A panel has 128 rows; of each 32 steps of it the parts lie one behind
 * the other, each in core matrices of eight rows by eight steps, so that one bulk copy brings them all. What lies beyond the
 * matrix is zero. */
#ifndef TWEEDIE_CUDA_PANELS_H
#define TWEEDIE_CUDA_PANELS_H

#include "blas.cuh"

enum { PANEL_ROWS = 128, PANEL_STEPS = 32, PART_BYTES = PANEL_ROWS * PANEL_STEPS * 2, MOST_PARTS = 3 };
/* From one core matrix to the next. */
enum { PANEL_ALONG_K = PANEL_ROWS * 16, PANEL_ALONG_ROWS = 8 * 16 };

struct alignas(16) eight_halves {
  uint16_t at[8];
};

template <int PARTS>
struct panels {
  enum { BYTES = PARTS * PART_BYTES }; /* of 32 steps */
  eight_halves *at;
  int64_t rows, depth; /* of the matrix */

  __host__ __device__ __forceinline__ int64_t slices() const { return (depth + PANEL_STEPS - 1) / PANEL_STEPS; }
  panels with(int64_t rows, int64_t depth) const { return {at, rows, depth}; }
};
/* Room for the parts of a matrix. */
template <int PARTS>
static inline panels<PARTS> take_panels(uintptr_t *at, int64_t rows, int64_t depth) {
  const int64_t bytes = tiles(rows, PANEL_ROWS) * tiles(depth, PANEL_STEPS) * panels<PARTS>::BYTES;
  return {(eight_halves *)tweedie_take(at, bytes), rows, depth};
}

/* To nearest; what rounds to infinity is cut off instead, so that what is left is finite. */
static __device__ __forceinline__ uint16_t leading_part(float x) {
  const uint16_t nearest = bfloat16(x);
  return (nearest & 0x7fff) == 0x7f80 && x - x == 0.0f ? (uint16_t)(vf_bits(x) >> 16) : nearest;
}

/* Eight steps of a row. Three parts of 8 bits are a float of 24, but for what is below 2^-133. */
template <int PARTS>
static __device__ __forceinline__ void put_eight(const panels<PARTS> &to, int64_t row, int64_t octet,
                                                 const float (&x)[8]) {
  eight_halves part[PARTS];
#pragma unroll
  for (int i = 0; i < 8; i++) {
    float left = x[i];
#pragma unroll
    for (int p = 0; p < PARTS; p++) {
      const uint16_t half = leading_part(left);
      part[p].at[i] = half;
      left = x[i] - x[i] == 0.0f ? left - vf_from_bits((vu)half << 16) : 0.0f;
    }
  }
  const int64_t panel = row / PANEL_ROWS, slice = octet / (PANEL_STEPS / 8);
  eight_halves *at = to.at + (panel * to.slices() + slice) * (panels<PARTS>::BYTES / 16) +
                     octet % (PANEL_STEPS / 8) * PANEL_ROWS + row % PANEL_ROWS;
#pragma unroll
  for (int p = 0; p < PARTS; p++) at[p * (PART_BYTES / 16)] = part[p];
}

/* A thread eight steps of a row, neighbours neighbouring rows. `number(row, step)` is of the matrix. */
template <int PARTS, class N>
static __global__ void part_panels(N number, panels<PARTS> to) {
  const int64_t row = first_item();
  if (row >= (to.rows + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS) return;
  for (int64_t octet = blockIdx.y; octet < to.slices() * (PANEL_STEPS / 8); octet += gridDim.y) {
    float x[8];
#pragma unroll
    for (int i = 0; i < 8; i++) {
      const int64_t step = octet * 8 + i;
      x[i] = row < to.rows && step < to.depth ? number(row, step) : 0.0f;
    }
    put_eight(to, row, octet, x);
  }
}
template <int PARTS, class N>
static void put_panels(call &c, const N &number, const panels<PARTS> &to) {
  launch(c, part_panels<PARTS, N>, tiles(tiles(to.rows, PANEL_ROWS) * PANEL_ROWS, THREADS),
         smaller(to.slices() * (PANEL_STEPS / 8), 65535), THREADS, number, to);
}

/* A matrix whose rows and steps lie so far apart. */
struct plain_numbers {
  const float *at;
  int64_t row, step;
  __device__ __forceinline__ float operator()(int64_t i, int64_t k) const { return at[i * row + k * step]; }
};

#endif
