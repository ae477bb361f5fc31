/* Products of codes: those of components, 0 to 255, times those of rows, -127 to 127; sums of 32 bits, exact. */
#include "filter_dots.h"

#if defined(TWEEDIE_TIER_AVX512)
#include "vnni.h"

#define POINTS 14

/* One instruction is 64 multiply-adds where fma has 16: a quarter of the time of float32. */
LANE void lanes_of_rows(const int m, const int vectors, const struct tweedie_filter_dots *p, int64_t first) {
  const uint8_t *points = p->points + first * p->stride;
  const uint32_t *rows = p->rows;
  vu c[POINTS][2];
#pragma GCC unroll 14
  for (int i = 0; i < m; i++) {
    c[i][0] = vu_load(p->start);
    c[i][1] = vu_load(p->start + VF_LANES);
  }
  for (int64_t s = 0; s < p->steps; s++, rows += TILE) {
    const vu b0 = vu_load(rows), b1 = vu_load(rows + VF_LANES);
#pragma GCC unroll 14
    for (int i = 0; i < m; i++) {
      const vu a = vu_four(points + i * p->stride + 4 * s);
      c[i][0] = vu_dot(c[i][0], a, b0);
      if (vectors == 2) c[i][1] = vu_dot(c[i][1], a, b1);
    }
  }
#pragma GCC unroll 14
  for (int i = 0; i < m; i++) {
    uint32_t *out = (uint32_t *)p->out + (first + i) * TILE;
    vu_store(out, c[i][0]);
    vu_store(out + VF_LANES, c[i][1]);
  }
}

LANE void all_lanes_of_rows(const int vectors, const struct tweedie_filter_dots *p) {
  int64_t i = 0;
  for (; i + POINTS <= p->count; i += POINTS) lanes_of_rows(POINTS, vectors, p, i);
  for (; i < p->count; i++) lanes_of_rows(1, vectors, p, i);
}

/* Elements in lanes: with few rows the time is that of reading the components. */
static void lanes_of_elements(const struct tweedie_filter_dots *p) {
  for (int64_t i = 0; i < p->count; i++) {
    const uint8_t *point = p->points + i * p->stride;
    int32_t *out = p->out + i * TILE;
    for (int64_t r = 0; r < p->few_rows; r++) {
      const int8_t *row = p->few + r * p->stride;
      vu even = vu_set(0), odd = vu_set(0);
      int64_t j = 0;
      for (; j + 128 <= p->stride; j += 128) {
        even = vu_dot(even, vu_load_bytes(point + j), vu_load_bytes(row + j));
        odd = vu_dot(odd, vu_load_bytes(point + j + 64), vu_load_bytes(row + j + 64));
      }
      if (j < p->stride) even = vu_dot(even, vu_load_bytes(point + j), vu_load_bytes(row + j));
      out[r] = (int32_t)(vu_sum(vu_add(even, odd)) + p->start[r]);
    }
    for (int64_t r = p->few_rows; r < TILE; r++) out[r] = out[p->few_rows - 1];
  }
}

static void vnni(const struct tweedie_filter_dots *p) {
  if (p->few_rows > 0)
    lanes_of_elements(p);
  else if (p->half)
    all_lanes_of_rows(1, p);
  else
    all_lanes_of_rows(2, p);
}
#endif

static void plain(const struct tweedie_filter_dots *p) {
  for (int64_t i = 0; i < p->count; i++) {
    const uint8_t *point = p->points + i * p->stride;
    uint32_t sum[TILE];
    for (int l = 0; l < TILE; l++) sum[l] = p->start[l];
    for (int64_t s = 0; s < p->steps; s++) {
      const uint32_t *rows = p->rows + s * TILE;
      for (int b = 0; b < 4; b++) {
        const uint32_t q = point[4 * s + b];
        for (int l = 0; l < TILE; l++) sum[l] += q * (uint32_t)(int8_t)(rows[l] >> 8 * b);
      }
    }
    for (int l = 0; l < TILE; l++) p->out[i * TILE + l] = (int32_t)sum[l];
  }
}

void TIER(filter_dots)(const struct tweedie_filter_dots *p) {
#if defined(TWEEDIE_TIER_AVX512)
  if (p->vnni) {
    vnni(p);
    return;
  }
#endif
  plain(p);
}
