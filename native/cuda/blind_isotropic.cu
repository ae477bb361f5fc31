/* Components N(m, c I) on a grid of levels: the squared distances of a shard once, then S logits of each. Logits are made
 * three times, for the maxima, the masses and the factors of the means, two flops each: to keep them takes S floats for
 * every row and component. */
#include "blind.cuh"

enum { LEVELS = 8 }; /* of a thread that adds masses up: a distance is read once for so many */

/* The columns of component k. */
struct columns {
  const float *bias, *shift, *pull, *slope;
};
static __device__ __forceinline__ columns columns_of(const blind_pass &q, int64_t k) {
  const int64_t S = q.blind.levels, at = (q.p.first + k) * S * q.blind.stride;
  return {q.blind.bias + (q.p.first + k) * S * q.blind.bias_stride, q.blind.shift + at, q.blind.pull + at,
          q.blind.slope + at};
}
static __device__ __forceinline__ float logit(const columns &c, int64_t s, float distance) {
  return fmaf(-c.shift[s], distance, c.bias[s]);
}
static __device__ __forceinline__ int64_t end_of_block(const pass &p, int64_t b) {
  return (b + 1) * p.block < p.n ? (b + 1) * p.block : p.n;
}

/* base = largest logit of the block */
static __global__ void block_tops_of_levels(blind_pass q) {
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  float top = -FLT_MAX;
  for (int64_t k = at.i * q.p.block; k < end_of_block(q.p, at.i); k++) {
    const columns c = columns_of(q, k);
    const float distance = q.p.s.logit[k * q.p.s.ld + at.row];
    float best = -FLT_MAX;
    for (int64_t s = 0; s < q.blind.levels; s++) best = vf_max(logit(c, s, distance), best);
    top = vf_max(best, top);
  }
  q.p.s.base[at.i * q.p.s.ld + at.row] = top;
}

/* sums = masses of LEVELS levels over all blocks. A weight of zero, as most are, changes none and costs no exp. */
static __global__ void add_masses_of_blocks(blind_pass q) {
  const score_space &s = q.p.s;
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  const int64_t first = at.j * LEVELS;
  float sum[LEVELS] = {};
  for (int64_t b = 0; b < q.p.blocks; b++) {
    const float base = s.base[b * s.ld + at.row], fade = s.fade[b * s.ld + at.row];
    float mass[LEVELS] = {};
    for (int64_t k = b * q.p.block; k < end_of_block(q.p, b); k++) {
      const columns c = columns_of(q, k);
      const float distance = s.logit[k * s.ld + at.row];
#pragma unroll
      for (int l = 0; l < LEVELS; l++) {
        if (first + l >= q.blind.levels) continue;
        const float x = logit(c, first + l, distance) - base;
        if (x >= FORMULA_WEIGHT_FLOOR) mass[l] += vf_weight(x);
      }
    }
#pragma unroll
    for (int l = 0; l < LEVELS; l++) sum[l] = fmaf(sum[l], fade, mass[l]);
  }
#pragma unroll
  for (int l = 0; l < LEVELS; l++)
    if (first + l < q.blind.levels) q.sums[(first + l) * s.ld + at.row] = sum[l];
}

/* Distances become sums of w pull over levels, the factors of the means; slope those of w slope. */
static __global__ void find_factors(blind_pass q) {
  const score_space &s = q.p.s;
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size || q.unexplained[at.row]) return;
  const float base = s.base[at.i * s.ld + at.row];
  bool live = s.fade[at.i * s.ld + at.row] < 1.0f;
  for (int64_t k = at.i * q.p.block; k < end_of_block(q.p, at.i); k++) {
    const columns c = columns_of(q, k);
    float *distance = s.logit + k * s.ld + at.row, u = 0.0f, slope = 0.0f;
    for (int64_t l = 0; l < q.blind.levels; l++) {
      const float x = logit(c, l, *distance) - base;
      if (!(x >= FORMULA_WEIGHT_FLOOR)) continue;
      const float w = vf_weight(x);
      u = fmaf(w, c.pull[l], u);
      slope = fmaf(w, c.slope[l], slope);
      live = true;
    }
    *distance = u;
    q.slope[k * s.ld + at.row] = slope;
  }
  if (live) s.live[at.i * ((q.p.size + TILE - 1) / TILE) + at.row / TILE] = 1; /* all write the same */
}

/* Column d of acc. */
static __global__ void add_slopes(blind_pass q) {
  const score_space &s = q.p.s;
  const int64_t row = first_item();
  if (row >= q.p.size) return;
  float slope = 0.0f;
  for (int64_t b = 0; b < q.p.blocks; b++) {
    slope = slope * s.fade[b * s.ld + row];
    for (int64_t k = b * q.p.block; k < end_of_block(q.p, b); k++) slope = slope + q.slope[k * s.ld + row];
  }
  float *acc = q.p.rows.acc + (q.p.group + row) * q.p.width + q.p.prior.dim;
  *acc = fmaf(*acc, s.keep[row], slope * s.take[row]);
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
  launch_places(c, block_tops_of_levels, p.size, 1, p.blocks, q);
  run_tops(c, q, p.blocks, false);
  launch_places(c, add_masses_of_blocks, p.size, tiles(q.blind.levels, LEVELS), 1, q);
  c.clear(p.s.live, p.blocks * tiles(p.size, TILE) * (int64_t)sizeof(int));
  blind_refine(c, q);
  merge_masses(c, q);
  if (!p.rows.acc) return;
  launch_places(c, find_factors, p.size, 1, p.blocks, q);
  launch_places(c, add_slopes, p.size, 1, 1, q);
  add_columns(c, p, p.prior.means, 0);
}
