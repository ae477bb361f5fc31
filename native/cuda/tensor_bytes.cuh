/* Products of whole numbers by tensor cores: mma of sm_80 and newer. Sums are exact, so that no order matters to them. */
#ifndef TWEEDIE_CUDA_TENSOR_BYTES_H
#define TWEEDIE_CUDA_TENSOR_BYTES_H

#include "launch.cuh"

/* A warp's sums (16 x 8) += A B, A 16 x 32 of 0 to 255, B 32 x 8 of -128 to 127. With g = lane / 4 and t = lane % 4 a lane has
 * four numbers along k in a word, from 4 t on: of A those of line g, of g + 8, and of both 16 further; of B those of column g,
 * and 16 further; of the sums columns 2 t and 2 t + 1 of line g, then of g + 8. */
#if defined(TWEEDIE_CUDA_EMULATED)
static inline void multiply_bytes(int sums[4], const unsigned a[4], const unsigned b[2]) {
  emulated_multiply_bytes(sums, a, b);
}
#else
static __device__ __forceinline__ void multiply_bytes(int sums[4], const unsigned a[4], const unsigned b[2]) {
  asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif

#endif
