/* Weights from logits, by the rules of the blocks. Mostly a thread for a row of a block; what passes from block to block
 * is one thread a row. Neighbouring threads are neighbouring rows, so every access is to whole lines. */
#include "score.cuh"

#include "noise.cuh"

enum { REFINE_ROWS = 8 }; /* of a block of threads, a warp each; their logits share sectors of memory */

/* Subtracted from every logit of a block none of which weighs. */
#define NOTHING_WEIGHS FLT_MAX

/* Numbers of a column that a thread has in flight: a load that waits for the store before it takes a trip to memory each.
 * A divisor of the blocks of 84 components. */
enum { AT_ONCE = 6 };

/* Hands n numbers that lie ld apart to `take`, in order, with their index. */
template <class T>
static __device__ __forceinline__ void walk_column(const float *from, int64_t ld, int64_t n, T take) {
  int64_t i = 0;
  for (; i + AT_ONCE <= n; i += AT_ONCE) {
    float v[AT_ONCE];
#pragma unroll
    for (int j = 0; j < AT_ONCE; j++) v[j] = from[(i + j) * ld];
#pragma unroll
    for (int j = 0; j < AT_ONCE; j++) take(i + j, v[j]);
  }
  for (; i < n; i++) take(i, from[i * ld]);
}

/* base = largest logit of the block; for refine mass too, but infinity where one is no number. PRODUCTS become logits on the
 * way. */
template <bool PRODUCTS>
static __global__ void block_tops(pass p) {
  const int64_t row = first_item(), b = blockIdx.y, k = b * p.block;
  if (row >= p.size) return;
  const int64_t n = p.n - k < p.block ? p.n - k : p.block;
  const float norm = PRODUCTS ? p.s.norm[row] : 0.0f;
  float *logits = p.s.logit + k * p.s.ld + row, top = -FLT_MAX;
  bool numbers = true;
  walk_column(logits, p.s.ld, n, [&](int64_t i, float logit) {
    if (PRODUCTS) {
      const int64_t at = p.first + k + i;
      const float bias = p.level.bias[at];
      logit =
          fmaf(p.level.scale[at * p.level.stride], logit, p.level.stride ? fmaf(-p.level.shift[at], norm, bias) : bias);
      logits[i * p.s.ld] = logit;
    }
    numbers = numbers && logit == logit;
    top = vf_max(logit, top);
  });
  p.s.base[b * p.s.ld + row] = top;
  if (p.prior.kind == TWEEDIE_ISOTROPIC) p.s.mass[b * p.s.ld + row] = numbers ? top : HUGE_VALF;
}

/* base = what is subtracted: the running maximum, or in a second pass that of all components; of refined rows the
 * running maximum in any case, which refine needs. */
static __global__ void run_tops(pass p) {
  const int64_t row = first_item(), shard = blockIdx.y, first = first_block(p, shard);
  if (row >= p.size) return;
  const bool running = p.accumulating || refined(p, row);
  const float final = p.accumulating ? 0.0f : (float)p.rows.top[state_row(p, row)];
  float top = -FLT_MAX;
  float *base = p.s.base + first * p.s.ld + row, *fade = p.s.fade + first * p.s.ld + row;
  walk_column(base, p.s.ld, last_block(p, shard) - first, [&](int64_t b, float own) {
    const float before = top;
    top = vf_max(own, top);
    base[b * p.s.ld] = running ? top : final;
    fade[b * p.s.ld] = before - top;
  });
  p.s.top[shard * p.s.ld + row] = top;
}

/* |x' - alpha m|^2 by 16 threads, the 16 chains of the contract; every one of them gets it. */
static __device__ double squared_distance(const pass &p, const float *x, const float *m) {
  const int lane = (int)threadIdx.x % 16;
  double sum = 0.0;
  for (int64_t j = lane; j < p.prior.dim; j += 16) {
    const double t = fma(-p.level.alpha, (double)m[j], (double)fmaf(-p.alpha, p.prior.centre[j], x[j]));
    sum = fma(t, t, sum);
  }
  return fold16(sum);
}

