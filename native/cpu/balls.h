/* How balls around blocks cut their scratch memory. */
#ifndef TWEEDIE_BALLS_H
#define TWEEDIE_BALLS_H

#include "space.h"

#define BALLS_BLOCKS (TWEEDIE_SHARD / TWEEDIE_BLOCK_ISOTROPIC)

struct tweedie_balls_space {
  float *z;         /* d x t: x' / alpha, a row among the points */
  float *high;      /* blocks of a shard x t: squared distances from the centres, then no logit of the block is above */
  float *low;       /* the same: less what a weight of zero takes, the largest one is not below */
  float *further;   /* further balls of a shard x t: squared distances from their centres */
  float *distances; /* block x t: of its points */
  uint32_t *wanted; /* tiles of a group: a bit for each lane that needs something of the shard */
  uint32_t *near;   /* tiles of blocks of a shard: a bit for each lane that needs something of the block */
};

/* As tweedie_filter_carve. */
static inline int64_t tweedie_balls_carve(struct tweedie_balls_space *s, void *scratch, const tweedie_prior *prior,
                                          int64_t t) {
  const int64_t f = sizeof(float), tiles = TWEEDIE_LARGEST_GROUP / (t > 0 ? t : 2), lanes = t > 0 ? t : 32;
  uintptr_t at = (uintptr_t)scratch;
  s->z = tweedie_take(&at, prior->dim * lanes * f);
  s->high = tweedie_take(&at, BALLS_BLOCKS * lanes * f);
  s->low = tweedie_take(&at, BALLS_BLOCKS * lanes * f);
  s->further = tweedie_take(&at, (TWEEDIE_BALLS_OF_BLOCK - 1) * BALLS_BLOCKS * lanes * f);
  s->distances = tweedie_take(&at, TWEEDIE_BLOCK_ISOTROPIC * lanes * f);
  s->wanted = tweedie_take(&at, tiles * f);
  s->near = tweedie_take(&at, tiles * BALLS_BLOCKS * f);
  return (int64_t)(at - (uintptr_t)scratch);
}

#endif
