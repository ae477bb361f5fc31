/* Products of codes: those of components, 0 to 255, times those of rows, -127 to 127; sums of 32 bits, exact. */
#include "filter_dots.h"

#if defined(TWEEDIE_TIER_AVX512)
#include "vnni.h"

#define POINTS 14
#define AHEAD 8 /* points: of one row 60,000 points of d = 784 take 1.9 ms where they took 2.9 */
#define LINE_STEPS 16 /* of four codes */

/* The same place of the next m points: products of the first 384 codes of 784 take 30 % less time with it. Behind the last
 * point it asks for what nobody reads, which is harmless, at addresses that are no pointers. */
LANE void fetch_points_below(const int m, int64_t stride, const uint8_t *at) {
#pragma GCC unroll 14
  for (int i = 0; i < m; i++) __builtin_prefetch((const void *)((uintptr_t)at + (uintptr_t)((i + m) * stride)));
}

/* One instruction is 64 multiply-adds where fma has 16: a quarter of the time of float32. Of points [first, first + m),
 * or of those of the list. */
LANE void lanes_of_rows(const int m, const int vectors, const int picking, const struct tweedie_filter_dots *p,
                        int64_t first) {
  const uint8_t *points = p->points + (picking ? 0 : first * p->stride);
  const uint8_t *at[POINTS];
  uint32_t *out[POINTS];
  const uint32_t *rows = p->rows;
  const vu start[2] = {vu_load(p->start), vu_load(p->start + VF_LANES)};
  vu c[POINTS][2];
#pragma GCC unroll 14
  for (int i = 0; i < m; i++) {
    const int64_t point = picking ? p->picked[first + i] : first + i;
    at[i] = p->points + point * p->stride;
    out[i] = (uint32_t *)p->out + point * TILE;
    for (int v = 0; v < 2; v++) c[i][v] = picking ? vu_add(start[v], vu_load(out[i] + v * VF_LANES)) : start[v];
  }
  for (int64_t s = 0; s < p->steps; s++, rows += TILE) {
    if (!picking && s % LINE_STEPS == LINE_STEPS / 2) fetch_points_below(m, p->stride, points + 4 * s);
    const vu b0 = vu_load(rows), b1 = vu_load(rows + VF_LANES);
#pragma GCC unroll 14
    for (int i = 0; i < m; i++) {
      const vu a = vu_four((picking ? at[i] : points + i * p->stride) + 4 * s);
      c[i][0] = vu_dot(c[i][0], a, b0);
      if (vectors == 2) c[i][1] = vu_dot(c[i][1], a, b1);
    }
  }
#pragma GCC unroll 14
  for (int i = 0; i < m; i++) {
    vu_store(out[i], c[i][0]);
    vu_store(out[i] + VF_LANES, c[i][1]);
  }
}

LANE void any_lanes_of_rows(int m, const int vectors, const int picking, const struct tweedie_filter_dots *p,
                            int64_t first) {
#define CASE(M) \
  case M: lanes_of_rows(M, vectors, picking, p, first); break;
  switch (m) {
    CASE(1)
    CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) CASE(14) default
        : break;
  }
#undef CASE
}

/* Points are dealt out evenly, so that enough chains are in flight. */
LANE void all_lanes_of_rows(const int vectors, const int picking, const struct tweedie_filter_dots *p) {
  const int64_t parts = (p->count + POINTS - 1) / POINTS;
  for (int64_t part = 0, done = 0; part < parts; part++) {
    const int64_t m = (p->count - done) / (parts - part);
    any_lanes_of_rows((int)m, vectors, picking, p, done);
    done += m;
  }
}

/* Only its first bytes are wanted, and the processor does not guess which. Behind the last point as above. */
static void fetch_point(uintptr_t point, int64_t bytes) {
  for (int64_t j = 0; j < bytes; j += 64) __builtin_prefetch((const void *)(point + (uintptr_t)j));
}

/* Elements in lanes: with few rows the time is that of reading the components. */
static void lanes_of_elements(const struct tweedie_filter_dots *p) {
  for (int64_t i = 0; i < p->count; i++) {
    const int64_t k = p->picked ? p->picked[i] : i;
    const uint8_t *point = p->points + k * p->stride;
    int32_t *out = p->out + k * TILE;
    if (!p->picked) fetch_point((uintptr_t)point + (uintptr_t)(AHEAD * p->stride), p->bytes);
    for (int64_t r = 0; r < p->few_rows; r++) {
      const int8_t *row = p->few + r * p->stride;
      vu even = vu_set(0), odd = vu_set(0);
      int64_t j = 0;
      for (; j + 128 <= p->bytes; j += 128) {
        even = vu_dot(even, vu_load_bytes(point + j), vu_load_bytes(row + j));
        odd = vu_dot(odd, vu_load_bytes(point + j + 64), vu_load_bytes(row + j + 64));
      }
      if (j < p->bytes) even = vu_dot(even, vu_load_bytes(point + j), vu_load_bytes(row + j));
      const uint32_t sum = vu_sum(vu_add(even, odd)) + p->start[r];
      out[r] = (int32_t)(p->picked ? (uint32_t)out[r] + sum : sum);
    }
    for (int64_t r = p->few_rows; r < TILE; r++) out[r] = out[p->few_rows - 1];
  }
}

static void vnni(const struct tweedie_filter_dots *p) {
  if (p->few_rows > 0)
    lanes_of_elements(p);
  else if (p->half)
    p->picked ? all_lanes_of_rows(1, 1, p) : all_lanes_of_rows(1, 0, p);
  else
    p->picked ? all_lanes_of_rows(2, 1, p) : all_lanes_of_rows(2, 0, p);
}
#endif

static void plain(const struct tweedie_filter_dots *p) {
  for (int64_t i = 0; i < p->count; i++) {
    const int64_t k = p->picked ? p->picked[i] : i;
    const uint8_t *point = p->points + k * p->stride;
    int32_t *out = p->out + k * TILE;
    uint32_t sum[TILE];
    for (int l = 0; l < TILE; l++) sum[l] = p->start[l] + (p->picked ? (uint32_t)out[l] : 0);
    for (int64_t s = 0; s < p->steps; s++) {
      const uint32_t *rows = p->rows + s * TILE;
      for (int b = 0; b < 4; b++) {
        const uint32_t q = point[4 * s + b];
        for (int l = 0; l < TILE; l++) sum[l] += q * (uint32_t)(int8_t)(rows[l] >> 8 * b);
      }
    }
    for (int l = 0; l < TILE; l++) out[l] = (int32_t)sum[l];
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