/* The least logit of a row and block that may weigh once it is exact. */
static __device__ float least_that_weighs(const pass &p, int64_t row, int64_t b) {
  /* where a product overflowed the largest logit says nothing */
  const float most = p.s.base[b * p.s.ld + row];
  return most < HUGE_VALF ? most - fmaf(2.0f, p.s.error[row], TWEEDIE_CUTOFF) : -HUGE_VALF;
}

/* Logits of one row and block, lane by lane of a warp: those that may weigh are evaluated again, two at a time. Returns the
 * maximum that the block has moved. */
static __device__ double refine_block(const pass &p, int64_t row, int64_t b, double before, double *exact) {
  const int lane = (int)threadIdx.x % 32;
  const int64_t k = b * p.block, n = p.n - k < p.block ? p.n - k : p.block;
  const float *x = p.rows.x + batch_row(p, row) * p.prior.dim, least = least_that_weighs(p, row, b);
  float *logits = p.s.logit + k * p.s.ld + row;
  double top = before;
  for (int64_t i = 0; i < n; i += 32) {
    const int64_t k0 = p.first + k + i;
    const bool wanted = i + lane < n && !(logits[(i + lane) * p.s.ld] < least) && p.level.bias[k0 + lane] != -HUGE_VALF;
    if (i + lane < n) exact[i + lane] = -HUGE_VAL;
    __syncwarp();
    for (unsigned rest = __ballot_sync(0xffffffffu, wanted); rest != 0;) {
      const int one = __ffs((int)rest) - 1;
      rest &= rest - 1;
      const int two = rest ? __ffs((int)rest) - 1 : one; /* twice the same where there is no second */
      rest &= rest - 1;
      const int64_t component = k0 + (lane < 16 ? one : two);
      const double distance = squared_distance(p, x, p.prior.means + component * p.prior.dim);
      const double e = fma(-p.level.half[component * p.level.stride], distance,
                           p.level.constant[component * p.level.constant_stride]);
      if (lane % 16 == 0 && (lane == 0 || two != one)) exact[component - p.first - k] = e;
      if (p.accumulating && e > top) top = e;
    }
  }
  const double other = __shfl_xor_sync(0xffffffffu, top, 16);
  if (other > top) top = other;
  __syncwarp();
  for (int64_t i = lane; i < n; i += 32)
    logits[i * p.s.ld] = exact[i] == -HUGE_VAL ? -2.0f * TWEEDIE_CUTOFF /* weighs nothing */ : (float)(exact[i] - top);
  if (lane == 0) {
    p.s.base[b * p.s.ld + row] = 0.0f;
    p.s.fade[b * p.s.ld + row] = (float)(before - top);
  }
  return top;
}

/* A warp goes through the blocks of a refined row, and into those of which a logit may weigh. */
static __global__ void __launch_bounds__(32 * REFINE_ROWS, 2) refine(pass p) {
  SHARED(double, exact, [REFINE_ROWS][TWEEDIE_BLOCK_ISOTROPIC]);
  const int w = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32;
  const int64_t row = (int64_t)blockIdx.x * REFINE_ROWS + w, shard = blockIdx.y, end = last_block(p, shard);
  if (row >= p.size || !refined(p, row)) return;
  double top = p.accumulating ? -HUGE_VAL : p.rows.top[state_row(p, row)];
  for (int64_t b = first_block(p, shard); b < end; b += 32) {
    const int64_t at = (b + lane) * p.s.ld + row;
    const bool wanted = b + lane < end && !(p.s.mass[at] < least_that_weighs(p, row, b + lane));
    if (b + lane < end && !wanted) p.s.base[at] = NOTHING_WEIGHS, p.s.fade[at] = 0.0f;
    for (unsigned rest = __ballot_sync(0xffffffffu, wanted); rest != 0; rest &= rest - 1)
      top = refine_block(p, row, b + __ffs((int)rest) - 1, top, exact[w]);
  }
  if (lane == 0) p.s.top[shard * p.s.ld + row] = top;
}

