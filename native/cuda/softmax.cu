/* Weights from logits, by the rules of the blocks (softmax.cuh). Mostly a thread for a row of a block; what passes from block
 * to block is one thread a row. Neighbouring threads are neighbouring rows, so every access is to whole lines. */
#include "softmax.cuh"

#include "turn.cuh"

template <bool PRODUCTS>
static __global__ void block_tops(extent e, logit_columns columns, float *__restrict__ logits, float *__restrict__ base,
                                  float *__restrict__ mass) {
  const int64_t row = first_item();
  if (row < e.size) find_block_top<PRODUCTS>(e, row, blockIdx.y, columns, logits, base, mass);
}

static __global__ void run_tops(extent e, const float *error, const double *final_top, float *__restrict__ bases,
                                float *__restrict__ fades, double *tops) {
  const int64_t row = first_item();
  if (row < e.size) run_row_top(e, row, blockIdx.y, error, final_top, bases, fades, tops);
}

static __global__ void __launch_bounds__(32 * REFINE_ROWS, 2)
    refine(extent e, direct_logits of, const float *error, const double *final_top, float *logits, float *base,
           float *fade, const float *mass, double *tops) {
  SHARED(double, exact, [REFINE_ROWS][TWEEDIE_BLOCK_ISOTROPIC]);
  const int w = (int)threadIdx.x / 32;
  const int64_t row = (int64_t)blockIdx.x * REFINE_ROWS + w;
  if (row < e.size && refined(error[row]))
    refine_row(e, row, blockIdx.y, of, error, final_top, logits, base, fade, mass, tops, exact[w]);
}

/* Weights; while accumulating, where `live` is there, also the block's mass and the factor of the state so far. */
static __global__ void weigh_blocks(extent e, float *__restrict__ logits, const float *__restrict__ bases,
                                    float *__restrict__ fades, float *__restrict__ masses, int *__restrict__ live) {
  const int64_t row = first_item(), b = blockIdx.y, at = b * e.ld + row;
  if (row >= e.size) return;
  const float mass = weigh_block(e, row, b, logits, bases);
  if (!live) return;
  const float fade = vf_weight(fades[at]);
  masses[at] = mass;
  fades[at] = fade;
  if (mass > 0.0f || fade < 1.0f) live[b * ((e.size + TILE - 1) / TILE) + row / TILE] = 1; /* all write the same */
}

static __global__ void sum_shard(extent e, fresh_numbers fresh, int64_t first, const float *weights,
                                 const float *masses, const float *fades, slope_columns slopes, shard_sums to) {
  const int64_t row = first_item();
  if (row < e.size) sum_row(e, row, blockIdx.y, fresh, first, weights, masses, fades, slopes, to);
}

static __global__ void merge_shards(extent e, fresh_numbers fresh, int64_t first, shard_sums of, group_state state) {
  const int64_t row = first_item();
  if (row < e.size) merge_row(e, row, fresh, first, of, state);
}

static __global__ void pull_weights(extent e, const float *__restrict__ pull, int64_t stride,
                                    float *__restrict__ weights) {
  const int64_t row = first_item();
  if (row < e.size) pull_block(e, row, blockIdx.y, pull, stride, weights);
}

static void refine_isotropic(call &c, const pass &p) {
  launch(c, refine, tiles(p.size, REFINE_ROWS), p.shards, 32 * REFINE_ROWS, p, direct_logits(p), p.s.error,
         p.final_top(), p.s.logit, p.s.base, p.s.fade, p.s.mass, p.s.top);
}

void make_weights(call &c, const pass &p) {
  const score_space &s = p.s;
  const tweedie_level &level = p.level;
  const int threads = row_threads(p.size), walk = walk_threads(p.size);
  const int64_t across = tiles(p.size, threads), rows = tiles(p.size, walk), columns = p.first * level.stride;
  const bool isotropic = p.prior.kind == TWEEDIE_ISOTROPIC;
  const logit_columns products = {level.bias + p.first, level.scale + columns, level.shift + columns, s.norm,
                                  level.stride};
  launch(c, p.products ? block_tops<true> : block_tops<false>, across, p.blocks, threads, p, products, s.logit, s.base,
         isotropic ? s.mass : NULL);
  launch(c, run_tops, rows, p.shards, walk, p, s.error, p.final_top(), s.base, s.fade, s.top);
  isotropic ? refine_isotropic(c, p) : refine_spectral(c, p);
  if (p.accumulating) c.clear(s.live, p.blocks * tiles(p.size, TILE) * (int64_t)sizeof(int));
  launch(c, weigh_blocks, across, p.blocks, threads, p, s.logit, s.base, s.fade, s.mass,
         p.accumulating ? s.live : NULL);
  if (!p.accumulating) return;
  const fresh_numbers fresh(p);
  const bool slopes = p.rows.acc && isotropic;
  const shard_sums sums = {s.top, s.sum, slopes ? s.slope : NULL, p.rows.chosen ? s.chosen : NULL, s.keep, s.take};
  const slope_columns slope = {slopes ? level.slope + columns : NULL, level.stride};
  const group_state state = {p.top(), p.sum(), slopes ? p.acc() + p.prior.dim : NULL, p.chosen(), p.width};
  launch(c, sum_shard, rows, p.shards, walk, p, fresh, p.first, s.logit, s.mass, s.fade, slope, sums);
  launch(c, merge_shards, rows, 1, walk, p, fresh, p.first / TWEEDIE_SHARD, sums, state);
  if (slopes) launch(c, pull_weights, across, p.blocks, threads, p, level.pull + columns, level.stride, s.logit);
}

/* out = w / sum, turned back into rows of `components`. */
static __global__ void divide_weights(extent e, const float *weights, const float *sums, float *out,
                                      int64_t components) {
  const int64_t across = (e.n + 31) / 32, row = blockIdx.x / across * 32, k = blockIdx.x % across * 32;
  turn_square(
      e.n - k, e.size - row, [&](int i, int j) { return weights[(k + i) * e.ld + row + j] / sums[row + j]; },
      [&](int j, int i, float v) { out[(row + j) * components + k + i] = v; });
}

void divide_by_sum(call &c, const pass &p, float *out) {
  const int64_t K = p.prior.components;
  launch(c, divide_weights, tiles(p.size, 32) * tiles(p.n, 32), 1, THREADS, p, p.s.logit, p.sum(),
         out + p.batch_row() * K + p.first, K);
}
