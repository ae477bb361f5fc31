/* The one matrix product of the library, and what is made of it. C (m x n), each element one chain of k fma in index
 * order. A block of threads has a tile of C, a thread 8 x 8 or 4 x 4 elements of it in registers (tile.cuh). Slices of
 * DEPTH steps arrive by cp.async while the slice before is worked on. Large ones have a kernel of their own on sm_90
 * (product_bulk.cu). */
#ifndef TWEEDIE_CUDA_PRODUCT_H
#define TWEEDIE_CUDA_PRODUCT_H

#include "launch.cuh"

/* A divisor of the blocks of 84 components, so that the factors of the softmax change between slices. */
enum { DEPTH = 12, SLICES_OF_A_BLOCK = TWEEDIE_BLOCK_ISOTROPIC / DEPTH };
enum { TILE = 128 /* the largest */ };

enum product_form {
  PRODUCT_ROWS,      /* A is m x k */
  PRODUCT_COLUMNS,   /* A is k x m; so below, where A, and B of the next three, lie in scratch memory */
  PRODUCT_LOGITS,    /* of isotropic components (m) for rows (n) */
  PRODUCT_QUADRATIC, /* C = sum of squares of b a - a2; logits of diagonal components */
  PRODUCT_DISTANCES, /* C = sum of squares of b - a */
  PRODUCT_ACCUMULATE, /* C = keep C + take (A B), chains fading between blocks of components (k); m are rows */
  PRODUCT_SUMS,       /* the same with C = A B, for a batch of parts of k */
  PRODUCT_COMPONENTS  /* A as in the first; for one of `components` after the other C = C fade + w m + pull z + A B */
};

struct operand {
  const float *at;
  int64_t ld;
  int64_t batch; /* from one product of a batch to the next; from one component to the next */
};

struct product {
  int64_t m, n, k;
  operand a, a2, b; /* B is k x n */
  float *c;
  int64_t ldc, batch_c;
  int onto; /* PRODUCT_ROWS, PRODUCT_COMPONENTS: chains start from C, not from zero */
  int goes_on; /* PRODUCT_ROWS, PRODUCT_DISTANCES: chains start from zero, and are added to C */
  /* logits: of component i */
  const float *scale, *bias, *shift;
  int64_t stride;    /* of scale and shift */
  const float *norm; /* n: |x'|^2 */
  /* accumulate; components' rows are columns of C */
  const float *fade;        /* blocks x ld_rows; components x ldc */
  const float *keep, *take;
  int64_t ld_rows;
  const int *live; /* blocks x tiles of TILE rows: 0 where a block changes nothing */
  int live_tiles;
  int64_t all;     /* the steps of k of which product i of a batch has k, beginning with i k; the last may have less */
  /* components: w, m, and z with its factor, pull or w pull; m and z may be null */
  int64_t components;
  const float *weight; /* components x ldc */
  const float *means;  /* components x m */
  const float *z;      /* components x m x ldc */
  const float *pull;   /* components: times w; or null and */
  const float *pulls;  /* components x ldc */
};

/* Puts a batch of products on the stream. */
void multiply(call &c, product_form form, const product &p, int64_t batch = 1);

/* out (columns x rows) = in (rows x columns) */
void transpose(call &c, int64_t rows, int64_t columns, const float *in, int64_t ld_in, float *out, int64_t ld_out);

#endif
