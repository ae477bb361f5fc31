/* Components that provably have no weight are left out: docs/pruning.md has bounds and rules. A pass then has, in place of the
 * product that makes all logits,
 *
 *   codes of x', 8 bits each, and what the bounds of a row need
 *   products of codes, components x rows, in the logits' place, by tensor cores
 *   upper and lower bounds of the logits of blocks, and from them where rules R1, R2 and R4 cut
 *   components that a tile of 64 rows needs, listed; the logits of all others are -infinity
 *   logits of what is listed                                          (score_survivors.cu)
 *
 * and sums over what is listed. How much is left is known to the device alone: launches are those of all, and blocks of
 * threads that find nothing to do end at once, so that a recorded pass holds for any rows. */
#ifndef TWEEDIE_CUDA_SCORE_FILTER_H
#define TWEEDIE_CUDA_SCORE_FILTER_H

#include "score.cuh"

/* Of a row of codes. */
struct alignas(16) row_limits {
  float step, error, rest, least; /* row_bounds (bounds.h) */
  float margin;
  float top; /* no running maximum of logits is below */
  int start; /* what sums of products begin with: codes of components are 128 more than what they stand for */
  int padding;
};

/* Whether the prior has a filter, which passes of one variance use. */
static inline bool takes_filter(const tweedie_prior &prior) {
  return prior.filter != NULL && prior.kind == TWEEDIE_ISOTROPIC;
}
/* The components that each tile of the group's rows needs; all logits become -infinity. */
void find_survivors(call &c, const pass &p);
/* In place of make_logits. */
void make_logits_left(call &c, const pass &p);
/* The product that add_columns asks for, over what is left: PRODUCT_ACCUMULATE of one shard, PRODUCT_SUMS of several. */
void add_columns_left(call &c, const pass &p, const product &q);

#endif
