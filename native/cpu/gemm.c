/* C = A B. B is packed in pieces of PRODUCT_DEPTH x BAND, and every row of A passes over a piece before the next is
 * packed.
 *
 * One thread, AVX-512, best of several runs on a Sapphire Rapids at 2.7 GHz (two fma ports make 173 GFLOP/s):
 * 256x512x784 168, 2048^3 153, 1000x784x17 140 GFLOP/s. With B packed a column of tiles at a time, A came from memory
 * once for every 32 columns: 160, 105 and 100. What else was tried is in bench/results. */
#include <string.h>

#include "micro.h"

#define BAND (GEMM_TILES * TILE)

/* Rows whose stride is a multiple of this (floats, 2 KiB) would share one or two sets of the first-level cache, and are
 * copied side by side. Others stay where they are: copying cost 2 to 3 % on a Granite Rapids. */
#define CROWDED 512
#define SPACED (PRODUCT_DEPTH + 16)

/* Columns [0, n) of b, k x TILE, the rest zero. */
static void pack(const float *b, int64_t ldb, int64_t k, int64_t n, float *out) {
  int64_t n0 = n < VF_LANES ? n : VF_LANES;
  for (int64_t l = 0; l < k; l++, b += ldb, out += TILE) {
    vf_store(out, vf_load_n(b, n0));
    vf_store(out + VF_LANES, n > n0 ? vf_load_n(b + VF_LANES, n - n0) : vf_set(0.0f));
  }
}

/* The last tile of a band: the columns of c end before it does. */
static void product_edge(const struct tweedie_product *whole, int64_t columns) {
  const int64_t n0 = columns < VF_LANES ? columns : VF_LANES, n1 = columns - n0;
  float tile[MICRO_ROWS * TILE];
  struct tweedie_product p = *whole;
  p.half = n1 == 0;
  p.c = tile;
  p.ldc = TILE;
  for (int64_t r = 0; r < p.m && p.start == FROM_C; r++) {
    const float *c = whole->c + r * whole->ldc;
    vf_store(tile + r * TILE, vf_load_n(c, n0));
    vf_store(tile + r * TILE + VF_LANES, n1 ? vf_load_n(c + VF_LANES, n1) : vf_set(0.0f));
  }
  TIER(product_rows)(&p);
  for (int64_t r = 0; r < p.m; r++) {
    float *c = whole->c + r * whole->ldc;
    vf_store_n(c, vf_load(tile + r * TILE), n0);
    if (n1) vf_store_n(c + VF_LANES, vf_load(tile + r * TILE + VF_LANES), n1);
  }
}

/* Rows of c that the next tile starts from, or writes: they come while this one is multiplied (3 % at 1000x784x784). */
static void fetch_rows(const float *c, int64_t ldc, int64_t m) {
  for (int64_t r = 0; r < m; r++, c += ldc) {
    __builtin_prefetch(c, 1);
    __builtin_prefetch(c + VF_LANES, 1);
  }
}

/* Columns [0, n) of c += k columns of a times the packed panels. Rows are dealt out evenly, as in product.c. */
static void multiply(struct tweedie_product p, int64_t m, int64_t n, const float *panels) {
  float rows[MICRO_ROWS * SPACED];
  const float *a = p.a;
  float *c = p.c;
  const int64_t lda = p.stride, tiles = (m + MICRO_ROWS - 1) / MICRO_ROWS;
  const int crowded = lda % CROWDED == 0;
  p.a = rows;
  p.stride = crowded ? SPACED : lda;
  for (int64_t t = 0; t < tiles; t++, a += p.m * lda, c += p.m * p.ldc, m -= p.m) {
    p.m = m / (tiles - t);
    if (!crowded) p.a = a;
    for (int64_t r = 0; r < p.m && crowded; r++) memcpy(rows + r * SPACED, a + r * lda, (size_t)p.k * sizeof(float));
    for (int64_t j = 0; j < n; j += TILE) {
      if (n - j >= 2 * TILE) fetch_rows(c + j + TILE, p.ldc, p.m);
      p.b = panels + j * p.k;
      p.c = c + j;
      if (n - j < TILE)
        product_edge(&p, n - j);
      else
        TIER(product_rows)(&p);
    }
  }
}

int32_t TIER(gemm)(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c, void *scratch) {
  float *panels = scratch;
  const int64_t bands = (n + BAND - 1) / BAND;
  for (int64_t j = 0, band = 0, columns; j < n; j += columns, band++) {
    columns = ((n - j + TILE - 1) / TILE / (bands - band)) * TILE; /* dealt out evenly: all rows of A pass by each band */
    if (columns > n - j) columns = n - j;
    for (int64_t l = 0; l == 0 || l < k; l += PRODUCT_DEPTH) {
      const int64_t depth = k - l < PRODUCT_DEPTH ? k - l : PRODUCT_DEPTH;
      for (int64_t i = 0; i < columns; i += TILE)
        pack(b + l * n + j + i, n, depth, columns - i < TILE ? columns - i : TILE, panels + i * depth);
      const struct tweedie_product p = {
          .a = a + l, .stride = k, .k = depth, .c = c + j, .ldc = n, .start = l == 0 ? FROM_ZERO : FROM_C};
      multiply(p, m, columns, panels);
    }
  }
  return TWEEDIE_OK;
}