/* Weights, the block's mass and the factor of the state so far. */
static __global__ void weigh_blocks(pass p) {
  const int64_t row = first_item(), b = blockIdx.y, k = b * p.block;
  if (row >= p.size) return;
  const int64_t n = p.n - k < p.block ? p.n - k : p.block, at = b * p.s.ld + row;
  const float base = p.s.base[at];
  float mass = 0.0f;
  float *logits = p.s.logit + k * p.s.ld + row;
  walk_column(logits, p.s.ld, n, [&](int64_t i, float logit) {
    const float w = vf_weight(logit - base);
    logits[i * p.s.ld] = w;
    mass = mass + w;
  });
  if (!p.accumulating) return;
  const float fade = vf_weight(p.s.fade[at]);
  p.s.mass[at] = mass;
  p.s.fade[at] = fade;
  if (mass > 0.0f || fade < 1.0f) p.s.live[b * ((p.size + TILE - 1) / TILE) + row / TILE] = 1; /* all write the same */
}

/* The component of block b that the draw falls on; t = u sum lies within the block's mass. */
static __device__ int64_t choose(const pass &p, int64_t row, int64_t b, float t) {
  const float *w = p.s.logit + b * p.block * p.s.ld + row;
  int64_t i = 0;
  for (float s = w[0]; s < t; s += w[i * p.s.ld]) i++; /* ends: the last sum is the mass, the same chain */
  return p.first + b * p.block + i;
}

static __device__ float fresh_uniform(const pass &p, int64_t row, int64_t block, int bit) {
  tweedie_noise at = p.rows.noise;
  at.block = (uint32_t)block;
  at.row += (uint32_t)batch_row(p, row);
  at.stream ^= (uint32_t)1 << bit;
  return noise_uniform(moved(at, p.base), 0, 0);
}

/* The chain of w slope, column d of acc. All its terms are zero for a data set. */
static __device__ float sum_slopes(const pass &p, int64_t row, int64_t shard) {
  float slope = 0.0f;
  if (p.level.stride == 0 && p.level.slope[0] == 0.0f) return slope;
  for (int64_t b = first_block(p, shard); b < last_block(p, shard); b++) {
    slope = slope * p.s.fade[b * p.s.ld + row];
    for (int64_t i = b * p.block; i < p.n && i < (b + 1) * p.block; i++)
      slope = fmaf(p.s.logit[i * p.s.ld + row], p.level.slope[(p.first + i) * p.level.stride], slope);
  }
  return slope;
}

/* Sums and choice of a shard. */
static __global__ void sum_shard(pass p) {
  const int64_t row = first_item(), shard = blockIdx.y, at = shard * p.s.ld + row;
  if (row >= p.size) return;
  float sum = 0.0f;
  int64_t chosen = -1;
  for (int64_t b = first_block(p, shard); b < last_block(p, shard); b++) {
    const float mass = p.s.mass[b * p.s.ld + row];
    sum = fmaf(sum, p.s.fade[b * p.s.ld + row], mass);
    if (!p.rows.chosen || !(mass > 0.0f)) continue;
    const float t = fresh_uniform(p, row, p.rows.noise.block + p.first / p.block + b, 31) * sum;
    if (t <= mass) chosen = choose(p, row, b, t);
  }
  p.s.sum[at] = sum;
  p.s.chosen[at] = chosen;
  if (p.rows.acc && p.prior.kind == TWEEDIE_ISOTROPIC) p.s.slope[at] = sum_slopes(p, row, shard);
}

