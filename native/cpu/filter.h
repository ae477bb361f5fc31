/* How the filter in front of the isotropic kernels cuts its scratch memory. */
#ifndef TWEEDIE_FILTER_H
#define TWEEDIE_FILTER_H

#include "space.h"

#define FILTER_ROWS 128 /* of a group, at most: the marks of all its tiles lie in scratch */
#define FILTER_LISTED 42 /* from so many listed components on, their products are made */
#define FILTER_LIST (FILTER_LISTED + TWEEDIE_BLOCK_ISOTROPIC)
#define FILTER_FEW 4    /* up to so many rows are taken one by one, with elements in lanes */
#define FILTER_BLOCKS (TWEEDIE_SHARD / TWEEDIE_BLOCK_ISOTROPIC)
#define FILTER_LANES 64 /* bytes of a vector: strides are whole ones */

struct tweedie_filter_space {
  int64_t steps;    /* four codes each */
  int64_t stride;   /* bytes of a row with elements in lanes */
  uint32_t *codes;  /* tiles of steps x t: codes of x', four to a word */
  int8_t *few;      /* FILTER_FEW x stride: the same of a tile of few rows */
  uint32_t *start;  /* group: what sums start from, -128 times the sum of a row's codes */
  uint32_t *begin;  /* group: the same of the codes that are looked at first, */
  uint32_t *go_on;  /* group: and of those behind them */
  float *step;      /* group: of x' codes, times the level's scale */
  float *error;     /* group: of a logit, for each unit of a component's norm */
  float *rest;      /* group: of a logit, for each unit of a component's slack */
  float *least;     /* group: of a logit, whatever the component */
  float *behind;    /* group: what a logit may gain behind the first codes, for each unit of a component's tail */
  float *margin;    /* group: a logit this far below the top has no weight and is no candidate */
  float *top;       /* group: no running maximum of logits is below */
  float *up;        /* shard: bias, and what its rounding may add */
  float *down;      /* shard: bias, less that */
  uint32_t *need;   /* tiles of shard: a bit for each lane that may need the component */
  float *highest;   /* tiles of FILTER_BLOCKS x t: the largest upper bound of a block's logits */
  float *lowest;    /* the same: a lower bound of the largest logit */
  int32_t *dots;    /* block x t */
  float *upper;     /* block x t */
  int64_t *picked;  /* block: components of which all codes are looked at */
  int64_t *asked;   /* tiles: components of the shard that were looked at */
  int32_t *whole;   /* tiles: so many blocks are looked at whole before the first codes are tried again */
  int64_t *list;    /* FILTER_LIST: components at hand */
  int64_t *member;  /* FILTER_LIST: where they stand in their blocks */
  float *products;  /* FILTER_LIST x t: their products with x' */
};

/* Returns the bytes needed; scratch may be null where only they are asked for. t: lanes of a tile, 0 for the most bytes of
 * all tiers. */
static inline int64_t tweedie_filter_carve(struct tweedie_filter_space *s, void *scratch, const tweedie_prior *prior,
                                           int64_t t) {
  const int64_t f = sizeof(float), d = prior->dim, block = TWEEDIE_BLOCK_ISOTROPIC, rows = FILTER_ROWS;
  const int64_t tiles = rows / (t > 0 ? t : 2), lanes = t > 0 ? t : 32;
  uintptr_t at = (uintptr_t)scratch;
  s->steps = (d + 3) / 4;
  s->stride = (d + FILTER_LANES - 1) / FILTER_LANES * FILTER_LANES;
  s->codes = tweedie_take(&at, rows * s->steps * f);
  s->few = tweedie_take(&at, FILTER_FEW * s->stride);
  s->start = tweedie_take(&at, rows * f);
  s->begin = tweedie_take(&at, rows * f);
  s->go_on = tweedie_take(&at, rows * f);
  s->step = tweedie_take(&at, rows * f);
  s->error = tweedie_take(&at, rows * f);
  s->rest = tweedie_take(&at, rows * f);
  s->least = tweedie_take(&at, rows * f);
  s->behind = tweedie_take(&at, rows * f);
  s->margin = tweedie_take(&at, rows * f);
  s->top = tweedie_take(&at, rows * f);
  s->up = tweedie_take(&at, TWEEDIE_SHARD * f);
  s->down = tweedie_take(&at, TWEEDIE_SHARD * f);
  s->need = tweedie_take(&at, tiles * TWEEDIE_SHARD * f);
  s->highest = tweedie_take(&at, rows * FILTER_BLOCKS * f);
  s->lowest = tweedie_take(&at, rows * FILTER_BLOCKS * f);
  s->dots = tweedie_take(&at, block * lanes * f);
  s->upper = tweedie_take(&at, block * lanes * f);
  s->picked = tweedie_take(&at, block * (int64_t)sizeof(int64_t));
  s->asked = tweedie_take(&at, tiles * (int64_t)sizeof(int64_t));
  s->whole = tweedie_take(&at, tiles * f);
  s->list = tweedie_take(&at, FILTER_LIST * (int64_t)sizeof(int64_t));
  s->member = tweedie_take(&at, FILTER_LIST * (int64_t)sizeof(int64_t));
  s->products = tweedie_take(&at, FILTER_LIST * lanes * f);
  return (int64_t)(at - (uintptr_t)scratch);
}

#endif
