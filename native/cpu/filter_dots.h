/* The product of codes that the filter bounds logits from. */
#ifndef TWEEDIE_FILTER_DOTS_H
#define TWEEDIE_FILTER_DOTS_H

#include "micro.h"

struct tweedie_filter_dots {
  const uint8_t *points;
  int64_t stride;        /* from point to point, and from row to row of few */
  const int64_t *picked; /* count: the points that are meant, whose sums go on; or null: all, which begin */
  int64_t count;         /* of points */
  int64_t steps;         /* of four codes */
  int64_t bytes;         /* the same in whole vectors */
  const uint32_t *rows;  /* steps x TILE */
  const uint32_t *start; /* TILE */
  const int8_t *few;     /* few_rows x stride: the rows once more, zeros behind the last one's codes */
  int64_t few_rows;      /* 0: there are more, in `rows` alone */
  int half;              /* rows are in the first vector */
  int vnni;
  int32_t *out; /* points x TILE */
};

void TIER(filter_dots)(const struct tweedie_filter_dots *dots);

#endif
