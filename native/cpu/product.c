/* The matrix product of micro.h. */
#include "micro.h"

#include <stddef.h>

#if defined(TWEEDIE_TIER_AVX512)
#include "pairs.h"
#define HAS_PAIRS 1
#else
#define HAS_PAIRS 0
LANE vf vf_dot_pairs(vf sum, vf a, vf b) { return vf_fma(a, b, sum); } /* never called */
#endif

LANE void micro_start(const int m, const int vectors, const struct tweedie_product *p, vf c[][2]) {
  const vf zero = vf_set(0.0f);
#pragma GCC unroll 14
  for (int r = 0; r < m; r++) c[r][0] = c[r][1] = zero;
  if (p->start == FROM_ZERO) return;
#pragma GCC unroll 14
  for (int r = 0; r < m; r++)
    for (int v = 0; v < vectors; v++) c[r][v] = vf_load(p->c + r * p->ldc + v * VF_LANES);
  if (p->start == FROM_C) return;
  const vf first = vf_load(p->fade), fade[2] = {first, vectors == 2 ? vf_load(p->fade + VF_LANES) : first};
#pragma GCC unroll 14
  for (int r = 0; r < m; r++)
    for (int v = 0; v < vectors; v++) c[r][v] = vf_mul(c[r][v], fade[v]);
}

LANE vf multiply(const int pairs, vf a, vf b, vf sum) { return pairs ? vf_dot_pairs(sum, a, b) : vf_fma(a, b, sum); }

LANE void micro_step(const int vectors, const int pairs, const float *a, vf b0, vf b1, vf c[2]) {
  const vf s = vf_set(*a);
  c[0] = multiply(pairs, s, b0, c[0]);
  if (vectors == 2) c[1] = multiply(pairs, s, b1, c[1]);
}

enum form { ROWS, LISTED, COLUMNS, PICKED };

/* Floats of a cache line. */
#define LINE 16

/* The next m rows of a, of which step l is in the middle of a line: so one request a line and row. Prior and rows
 * together are larger than the second-level cache. On a Zen 5 logits of 256 rows and 9,000 points of d = 784 take
 * 17.0 ms where they took 18.3 to 19.7 (roof 16.5). Behind the last row it asks for what nobody reads, which is
 * harmless, at addresses that are no pointers. */
LANE void fetch_rows_below(const int m, const struct tweedie_product *p, int64_t l) {
  const uintptr_t next = (uintptr_t)p->a + (uintptr_t)(l + m * p->stride) * sizeof(float);
#pragma GCC unroll 14
  for (int r = 0; r < m; r++) __builtin_prefetch((const void *)(next + (uintptr_t)(r * p->stride) * sizeof(float)));
}

/* The same of listed rows, of which the next ones are at the places behind these. */
LANE void fetch_rows_listed(const int m, const struct tweedie_product *p, int64_t l) {
#pragma GCC unroll 14
  for (int r = 0; r < m; r++) __builtin_prefetch(p->a + p->listed[m + r] * p->stride + l);
}

/* Of a step's row, the columns that come next. Pairs by columns come from memory: no product by rows has brought them to
 * a cache before, as it has where a is the same. Logits and sums of 256 rows and 9,000 points of d = 784 take 19.6 ms
 * where they took 22.7. */
LANE void fetch_columns_beside(const int m, const float *a) { __builtin_prefetch(a + 2 * m - 1); }

/* While C is still in registers: a pass of its own over logits of d = 16 took 6 % of their posterior. */
LANE void store_logits(const int m, const struct tweedie_product *p, vf c[][2]) {
  struct tweedie_logits to = *p->logits; /* a copy, since no store can change it */
  const int64_t next = p->ldc;
  float *out = p->c;
  const vf norm[2] = {vf_load(to.norm), vf_load(to.norm + VF_LANES)};
  vf top[2] = {vf_load(to.top), vf_load(to.top + VF_LANES)};
#pragma GCC unroll 14
  for (int r = 0; r < m; r++) {
    const vf bias = vf_set(*to.bias++), scale = vf_set(*to.scale), shift = vf_set(-*to.shift);
    to.scale += to.stride, to.shift += to.stride;
    for (int v = 0; v < 2; v++) {
      const vf logit = vf_fma(scale, c[r][v], vf_fma(shift, norm[v], bias));
      vf_store(out + v * VF_LANES, logit);
      top[v] = vf_max(logit, top[v]);
    }
    out += next;
  }
  vf_store(to.top, top[0]);
  vf_store(to.top + VF_LANES, top[1]);
}

