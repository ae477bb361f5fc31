/* Matrix products of cuBLAS, which is found at run time. Only fast mode uses them. */
#ifndef TWEEDIE_CUDA_BLAS_H
#define TWEEDIE_CUDA_BLAS_H

#include "launch.cuh"
#include "sizes.h"

/* A matrix of numbers as products take them: float, or bfloat16 for TWEEDIE_BF16; of TWEEDIE_TF32X3 with what is left of
 * them. */
struct factor {
  const void *at, *rest;
  int64_t ld;
};

/* C (m x n) = A B + C where `onto`; row-major. */
struct fast_product {
  int64_t m, n, k;
  factor a, b;
  bool turned; /* B is given as n x k: tensor cores read both factors along k */
  float *c;
  int64_t ldc;
  bool onto;
};

/* Makes cuBLAS ready for the handle; where there is none, says where it was looked for. */
void open_blas(call &c);
void close_blas(tweedie_cuda *cuda);
/* What a precision needs: cuBLAS, or tensor cores that this library has code for. */
void open_products(call &c, int32_t precision);
/* Puts a product on the stream. */
void fast_multiply(call &c, int32_t precision, const fast_product &p);

/* NaN stays NaN: rounding could carry its fraction over. */
static __device__ __forceinline__ uint16_t bfloat16(float x) {
  const vu w = vf_bits(x);
  return (uint16_t)(x != x ? 0x7fc0 : (w + 0x7fff + (w >> 16 & 1)) >> 16);
}
/* To nearest, so that what is left has 12 bits and a sign; what rounds to infinity is cut off instead. */
static __device__ __forceinline__ float tf32(float x) {
  const vu w = vf_bits(x), up = w + 0x1000;
  return vf_from_bits(((up & 0x7f800000) == 0x7f800000 ? w : up) & 0xffffe000);
}

/* Where numbers go as a precision takes them: to bfloat16; to high + rest, which are x but for 2^-23 of it, both with the 11
 * bits of TF32; or, without a rest, to high as they are. */
struct parts {
  float *high, *rest;
  uint16_t *half;

  __device__ __forceinline__ void put(int64_t at, float x) const {
    if (half) {
      half[at] = bfloat16(x);
    } else if (rest) {
      const bool finite = x - x == 0.0f;
      const float most = finite ? tf32(x) : x;
      high[at] = most;
      rest[at] = finite ? tf32(x - most) : 0.0f;
    } else {
      high[at] = x;
    }
  }
  factor with(int64_t ld) const { return {half ? (const void *)half : high, rest, ld}; }
};
/* Room for n numbers; none for those that a product takes as they are, where they need not be `copied`. */
static inline parts take_parts(uintptr_t *at, int32_t precision, int64_t n, bool copied) {
  const bool two = precision == TWEEDIE_TF32X3, half = precision == TWEEDIE_BF16;
  parts p = {};
  if (half) p.half = (uint16_t *)tweedie_take(at, n * (int64_t)sizeof(uint16_t));
  if (two || (copied && !half)) p.high = (float *)tweedie_take(at, n * (int64_t)sizeof(float));
  if (two) p.rest = (float *)tweedie_take(at, n * (int64_t)sizeof(float));
  return p;
}
/* Some columns of rows that lie ld_in apart, and where they go. Returns the factor they are: x itself where `to` has no room. */
factor part_numbers(call &c, int64_t rows, int64_t columns, const float *x, int64_t ld_in, const parts &to,
                    int64_t ld_out);

#endif
