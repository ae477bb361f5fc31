/* How the bfloat16 path of fast mode cuts its scratch memory. Nothing of it is part of the numbers contract. */
#ifndef TWEEDIE_BF16_H
#define TWEEDIE_BF16_H

#include <stddef.h>

#include "space.h"

#define BF16_TILE 32 /* of AVX-512 */

struct tweedie_bf16_space {
  void *exact;     /* what the kernels of exact mode need */
  float *x;        /* tiles of ceil(d / 2) x BF16_TILE pairs: x' */
  int32_t *coarse; /* a tile: whether pairs are good enough for its logits */
};

/* Returns the bytes needed; scratch may be null where only they are asked for. */
static inline int64_t tweedie_bf16_carve(struct tweedie_bf16_space *s, void *scratch, const tweedie_prior *prior) {
  struct tweedie_space space;
  const int64_t exact = tweedie_space_carve(&space, NULL, prior, BF16_TILE, 0);
  uintptr_t at = (uintptr_t)scratch;
  s->exact = tweedie_take(&at, exact);
  s->x = tweedie_take(&at, space.group * ((prior->dim + 1) / 2) * (int64_t)sizeof(float));
  s->coarse = tweedie_take(&at, space.group / BF16_TILE * (int64_t)sizeof(int32_t));
  return (int64_t)(at - (uintptr_t)scratch);
}

#endif
