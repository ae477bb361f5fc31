/* Matrix products of cuBLAS, which is found at run time. Only fast mode uses them. */
#ifndef TWEEDIE_CUDA_BLAS_H
#define TWEEDIE_CUDA_BLAS_H

#include "launch.cuh"

/* C (m x n) = A B + C where `onto`; row-major. The factors are float, or bfloat16 for TWEEDIE_BF16; for TWEEDIE_TF32X3
 * they are what split_numbers makes of them. */
struct fast_product {
  int64_t m, n, k;
  const void *a;
  int64_t lda;
  bool turned; /* A is given as k x m */
  const void *b;
  int64_t ldb;
  float *c;
  int64_t ldc;
  bool onto;
  const void *a_rest, *b_rest; /* TWEEDIE_TF32X3 */
};

/* Makes cuBLAS ready for the handle; where there is none, says where it was looked for. */
void open_blas(call &c);
void close_blas(tweedie_cuda *cuda);
/* Puts a product on the stream. */
void fast_multiply(call &c, int32_t precision, const fast_product &p);
/* Some columns of rows that lie ld apart, in what is read and what is written. */
struct matrix_part {
  int64_t rows, columns, ld;
};
/* rounded to bfloat16, to nearest even */
void round_numbers(call &c, const matrix_part &p, const float *x, uint16_t *out);
/* To nearest, so that what is left has 12 bits and a sign; what rounds to infinity is cut off instead. */
static __device__ __forceinline__ float tf32(float x) {
  const vu w = vf_bits(x), up = w + 0x1000;
  return vf_from_bits(((up & 0x7f800000) == 0x7f800000 ? w : up) & 0xffffe000);
}
/* x = high + rest but for 2^-23 of it, both with the 11 bits of TF32 */
static __device__ __forceinline__ void split_number(float x, float *high, float *rest) {
  const bool finite = x - x == 0.0f;
  const float most = finite ? tf32(x) : x;
  *high = most;
  *rest = finite ? tf32(x - most) : 0.0f;
}
/* The same of a matrix; high may be x. */
void split_numbers(call &c, const matrix_part &p, const float *x, float *high, float *rest);

#endif