/* The shards, one after the other, into the state: evaluate_merge but for acc. */
static __global__ void merge_shards(pass p) {
  const int64_t row = first_item(), i = state_row(p, row);
  if (row >= p.size) return;
  double top = p.rows.top[i];
  float all = p.rows.sum[i];
  float *slope = p.rows.acc && p.prior.kind == TWEEDIE_ISOTROPIC ? p.rows.acc + i * p.width + p.prior.dim : NULL;
  for (int64_t shard = 0; shard < p.shards; shard++) {
    const int64_t at = shard * p.s.ld + row;
    const double before = top, other = p.s.top[at];
    top = other > before ? other : before;
    const float keep = vf_weight((float)(before - top)), take = vf_weight((float)(other - top));
    const float mass = p.s.sum[at] * take;
    all = fmaf(all, keep, mass);
    if (p.rows.chosen && mass > 0.0f &&
        fresh_uniform(p, row, p.first / TWEEDIE_SHARD + shard, 30) * all <= mass)
      p.rows.chosen[i] = p.s.chosen[at];
    p.s.keep[at] = keep;
    p.s.take[at] = take;
    if (slope) *slope = fmaf(*slope, keep, p.s.slope[at] * take);
  }
  p.rows.top[i] = top;
  p.rows.sum[i] = all;
}

/* Isotropic: w pull, the factors of the means. The pull of a data set is 1. */
static __global__ void pull_weights(pass p) {
  const int64_t row = first_item(), k = blockIdx.y * p.block;
  if (row >= p.size || (p.level.stride == 0 && p.level.pull[0] == 1.0f)) return;
  const int64_t n = p.n - k < p.block ? p.n - k : p.block;
  float *weights = p.s.logit + k * p.s.ld + row;
  walk_column(weights, p.s.ld, n, [&](int64_t i, float w) {
    weights[i * p.s.ld] = w * p.level.pull[(p.first + k + i) * p.level.stride];
  });
}

void make_weights(call &c, const pass &p) {
  const int threads = row_threads(p.size);
  const int64_t across = tiles(p.size, threads);
  const int walk = walk_threads(p.size);
  launch(c, p.products ? block_tops<true> : block_tops<false>, across, p.blocks, threads, p);
  launch(c, run_tops, tiles(p.size, walk), p.shards, walk, p);
  if (p.prior.kind == TWEEDIE_ISOTROPIC)
    launch(c, refine, tiles(p.size, REFINE_ROWS), p.shards, 32 * REFINE_ROWS, p);
  else
    refine_spectral(c, p);
  if (p.accumulating) c.clear(p.s.live, p.blocks * tiles(p.size, TILE) * (int64_t)sizeof(int));
  launch(c, weigh_blocks, across, p.blocks, threads, p);
  if (!p.accumulating) return;
  launch(c, sum_shard, tiles(p.size, walk), p.shards, walk, p);
  launch(c, merge_shards, tiles(p.size, walk), 1, walk, p);
  if (p.prior.kind == TWEEDIE_ISOTROPIC && p.rows.acc) launch(c, pull_weights, across, p.blocks, threads, p);
}

/* out = w / sum, turned back into rows. */
static __global__ void divide_weights(pass p, float *out) {
  SHARED(float, square, [32][33]);
  const int64_t across = (p.n + 31) / 32, row = blockIdx.x / across * 32, k = blockIdx.x % across * 32;
  const int lane = (int)threadIdx.x % 32, line = (int)threadIdx.x / 32;
  for (int i = line; i < 32; i += THREADS / 32)
    if (k + i < p.n && row + lane < p.size)
      square[i][lane] = p.s.logit[(k + i) * p.s.ld + row + lane] / p.rows.sum[state_row(p, row + lane)];
  __syncthreads();
  for (int i = line; i < 32; i += THREADS / 32)
    if (row + i < p.size && k + lane < p.n)
      out[batch_row(p, row + i) * p.prior.components + p.first + k + lane] = square[lane][i];
}

void divide_by_sum(call &c, const pass &p, float *out) {
  launch(c, divide_weights, tiles(p.size, 32) * tiles(p.n, 32), 1, THREADS, p, out);
}
