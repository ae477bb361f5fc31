/* The one matrix product of the engine: C (+)= A B, where the columns of B and C are lanes and A is broadcast. Every
 * element of C is one chain of fma in the order of k, so tiles may be cut anywhere.
 *
 * A tile of C is MICRO_ROWS x 2 vectors of accumulators. With 28 of them (AVX-512) a step of k is 28 fma, 14
 * broadcasts and 2 loads: 14 cycles of the two fma ports against 8 of the two load ports, and 28 chains hide the
 * latency of 4. AVX2 has registers for 12. */
#ifndef TWEEDIE_MICRO_H
#define TWEEDIE_MICRO_H

#include "depth.h"
#include "kernels.h"
#include "simd.h"

#define TILE (2 * VF_LANES)

#if defined(TWEEDIE_TIER_AVX512)
#define MICRO_ROWS 14
#elif defined(TWEEDIE_TIER_NEON)
#define MICRO_ROWS 12
#else
#define MICRO_ROWS 6
#endif

/* What the chains start from. */
enum tweedie_start {
  FROM_ZERO,
  FROM_C,
  FROM_FADED_C /* C times fade, TILE factors */
};

/* What product_rows makes of C: scale C + (bias - shift norm), and their running maximum a lane. */
struct tweedie_logits {
  const float *scale, *shift, *bias; /* of each row */
  int64_t stride;                    /* of scale and shift: 1, or 0 where rows share them */
  const float *norm;                 /* TILE */
  float *top;                        /* TILE */
};

struct tweedie_product {
  const float *a;
  int64_t stride; /* of a */
  int64_t m, k;
  const float *b; /* k x TILE */
  float *c;       /* m rows of TILE */
  int64_t ldc;    /* from row to row of c */
  enum tweedie_start start;
  const float *fade;
  int below;             /* product_rows: more rows of a lie below these, and are fetched while these are multiplied */
  int half;              /* only one vector of a tile's two is wanted, the one at b and c: takes half the time */
  int pairs;             /* elements of a and b are pairs, of two steps each (pairs.h) */
  const struct tweedie_logits *logits; /* product_rows: or null, where C is the product itself */
  const int64_t *listed; /* product_rows: the m rows of a that are meant, or null for all in order */
  const int64_t *picked; /* product_columns: the k rows of a that are meant, or null for all in order */
};

/* a is m x k: A(i, l) = a[i stride + l] */
void TIER(product_rows)(const struct tweedie_product *product);
/* a is k x m: A(i, l) = a[picked[l] stride + i] */
void TIER(product_columns)(const struct tweedie_product *product);

#endif
