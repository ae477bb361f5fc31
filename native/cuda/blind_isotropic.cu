/* Components N(m, c I) on a grid of levels: the squared distances of a shard once, then S logits of each. Logits are made
 * three times, for the maxima, the masses and the factors of the means, two flops each: to keep them takes S floats for
 * every row and component. */
#include "blind.cuh"

enum { LEVELS = 8 }; /* of a thread that adds masses up: a distance is read once for so many */

/* Columns of components on the grid, from the shard's first on, and those of one. */
struct columns {
  const float *bias, *shift, *pull, *slope;
};
struct level_columns {
  columns first;
  int64_t levels, bias_step, step;

  explicit level_columns(const blind_pass &q) : levels(q.blind.levels) {
    bias_step = levels * q.blind.bias_stride, step = levels * q.blind.stride;
    const tweedie_blind &b = q.blind;
    const int64_t at = q.p.first * step;
    first = {b.bias + q.p.first * bias_step, b.shift + at, b.pull + at, b.slope + at};
  }
  __device__ __forceinline__ columns of(int64_t k) const {
    const int64_t at = k * step;
    return {first.bias + k * bias_step, first.shift + at, first.pull + at, first.slope + at};
  }
};
static __device__ __forceinline__ float logit(const columns &c, int64_t s, float distance) {
  return fmaf(-c.shift[s], distance, c.bias[s]);
}
static __device__ __forceinline__ int64_t end_of_block(const extent &e, int64_t b) {
  return (b + 1) * e.block < e.n ? (b + 1) * e.block : e.n;
}

/* base = largest logit of the block */
static __global__ void block_tops_of_levels(extent e, level_columns grid, const float *distances, float *base) {
  const place_in_chunk at = place_here(e.size);
  if (at.row >= e.size) return;
  float top = -FLT_MAX;
  for (int64_t k = at.i * e.block; k < end_of_block(e, at.i); k++) {
    const columns c = grid.of(k);
    const float distance = distances[k * e.ld + at.row];
    float best = -FLT_MAX;
    for (int64_t s = 0; s < grid.levels; s++) best = vf_max(logit(c, s, distance), best);
    top = vf_max(best, top);
  }
  base[at.i * e.ld + at.row] = top;
}

/* sums = masses of LEVELS levels over all blocks. A weight of zero, as most are, changes none and costs no exp. */
static __global__ void add_masses_of_blocks(extent e, level_columns grid, const float *distances, const float *bases,
                                            const float *fades, float *sums) {
  const place_in_chunk at = place_here(e.size);
  if (at.row >= e.size) return;
  const int64_t first = at.j * LEVELS;
  float sum[LEVELS] = {};
  for (int64_t b = 0; b < e.blocks; b++) {
    const float base = bases[b * e.ld + at.row], fade = fades[b * e.ld + at.row];
    float mass[LEVELS] = {};
    for (int64_t k = b * e.block; k < end_of_block(e, b); k++) {
      const columns c = grid.of(k);
      const float distance = distances[k * e.ld + at.row];
#pragma unroll
      for (int l = 0; l < LEVELS; l++) {
        if (first + l >= grid.levels) continue;
        const float x = logit(c, first + l, distance) - base;
        if (x >= FORMULA_WEIGHT_FLOOR) mass[l] += vf_weight(x);
      }
    }
#pragma unroll
    for (int l = 0; l < LEVELS; l++) sum[l] = fmaf(sum[l], fade, mass[l]);
  }
#pragma unroll
  for (int l = 0; l < LEVELS; l++)
    if (first + l < grid.levels) sums[(first + l) * e.ld + at.row] = sum[l];
}

/* Distances become sums of w pull over levels, the factors of the means; slopes those of w slope. */
static __global__ void find_factors(extent e, level_columns grid, const int *unexplained, const float *bases,
                                    const float *fades, float *distances, float *slopes, int *lives) {
  const place_in_chunk at = place_here(e.size);
  if (at.row >= e.size || unexplained[at.row]) return;
  const float base = bases[at.i * e.ld + at.row];
  bool live = fades[at.i * e.ld + at.row] < 1.0f;
  for (int64_t k = at.i * e.block; k < end_of_block(e, at.i); k++) {
    const columns c = grid.of(k);
    float *distance = distances + k * e.ld + at.row, u = 0.0f, slope = 0.0f;
    for (int64_t l = 0; l < grid.levels; l++) {
      const float x = logit(c, l, *distance) - base;
      if (!(x >= FORMULA_WEIGHT_FLOOR)) continue;
      const float w = vf_weight(x);
      u = fmaf(w, c.pull[l], u);
      slope = fmaf(w, c.slope[l], slope);
      live = true;
    }
    *distance = u;
    slopes[k * e.ld + at.row] = slope;
  }
  if (live) lives[at.i * ((e.size + TILE - 1) / TILE) + at.row / TILE] = 1; /* all write the same */
}

/* Column d of acc, `width` apart. */
static __global__ void add_slopes(extent e, const float *slopes, const float *fades, const float *keep,
                                  const float *take, float *acc, int64_t width) {
  const int64_t row = first_item();
  if (row >= e.size) return;
  float slope = 0.0f;
  for (int64_t b = 0; b < e.blocks; b++) {
    slope = slope * fades[b * e.ld + row];
    for (int64_t k = b * e.block; k < end_of_block(e, b); k++) slope = slope + slopes[k * e.ld + row];
  }
  acc[row * width] = fmaf(acc[row * width], keep[row], slope * take[row]);
}

void blind_isotropic(call &c, const blind_pass &q) {
  const pass &p = q.p;
  product distances = {};
  distances.m = p.n, distances.n = p.size;
  distances.c = p.s.logit, distances.ldc = p.s.ld;
  for (int64_t j = 0; j < p.prior.dim; j += TWEEDIE_CHAIN) {
    distances.k = smaller(p.prior.dim - j, TWEEDIE_CHAIN), distances.goes_on = j > 0;
    distances.a = {p.turned.at + j * p.turned.ld, p.turned.ld, 0};
    distances.b = {p.s.x + j * p.s.ld, p.s.ld, 0};
    multiply(c, PRODUCT_DISTANCES, distances);
  }
  const score_space &s = p.s;
  const level_columns grid(q);
  launch_places(c, block_tops_of_levels, p.size, 1, p.blocks, p, grid, s.logit, s.base);
  blind_tops(c, q, p.blocks, false);
  launch_places(c, add_masses_of_blocks, p.size, tiles(q.blind.levels, LEVELS), 1, p, grid, s.logit, s.base, s.fade,
                q.sums);
  c.clear(s.live, p.blocks * tiles(p.size, TILE) * (int64_t)sizeof(int));
  blind_refine(c, q);
  merge_masses(c, q);
  if (!p.rows.acc) return;
  launch_places(c, find_factors, p.size, 1, p.blocks, p, grid, q.unexplained, s.base, s.fade, s.logit, q.slope, s.live);
  launch_places(c, add_slopes, p.size, 1, 1, p, q.slope, s.fade, s.keep, s.take, p.acc() + p.prior.dim, p.width);
  add_columns(c, p, p.prior.means, 0);
}
