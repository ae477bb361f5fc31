/* What belongs to the contract of the score family, whatever computes it; and how scratch memory is cut. */
#ifndef TWEEDIE_SIZES_H
#define TWEEDIE_SIZES_H

#include "tweedie.h"

/* Components of a block. */
static inline int64_t tweedie_block(int32_t kind) {
  switch (kind) {
    case TWEEDIE_ISOTROPIC: return TWEEDIE_BLOCK_ISOTROPIC;
    case TWEEDIE_DIAGONAL: return TWEEDIE_BLOCK_DIAGONAL;
    default: return TWEEDIE_BLOCK_BASIS;
  }
}

/* The next bytes of a piece of memory; `at` may count from zero where only the size is asked for. */
static inline void *tweedie_take(uintptr_t *at, int64_t bytes) {
  void *here = (void *)*at;
  *at += (uintptr_t)((bytes + 63) / 64 * 64);
  return here;
}

/* Squares that a blind distance adds in one chain. The next so many make a chain of their own, which is added to those
 * before: a chain of d errs by about sqrt(d) / 6 of 2^-24 of its sum. */
#define TWEEDIE_CHAIN 256

#endif
