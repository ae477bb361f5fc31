/* The 8-bit path of fast mode: its two products, and how it cuts its scratch memory. Nothing of it is part of the
 * numbers contract. */
#ifndef TWEEDIE_PIXELS_H
#define TWEEDIE_PIXELS_H

#include "space.h"

#define PIXEL_LANES 16  /* of 32 bits: rows in the first product, pixels in the second */
#define PIXEL_DIGITS 3  /* of a row, at most */
#define PIXEL_PANEL (3 * PIXEL_LANES)
#define PIXEL_BLOCK 252 /* points: the error of a mean is this many roundings of shares */
#define PIXEL_ROWS_BYTES (1 << 20)

/* A row of PIXEL_LANES, times points: out (count x PIXEL_LANES) = scale (digits times bytes) + shift. */
struct tweedie_pixel_dots {
  const uint8_t *points;
  int64_t stride; /* from point to point */
  int64_t count;  /* of points */
  int64_t steps;  /* of four pixels */
  int digits;     /* of a row: 2 or 3 */
  const int8_t *rows;         /* steps x digits x PIXEL_LANES x 4, the highest digit first */
  const float *scale, *shift; /* PIXEL_LANES */
  float *out;
};

/* Shares of PIXEL_LANES rows, times a panel of pixels: out += scale (shares times pixels), `stride` from row to row. */
struct tweedie_pixel_sums {
  const uint32_t *high, *low; /* steps x PIXEL_LANES: the bytes of four points' shares */
  int64_t steps;
  const int8_t *pixels; /* steps x PIXEL_PANEL x 4 */
  const float *scale;   /* PIXEL_LANES */
  int64_t rows;         /* of them, those that are there */
  int64_t n;            /* pixels of the panel that are there */
  float *out;
  int64_t stride;
};

struct tweedie_pixel_space {
  int64_t group;  /* rows of a group: a multiple of PIXEL_LANES */
  int64_t depth;  /* dim, rounded up to whole vectors of bytes */
  float *x;       /* PIXEL_LANES x depth: x - alpha centre, zeros from dim on */
  int8_t *digits; /* group / PIXEL_LANES times depth / 4 x PIXEL_DIGITS x PIXEL_LANES x 4 */
  int32_t *count; /* group / PIXEL_LANES: digits of these rows */
  int32_t *live;  /* group / PIXEL_LANES: whether the block weighs for any of these rows */
  float *acc;     /* group x (d + 1): sums of weight (pixel - 128) */
  float *scale;   /* group: a / p <x', m> = scale (digits times bytes) + shift */
  float *shift;
  float *top;     /* group */
  float *sum;
  float *fade;
  float *factor;  /* group: a block's mass over the sum of its shares */
  double *norm;   /* group: |x'|^2 */
  double *exact;  /* group: top, as a state has it */
  float *weight;  /* block x PIXEL_LANES: logits, then weights */
  uint16_t *share; /* group / PIXEL_LANES times block x PIXEL_LANES: weights over the block's largest, in 65535ths */
  uint32_t *high; /* the same by fours of picked points, in bytes */
  uint32_t *low;
  int8_t *pixels; /* picked points: panels of block / 4 x PIXEL_PANEL x 4 */
  int64_t *picked; /* block: points that weigh for any row */
};

/* Returns the bytes needed; scratch may be null where only they are asked for. */
static inline int64_t tweedie_pixel_carve(struct tweedie_pixel_space *s, void *scratch, const tweedie_prior *prior) {
  const int64_t f = sizeof(float), d = prior->dim, depth = (d + PIXEL_LANES - 1) / PIXEL_LANES * PIXEL_LANES;
  const int64_t panels = (d + PIXEL_PANEL - 1) / PIXEL_PANEL;
  uintptr_t at = (uintptr_t)scratch;
  int64_t group = PIXEL_ROWS_BYTES / f / (d + 1) / 32 * 32;
  group = group < 32 ? 32 : group > TWEEDIE_LARGEST_GROUP ? TWEEDIE_LARGEST_GROUP : group;
  s->group = group;
  s->depth = depth;
  s->x = tweedie_take(&at, PIXEL_LANES * depth * f);
  s->digits = tweedie_take(&at, group * depth * PIXEL_DIGITS);
  s->count = tweedie_take(&at, group / PIXEL_LANES * (int64_t)sizeof(int32_t));
  s->live = tweedie_take(&at, group / PIXEL_LANES * (int64_t)sizeof(int32_t));
  s->acc = tweedie_take(&at, group * (d + 1) * f);
  s->scale = tweedie_take(&at, group * f);
  s->shift = tweedie_take(&at, group * f);
  s->top = tweedie_take(&at, group * f);
  s->sum = tweedie_take(&at, group * f);
  s->fade = tweedie_take(&at, group * f);
  s->factor = tweedie_take(&at, group * f);
  s->norm = tweedie_take(&at, group * (int64_t)sizeof(double));
  s->exact = tweedie_take(&at, group * (int64_t)sizeof(double));
  s->weight = tweedie_take(&at, PIXEL_BLOCK * PIXEL_LANES * f);
  s->share = tweedie_take(&at, PIXEL_BLOCK * group * (int64_t)sizeof(uint16_t));
  s->high = tweedie_take(&at, PIXEL_BLOCK / 4 * group * (int64_t)sizeof(uint32_t));
  s->low = tweedie_take(&at, PIXEL_BLOCK / 4 * group * (int64_t)sizeof(uint32_t));
  s->pixels = tweedie_take(&at, PIXEL_BLOCK * panels * PIXEL_PANEL);
  s->picked = tweedie_take(&at, PIXEL_BLOCK * (int64_t)sizeof(int64_t));
  return (int64_t)(at - (uintptr_t)scratch);
}

#endif
