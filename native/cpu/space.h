/* How the scratch memory of the score and draw kernels is cut. */
#ifndef TWEEDIE_SPACE_H
#define TWEEDIE_SPACE_H

#include "sizes.h"

#define TWEEDIE_LARGEST_GROUP 1024

/* Rows go in groups of tiles of lanes: a group takes every block of the prior from memory once, and its own state
 * stays in the second-level cache. A tile is t lanes. */
struct tweedie_space {
  int64_t group;     /* rows of a group: a multiple of every tile */
  int64_t block;     /* components of a block */
  int64_t width;     /* columns of a row's weighted sums */
  int64_t sums;      /* masses of a row: one, or in a blind pass one for each level */
  float *x;          /* tiles of d x t: x - alpha centre */
  float *acc;        /* tiles of width x t; in a second pass tiles of d x t: the part of the covariance's diagonal, or
                      * of its product with a vector */
  float *mean;       /* tiles of d x t: the mean less centre */
  float *vector;     /* tiles of d x t: what the covariance is multiplied with */
  float *top;        /* group: running maximum of the logits as products make them */
  float *final;      /* group: that of all components */
  float *sum;        /* tiles of sums x t */
  float *norm;       /* group: |x'|^2 */
  float *error;      /* group: bound on the error of such a logit */
  float *lead;       /* group: what no logit of a refined row is below, but for its error */
  double *exact;     /* group: running maximum of the logits evaluated again, of refined rows */
  int64_t *chosen;   /* group */
  uint32_t *refined; /* a bit a lane for each tile */
  float *weight;     /* block x t, or levels x t: logits, then weights */
  float *pulled;     /* block x t: weights times a column of the level */
  float *base;       /* t: what is subtracted from the logits before exp */
  float *fade;       /* t: factor of the state so far */
  float *mass;       /* sums x t: sums of the block's weights */
  float *z;          /* d x t: a row seen from a component */
  float *p;          /* r x t: in its eigenbasis */
  float *v;          /* r x t */
  float *variance;   /* d, or the rank: of one component */
  double *seen;      /* d: a refined row seen from a component */
  double *along;     /* r: in its eigenbasis */
  double *direct;    /* blind: its logits at all levels */
  float *rows;       /* t x max(width, block): lanes turned back into rows; before that d x t: V_k times a vector */
};

/* Returns the bytes needed; scratch may be null where only they are asked for. Levels of a blind pass, else 0. */
static inline int64_t tweedie_space_carve(struct tweedie_space *s, void *scratch, const tweedie_prior *prior, int64_t t,
                                          int64_t levels) {
  const int blind = levels > 0, axes = blind && prior->kind == TWEEDIE_DIAGONAL; /* its basis is the unit matrix */
  const int64_t f = sizeof(float), d = prior->dim, r = axes ? d : prior->rank, sums = blind ? levels : 1;
  const int64_t width = blind ? tweedie_blind_width(prior->kind, d) : tweedie_width(prior->kind, d);
  const int64_t block = axes ? TWEEDIE_BLOCK_BASIS : tweedie_block(prior->kind);
  const int64_t weights = block > levels ? block : levels;
  uintptr_t at = (uintptr_t)scratch;
  int64_t group = (1 << 17) / (d + width + levels) / 32 * 32; /* 512 KiB */
  group = group < 32 ? 32 : group > TWEEDIE_LARGEST_GROUP ? TWEEDIE_LARGEST_GROUP : group;
  s->group = group;
  s->block = block;
  s->width = width;
  s->sums = sums;
  s->x = tweedie_take(&at, group * d * f);
  s->acc = tweedie_take(&at, group * width * f);
  s->mean = tweedie_take(&at, group * d * f);
  s->vector = tweedie_take(&at, group * d * f);
  s->top = tweedie_take(&at, group * f);
  s->final = tweedie_take(&at, group * f);
  s->sum = tweedie_take(&at, group * sums * f);
  s->norm = tweedie_take(&at, group * f);
  s->error = tweedie_take(&at, group * f);
  s->lead = tweedie_take(&at, group * f);
  s->exact = tweedie_take(&at, group * (int64_t)sizeof(double));
  s->chosen = tweedie_take(&at, group * (int64_t)sizeof(int64_t));
  s->refined = tweedie_take(&at, group * (int64_t)sizeof(uint32_t));
  s->weight = tweedie_take(&at, weights * t * f);
  s->pulled = tweedie_take(&at, block * t * f);
  s->base = tweedie_take(&at, t * f);
  s->fade = tweedie_take(&at, t * f);
  s->mass = tweedie_take(&at, sums * t * f);
  s->z = tweedie_take(&at, d * t * f);
  s->p = tweedie_take(&at, r * t * f);
  s->v = tweedie_take(&at, r * t * f);
  s->variance = tweedie_take(&at, (d > r ? d : r) * f);
  s->seen = tweedie_take(&at, d * (int64_t)sizeof(double));
  s->along = tweedie_take(&at, r * (int64_t)sizeof(double));
  s->direct = tweedie_take(&at, levels * (int64_t)sizeof(double));
  s->rows = tweedie_take(&at, t * (width > block ? width : block) * f);
  return (int64_t)(at - (uintptr_t)scratch);
}

#endif