LANE void micro(const int m, const int vectors, const int pairs, const enum form form,
                const struct tweedie_product *p) {
  vf c[MICRO_ROWS][2];
  const float *row[MICRO_ROWS];
  micro_start(m, vectors, p, c);
  const float *b = p->b;
#pragma GCC unroll 14
  for (int r = 0; r < m && form == LISTED; r++) row[r] = p->a + p->listed[r] * p->stride;
  for (int64_t l = 0; l < p->k; l++, b += TILE) {
    if (form == ROWS && p->below && l % LINE == LINE / 2) fetch_rows_below(m, p, l);
    if (form == LISTED && p->below && l % LINE == LINE / 2) fetch_rows_listed(m, p, l);
    const vf b0 = vf_load(b), b1 = vectors == 2 ? vf_load(b + VF_LANES) : b0;
    const float *a = p->a + (form == ROWS ? l : (form == PICKED ? p->picked[l] : l) * p->stride);
    const int64_t next = form == ROWS ? p->stride : 1;
    if (form == PICKED && pairs) fetch_columns_beside(m, a);
#pragma GCC unroll 14
    for (int r = 0; r < m; r++) micro_step(vectors, pairs, form == LISTED ? row[r] + l : a + r * next, b0, b1, c[r]);
  }
  if (form == ROWS && p->logits) {
    store_logits(m, p, c);
    return;
  }
#pragma GCC unroll 14
  for (int r = 0; r < m; r++) { /* the unwanted vector is zero, or stays: ordinary numbers either way */
    float *out = p->c + r * p->ldc;
    vf_store(out, c[r][0]);
    if (vectors == 2 || p->start == FROM_ZERO) vf_store(out + VF_LANES, c[r][1]);
  }
}

LANE void micro_any(int m, const int vectors, const int pairs, const enum form form,
                    const struct tweedie_product *p) {
#define CASE(M) \
  case M: micro(M, vectors, pairs, form, p); break;
  switch (m) {
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if MICRO_ROWS > 6
    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
#if MICRO_ROWS > 12
    CASE(13) CASE(14)
#endif
    default: break;
  }
#undef CASE
}

/* Of the rows from `row` on. */
LANE struct tweedie_logits logits_from(const struct tweedie_logits *all, int64_t row) {
  struct tweedie_logits part = *all;
  part.scale += row * all->stride;
  part.shift += row * all->stride;
  part.bias += row;
  return part;
}

/* Rows are dealt out evenly: 17 rows as 9 + 8 keep more chains in flight than 14 + 3. */
LANE void product(const struct tweedie_product *whole, const int vectors, const int pairs, const enum form form) {
  struct tweedie_product p = *whole;
  int64_t tiles = (whole->m + MICRO_ROWS - 1) / MICRO_ROWS;
  for (int64_t l = 0; l == 0 || l < whole->k; l += PRODUCT_DEPTH) {
    p.k = whole->k - l < PRODUCT_DEPTH ? whole->k - l : PRODUCT_DEPTH;
    p.b = whole->b + l * TILE;
    if (form == PICKED) p.picked = whole->picked + l;
    const int finishing = form == ROWS && whole->logits && l + p.k == whole->k;
    struct tweedie_logits logits;
    p.logits = finishing ? &logits : NULL;
    int64_t done = 0;
    for (int64_t t = 0; t < tiles; t++) {
      int64_t m = (whole->m - done) / (tiles - t);
      if (form == LISTED) p.listed = whole->listed + done, p.below = t + 1 < tiles;
      p.a = whole->a + (form == LISTED ? l
                        : form == ROWS ? done * whole->stride + l
                                       : done + (form == COLUMNS ? l * whole->stride : 0));
      p.c = whole->c + done * whole->ldc;
      if (finishing) logits = logits_from(whole->logits, done);
      micro_any((int)m, vectors, pairs, form, &p);
      done += m;
    }
    p.start = FROM_C;
  }
}

LANE void product_lanes(const struct tweedie_product *p, const int pairs, const enum form form) {
  if (p->half)
    product(p, 1, pairs, form);
  else
    product(p, 2, pairs, form);
}

void TIER(product_rows)(const struct tweedie_product *p) {
  if (HAS_PAIRS && p->pairs)
    product_lanes(p, 1, ROWS);
  else if (p->listed)
    product_lanes(p, 0, LISTED);
  else
    product_lanes(p, 0, ROWS);
}

void TIER(product_columns)(const struct tweedie_product *p) {
  if (HAS_PAIRS && p->pairs)
    product_lanes(p, 1, PICKED);
  else if (p->picked)
    product_lanes(p, 0, PICKED);
  else
    product_lanes(p, 0, COLUMNS);
}
