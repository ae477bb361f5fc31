/* The 8-bit path of fast mode: its two products, and how it cuts its scratch memory. Nothing of it is part of the
 * numbers contract. */
#ifndef TWEEDIE_BYTES_H
#define TWEEDIE_BYTES_H

#include "space.h"

#define BYTE_LANES 16  /* of 32 bits: rows in the first product, bytes in the second */
#define BYTE_DIGITS 3  /* of a row, at most */
#define BYTE_PANEL (3 * BYTE_LANES)
#define BYTE_BLOCK 252 /* points: the error of a mean is this many roundings of shares */
#define BYTE_ROWS_SPACE (1 << 20)

/* A row of BYTE_LANES, times points: out (count x BYTE_LANES) = scale (digits times bytes) + shift. */
struct tweedie_byte_dots {
  const uint8_t *points;
  int64_t stride; /* from point to point */
  int64_t count;  /* of points */
  int64_t steps;  /* of four bytes */
  int digits;     /* of a row: 2 or 3 */
  const int8_t *rows;         /* steps x digits x BYTE_LANES x 4, the highest digit first */
  const float *scale, *shift; /* BYTE_LANES */
  float *out;
};

/* Shares of BYTE_LANES rows, times a panel of bytes: out += scale (shares times bytes), `stride` from row to row. */
struct tweedie_byte_sums {
  const uint32_t *high, *low; /* steps x BYTE_LANES: the bytes of four points' shares */
  int64_t steps;
  const int8_t *bytes; /* steps x BYTE_PANEL x 4 */
  const float *scale;   /* BYTE_LANES */
  int64_t rows;         /* of them, those that are there */
  int64_t n;            /* bytes of the panel that are there */
  float *out;
  int64_t stride;
};

struct tweedie_byte_space {
  int64_t group;  /* rows of a group: a multiple of BYTE_LANES */
  int64_t depth;  /* dim, rounded up to whole vectors of bytes */
  float *x;       /* BYTE_LANES x depth: x - alpha centre, zeros from dim on */
  int8_t *digits; /* group / BYTE_LANES times depth / 4 x BYTE_DIGITS x BYTE_LANES x 4 */
  int32_t *count; /* group / BYTE_LANES: digits of these rows */
  int32_t *live;  /* group / BYTE_LANES: whether the block weighs for any of these rows */
  float *acc;     /* group x (d + 1): sums of weight (byte - 128) */
  float *scale;   /* group: a / p <x', m> = scale (digits times bytes) + shift */
  float *shift;
  float *top;     /* group */
  float *sum;
  float *fade;
  float *factor;  /* group: a block's mass over the sum of its shares */
  double *norm;   /* group: |x'|^2 */
  double *exact;  /* group: top, as a state has it */
  float *weight;  /* block x BYTE_LANES: logits, then weights */
  uint16_t *share; /* group / BYTE_LANES times block x BYTE_LANES: weights over the block's largest, in 65535ths */
  uint32_t *high; /* the same by fours of picked points, in bytes */
  uint32_t *low;
  int8_t *bytes; /* picked points: panels of block / 4 x BYTE_PANEL x 4 */
  int64_t *picked; /* block: points that weigh for any row */
};

/* Returns the bytes needed; scratch may be null where only they are asked for. */
static inline int64_t tweedie_byte_carve(struct tweedie_byte_space *s, void *scratch, const tweedie_prior *prior) {
  const int64_t f = sizeof(float), d = prior->dim, depth = (d + BYTE_LANES - 1) / BYTE_LANES * BYTE_LANES;
  const int64_t panels = (d + BYTE_PANEL - 1) / BYTE_PANEL;
  uintptr_t at = (uintptr_t)scratch;
  int64_t group = BYTE_ROWS_SPACE / f / (d + 1) / 32 * 32;
  group = group < 32 ? 32 : group > TWEEDIE_LARGEST_GROUP ? TWEEDIE_LARGEST_GROUP : group;
  s->group = group;
  s->depth = depth;
  s->x = tweedie_take(&at, BYTE_LANES * depth * f);
  s->digits = tweedie_take(&at, group * depth * BYTE_DIGITS);
  s->count = tweedie_take(&at, group / BYTE_LANES * (int64_t)sizeof(int32_t));
  s->live = tweedie_take(&at, group / BYTE_LANES * (int64_t)sizeof(int32_t));
  s->acc = tweedie_take(&at, group * (d + 1) * f);
  s->scale = tweedie_take(&at, group * f);
  s->shift = tweedie_take(&at, group * f);
  s->top = tweedie_take(&at, group * f);
  s->sum = tweedie_take(&at, group * f);
  s->fade = tweedie_take(&at, group * f);
  s->factor = tweedie_take(&at, group * f);
  s->norm = tweedie_take(&at, group * (int64_t)sizeof(double));
  s->exact = tweedie_take(&at, group * (int64_t)sizeof(double));
  s->weight = tweedie_take(&at, BYTE_BLOCK * BYTE_LANES * f);
  s->share = tweedie_take(&at, BYTE_BLOCK * group * (int64_t)sizeof(uint16_t));
  s->high = tweedie_take(&at, BYTE_BLOCK / 4 * group * (int64_t)sizeof(uint32_t));
  s->low = tweedie_take(&at, BYTE_BLOCK / 4 * group * (int64_t)sizeof(uint32_t));
  s->bytes = tweedie_take(&at, BYTE_BLOCK * panels * BYTE_PANEL);
  s->picked = tweedie_take(&at, BYTE_BLOCK * (int64_t)sizeof(int64_t));
  return (int64_t)(at - (uintptr_t)scratch);
}

#endif
