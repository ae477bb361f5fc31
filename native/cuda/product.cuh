/* The one matrix product of the library, and what is made of it. C (m x n), each element one chain of k fma in index
 * order, by blocks of 256 threads with a tile of 128 x 128: a thread keeps 8 x 8 elements of C in registers and takes,
 * for a step of k, 16 values from shared memory for 64 fma. Slices of DEPTH steps arrive by cp.async while the slice
 * before is worked on. */
#ifndef TWEEDIE_CUDA_PRODUCT_H
#define TWEEDIE_CUDA_PRODUCT_H

#include "launch.cuh"

/* A divisor of the blocks of 84 components, so that the factors of the softmax change between slices. */
enum { DEPTH = 12, SLICES_OF_A_BLOCK = TWEEDIE_BLOCK_ISOTROPIC / DEPTH };
enum { TILE = 128, PITCH = TILE + 4 /* keeps rows apart in the banks, and at multiples of 16 bytes */ };

enum product_form {
  PRODUCT_ROWS,      /* A is m x k */
  PRODUCT_COLUMNS,   /* A is k x m; so below, where A, and B of the next three, lie in scratch memory */
  PRODUCT_LOGITS,    /* of isotropic components (m) for rows (n) */
  PRODUCT_QUADRATIC, /* C = sum of squares of b a - a2; logits of diagonal components */
  PRODUCT_DISTANCES, /* C = sum of squares of b - a */
  PRODUCT_ACCUMULATE /* C = keep C + take (A B), chains fading between blocks of components (k); m are rows */
};

struct operand {
  const float *at;
  int64_t ld;
  int64_t batch; /* from one product of a batch to the next */
};

struct product {
  int64_t m, n, k;
  operand a, a2, b; /* B is k x n */
  float *c;
  int64_t ldc, batch_c;
  int onto; /* PRODUCT_ROWS: chains start from C, not from zero */
  int goes_on; /* PRODUCT_ROWS, PRODUCT_DISTANCES: chains start from zero, and are added to C */
  /* logits: of component i */
  const float *scale, *bias, *shift;
  int64_t stride;    /* of scale and shift */
  const float *norm; /* n: |x'|^2 */
  /* accumulate */
  const float *fade; /* blocks x ld_rows */
  const float *keep, *take;
  int64_t ld_rows;
  const int *live; /* blocks x tiles of rows: 0 where a block changes nothing */
};

/* Puts a batch of products on the stream. */
void multiply(call &c, product_form form, const product &p, int64_t batch = 1);

/* out (columns x rows) = in (rows x columns) */
void transpose(call &c, int64_t rows, int64_t columns, const float *in, int64_t ld_in, float *out, int64_t ld_out);

#endif
