/* How fast mode cuts the scratch memory of an accumulation. Nothing of it is part of the numbers contract. */
#ifndef TWEEDIE_FAST_H
#define TWEEDIE_FAST_H

#include "space.h"

#define FAST_DIM 32    /* below, the kernels of exact mode are quicker: by a fifth at 16 and 24 */
#define FAST_BLOCK 504 /* components of a block */
#define FAST_ROWS_BYTES (1 << 20)

struct tweedie_fast_space {
  int64_t group; /* rows of a group: a multiple of a vector */
  float *x;      /* group x d: x - alpha centre */
  float *acc;    /* group x (d + 1) */
  float *norm;   /* group: |x'|^2 */
  float *top;    /* group */
  float *fade;   /* group */
  float *sum;    /* group */
  float *slope;  /* group */
  double *exact; /* group: top, as a state has it */
  float *weight; /* block x group: logits, then weights times pull */
  float *means;  /* block x d: of components that weigh, where some do not */
  int64_t *picked; /* block: which they are */
};

/* Returns the bytes needed; scratch may be null where only they are asked for. */
static inline int64_t tweedie_fast_carve(struct tweedie_fast_space *s, void *scratch, const tweedie_prior *prior) {
  const int64_t f = sizeof(float), d = prior->dim;
  uintptr_t at = (uintptr_t)scratch;
  int64_t group = FAST_ROWS_BYTES / f / (d + 1) / 32 * 32;
  group = group < 32 ? 32 : group > TWEEDIE_LARGEST_GROUP ? TWEEDIE_LARGEST_GROUP : group;
  s->group = group;
  s->x = tweedie_take(&at, group * d * f);
  s->acc = tweedie_take(&at, group * (d + 1) * f);
  s->norm = tweedie_take(&at, group * f);
  s->top = tweedie_take(&at, group * f);
  s->fade = tweedie_take(&at, group * f);
  s->sum = tweedie_take(&at, group * f);
  s->slope = tweedie_take(&at, group * f);
  s->exact = tweedie_take(&at, group * (int64_t)sizeof(double));
  s->weight = tweedie_take(&at, FAST_BLOCK * group * f);
  s->means = tweedie_take(&at, FAST_BLOCK * d * f);
  s->picked = tweedie_take(&at, FAST_BLOCK * (int64_t)sizeof(int64_t));
  return (int64_t)(at - (uintptr_t)scratch);
}

#endif
