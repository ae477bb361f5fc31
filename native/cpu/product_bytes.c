/* The two products of the 8-bit path, by vpdpbusd: sums of 32 bits, exact. A factor of more than 8 bits is several
 * digits. 2 B N d flops of float32 are `digits` B N d / 64 instructions of which two start each cycle: with two digits
 * twice the rate of fma. */
#include "kernels.h"

#if defined(TWEEDIE_TIER_AVX512)
#include "bytes.h"
#include "vnni.h"

/* 28 or 27 sums: with a row's digits and a point's bytes all but one of the 32 registers. */
#define POINTS_OF_2 14
#define POINTS_OF_3 9

/* Written out: gcc keeps an array in registers where only its outer index is a loop's. */
LANE void step(const int n, vu a, vu b0, vu b1, vu b2, vu c[3]) {
  c[0] = vu_dot(c[0], a, b0);
  if (n > 1) c[1] = vu_dot(c[1], a, b1);
  if (n > 2) c[2] = vu_dot(c[2], a, b2);
}

/* 256 high + low */
LANE vf join(vf high, vu low) { return vf_fma(vf_set(256.0f), high, vf_of_int(low)); }

LANE void dots(const int points, const int digits, const struct tweedie_byte_dots *p, int64_t first) {
  const uint8_t *bytes = p->points + first * p->stride;
  const int8_t *rows = p->rows;
  const int third = digits == 3 ? 2 : 1;
  vu c[POINTS_OF_2][3];
#pragma GCC unroll 14
  for (int i = 0; i < points; i++) c[i][0] = c[i][1] = c[i][2] = vu_set(0);
  for (int64_t l = 0; l < p->steps; l++, rows += digits * BYTE_LANES * 4) {
    const vu b0 = vu_load_bytes(rows), b1 = vu_load_bytes(rows + BYTE_LANES * 4);
    const vu b2 = vu_load_bytes(rows + third * BYTE_LANES * 4);
#pragma GCC unroll 14
    for (int i = 0; i < points; i++) step(digits, vu_four(bytes + i * p->stride + 4 * l), b0, b1, b2, c[i]);
  }
  const vf scale = vf_load(p->scale), shift = vf_load(p->shift);
#pragma GCC unroll 14
  for (int i = 0; i < points; i++) {
    vf sum = join(vf_of_int(c[i][0]), c[i][1]);
    if (digits == 3) sum = join(sum, c[i][2]);
    vf_store(p->out + (first + i) * BYTE_LANES, vf_fma(scale, sum, shift));
  }
}

void TIER(byte_dots)(const struct tweedie_byte_dots *p) {
  int64_t i = 0;
  if (p->digits == 2) {
    for (; i + POINTS_OF_2 <= p->count; i += POINTS_OF_2) dots(POINTS_OF_2, 2, p, i);
    for (; i < p->count; i++) dots(1, 2, p, i);
  } else {
    for (; i + POINTS_OF_3 <= p->count; i += POINTS_OF_3) dots(POINTS_OF_3, 3, p, i);
    for (; i < p->count; i++) dots(1, 3, p, i);
  }
}

#define ROWS 4

LANE void add(const struct tweedie_byte_sums *p, int64_t row, int v, vu high, vu low) {
  const int64_t n = p->n - v * BYTE_LANES < BYTE_LANES ? p->n - v * BYTE_LANES : BYTE_LANES;
  float *out = p->out + row * p->stride + v * BYTE_LANES;
  vf_store_n(out, vf_fma(vf_set(p->scale[row]), join(vf_of_int(high), low), vf_load_n(out, n)), n);
}

LANE void sums(const int vectors, const struct tweedie_byte_sums *p, int64_t first) {
  const int second = vectors > 1, third = vectors > 2 ? 2 : 0;
  const int8_t *bytes = p->bytes;
  const uint32_t *high = p->high + first, *low = p->low + first;
  vu h[ROWS][3], w[ROWS][3];
#pragma GCC unroll 4
  for (int r = 0; r < ROWS; r++) h[r][0] = h[r][1] = h[r][2] = w[r][0] = w[r][1] = w[r][2] = vu_set(0);
  for (int64_t l = 0; l < p->steps; l++, bytes += BYTE_PANEL * 4, high += BYTE_LANES, low += BYTE_LANES) {
    const vu b0 = vu_load_bytes(bytes), b1 = vu_load_bytes(bytes + second * BYTE_LANES * 4);
    const vu b2 = vu_load_bytes(bytes + third * BYTE_LANES * 4);
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++) {
      step(vectors, vu_four(high + r), b0, b1, b2, h[r]);
      step(vectors, vu_four(low + r), b0, b1, b2, w[r]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < ROWS; r++) {
    if (first + r >= p->rows) break;
    add(p, first + r, 0, h[r][0], w[r][0]);
    if (vectors > 1) add(p, first + r, 1, h[r][1], w[r][1]);
    if (vectors > 2) add(p, first + r, 2, h[r][2], w[r][2]);
  }
}

void TIER(byte_sums)(const struct tweedie_byte_sums *p) {
  for (int64_t i = 0; i < p->rows; i += ROWS) {
    if (p->n > 2 * BYTE_LANES)
      sums(3, p, i);
    else if (p->n > BYTE_LANES)
      sums(2, p, i);
    else
      sums(1, p, i);
  }
}
#endif
