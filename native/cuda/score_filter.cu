/* Which components a tile of rows needs, from products of codes. */
#include "score_filter.cuh"

#include "bounds.h"
#include "async.cuh"
#include "tensor_bytes.cuh"

/* ---- codes of rows ---- */

struct code_numbers {
  const int32_t *order;
  int64_t stride, dim;
  float norm, alpha, bound;
  const float *scale;
  const double *half;
};

/* Of a thread's row; final_top is that of a second pass, or null. */
static __global__ void code_rows(extent e, code_numbers of, const float *x, const float *norm, const float *error,
                                 const double *final_top, int8_t *codes, row_limits *limits) {
  const int64_t row = first_item();
  if (row >= e.size) return;
  float largest = 0.0f, lost = 0.0f;
  walk_column(x + row, e.ld, of.dim, [&](int64_t, float v) { largest = vf_max(fabsf(v), largest); });
  const row_step step = bounds_step(largest);
  unsigned total = 0, *words = (unsigned *)(codes + row * of.stride);
  for (int64_t j = 0; j < of.stride; j += 4) {
    unsigned word = 0;
    for (int b = 0; b < 4 && j + b < of.dim; b++) {
      const unsigned code = bounds_code(step, x[of.order[j + b] * e.ld + row], &lost);
      total += code;
      word |= (code & 0xff) << 8 * b;
    }
    words[j / 4] = word;
  }
  const row_bounds b = bounds_row(norm[row], lost, step.delta, of.dim, of.scale[0], of.norm);
  const float margin =
      bounds_margin(norm[row], error[row], of.dim, of.norm, of.alpha, (float)of.half[0], of.scale[0], of.bound);
  /* in a second pass of rows that are not refined the top is final */
  const float top = final_top && !refined(error[row]) ? (float)final_top[row] : -FLT_MAX;
  limits[row] = {b.step, b.error, b.rest, b.least, margin, top, -128 * (int)total, 0};
}

/* ---- products of codes ---- */

/* A block of four warps makes 128 components x 64 rows, a warp 64 x 32. Slices of 64 codes of both, which lie along their
 * lines, come two ahead of the one that is worked on; 20 floats from line to line keep a warp's words apart in the banks. */
enum { CODES_TALL = 128, CODES_WIDE = 64, CODES_THREADS = 128, CODES_STAGES = 3, CODES_SLICE = 64, CODES_PITCH = 20 };

static __global__ void __launch_bounds__(CODES_THREADS, 3)
    multiply_codes(extent e, const uint8_t *points, const int8_t *rows, int64_t stride, float *out) {
  SHARED(float, lines, [CODES_STAGES][CODES_TALL + CODES_WIDE][CODES_PITCH]);
  const int tall = (int)((e.n + CODES_TALL - 1) / CODES_TALL);
  const int64_t first = (int64_t)(blockIdx.x % tall) * CODES_TALL, row = (int64_t)(blockIdx.x / tall) * CODES_WIDE;
  const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32, g = lane / 4, t = lane % 4;
  const int down = warp % 2 * 64, across = warp / 2 * 32;

  auto load = [&](int64_t from, int stage) {
#pragma unroll
    for (int line = (int)threadIdx.x / 4; line < CODES_TALL + CODES_WIDE; line += CODES_THREADS / 4) {
      const bool point = line < CODES_TALL;
      const int64_t at = point ? first + line : row + line - CODES_TALL;
      if (at >= (point ? e.n : e.size)) continue;
      const char *bytes = (point ? (const char *)points : (const char *)rows) + at * stride + from + t * 16;
      copy16(place_of(&lines[stage][line][t * 4]), (const float *)bytes);
    }
  };
  int sums[4][4][4] = {};
#pragma unroll
  for (int stage = 0; stage < CODES_STAGES - 1; stage++) {
    if (stage * CODES_SLICE < stride) load(stage * CODES_SLICE, stage);
    commit_copies();
  }
  for (int64_t from = 0, stage = 0; from < stride;
       from += CODES_SLICE, stage = stage + 1 == CODES_STAGES ? 0 : stage + 1) {
    wait_copies<CODES_STAGES - 2>();
    __syncthreads(); /* the slice is there for all, and nobody reads the stage that is filled next */
    const int64_t ahead = from + (CODES_STAGES - 1) * CODES_SLICE;
    if (ahead < stride) load(ahead, (int)(stage == 0 ? CODES_STAGES - 1 : stage - 1));
    commit_copies();
#pragma unroll
    for (int word = t; word < CODES_SLICE / 4; word += 8) {
      unsigned a[4][4], b[4][2];
      auto read = [&](int line, int at) { return vf_bits(lines[stage][line][at]); };
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int line = down + 16 * i + g, column = CODES_TALL + across + 8 * i + g;
        a[i][0] = read(line, word), a[i][1] = read(line + 8, word);
        a[i][2] = read(line, word + 4), a[i][3] = read(line + 8, word + 4);
        b[i][0] = read(column, word), b[i][1] = read(column, word + 4);
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) multiply_bytes(sums[i][j], a[i], b[j]);
      }
    }
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
#pragma unroll
      for (int half = 0; half < 2; half++) {
        const int64_t component = first + down + 16 * i + g + 8 * half, at = row + across + 8 * j + 2 * t;
        if (component >= e.n || at >= e.size) continue; /* lines of scratch memory are whole */
        *reinterpret_cast<float2 *>(out + component * e.ld + at) =
            float2{vf_from_bits((unsigned)sums[i][j][2 * half]), vf_from_bits((unsigned)sums[i][j][2 * half + 1])};
      }
    }
  }
}

/* ---- bounds ---- */

/* What is read of components. */
struct code_columns {
  const float *bias, *scale, *norm, *slack;

  __device__ __forceinline__ float width(const row_limits &row, int64_t k) const {
    return bounds_width(row.error, row.rest, row.least, norm[k], slack[k]);
  }
  /* from the sum of products */
  __device__ __forceinline__ float dot(const row_limits &row, int64_t k, float sum) const {
    return vf_of_int(vf_bits(sum) + (unsigned)row.start) * scale[k];
  }
  __device__ __forceinline__ float upper(const row_limits &row, int64_t k, float sum) const {
    return fmaf(row.step, dot(row, k, sum), bounds_bias_up(bias[k]) + width(row, k));
  }
  __device__ __forceinline__ float lower(const row_limits &row, int64_t k, float sum) const {
    return fmaf(row.step, dot(row, k, sum), bounds_bias_down(bias[k]) - width(row, k));
  }
};

/* The largest upper and the largest lower bound of a block's logits. */
static __global__ void bound_blocks(extent e, code_columns of, const row_limits *limits, const float *__restrict__ sums,
                                    float *__restrict__ highest, float *__restrict__ lowest) {
  const int64_t row = first_item(), b = blockIdx.y, k = b * e.block;
  if (row >= e.size) return;
  const row_limits limit = limits[row];
  float high = -FLT_MAX, low = -FLT_MAX;
  walk_column(sums + k * e.ld + row, e.ld, block_size(e, b), [&](int64_t i, float sum) {
    high = vf_max(of.upper(limit, k + i, sum), high);
    low = vf_max(of.lower(limit, k + i, sum), low);
  });
  highest[b * e.ld + row] = high;
  lowest[b * e.ld + row] = low;
}

/* Of a row and shard: below which bound a block's components are left out by R1, all of them before where R2 begins. And the
 * shard's largest bounds. */
static __global__ void run_bounds(extent e, bool accumulating, const row_limits *limits,
                                  const float *__restrict__ highest, const float *__restrict__ lowest,
                                  float *__restrict__ least, float *of_shard_high, float *of_shard_low) {
  const int64_t row = first_item(), first = first_block(e, blockIdx.y), end = last_block(e, blockIdx.y);
  if (row >= e.size) return;
  const float margin = limits[row].margin;
  float top = limits[row].top, before = -FLT_MAX;
  int64_t begin = first;
  for (int64_t b = first; b < end; b++) {
    const float high = highest[b * e.ld + row], low = lowest[b * e.ld + row];
    if (accumulating && before < low - margin) begin = b; /* in a second pass nothing fades */
    before = vf_max(high, before);
    top = vf_max(low, top);
    least[b * e.ld + row] = top - margin;
  }
  for (int64_t b = first; b < begin; b++) least[b * e.ld + row] = HUGE_VALF;
  of_shard_high[blockIdx.y * e.ld + row] = before;
  of_shard_low[blockIdx.y * e.ld + row] = top;
}

/* ---- who needs what ---- */

/* What R4 goes by, of rows: the state before the pass; top is null in a second pass. */
struct states_before {
  const double *top, *half;
  const float *norm, *error, *high, *low;
  int64_t dim;

  /* Nothing of the shard has weight beside the shards before. */
  __device__ __forceinline__ bool leaves(const extent &e, int64_t row, int64_t shard, float margin) const {
    if (!top) return false;
    double reach = bounds_top(top[row], refined(error[row]), half[0], norm[row], dim);
    for (int64_t s = 0; s < shard; s++) reach = low[s * e.ld + row] > reach ? (double)low[s * e.ld + row] : reach;
    return high[shard * e.ld + row] < reach - margin;
  }
};

/* A tile of rows and a block of components. Sums become -infinity, what is needed is listed. */
static __global__ void mark_needed(extent e, code_columns of, states_before before, const row_limits *limits,
                                   const float *__restrict__ least, float *__restrict__ sums, survivors to) {
  SHARED(int, idle, [FILTER_TILE / 32][TWEEDIE_BLOCK_ISOTROPIC]); /* nobody of a warp needs it */
  const int64_t row = first_item(), b = blockIdx.y, k = b * e.block, n = block_size(e, b), tile = blockIdx.x;
  const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
  const bool here = row < e.size;
  row_limits limit = {};
  float from = HUGE_VALF;
  if (here) {
    limit = limits[row];
    if (!before.leaves(e, row, b / shard_blocks(e), limit.margin)) from = least[b * e.ld + row];
  }
  float *of_row = sums + k * e.ld + row;
  for (int64_t i = 0; i < n; i += AT_ONCE) {
    float sum[AT_ONCE];
#pragma unroll
    for (int j = 0; j < AT_ONCE; j++) sum[j] = here && i + j < n ? of_row[(i + j) * e.ld] : 0.0f;
#pragma unroll
    for (int j = 0; j < AT_ONCE; j++) {
      const bool inside = here && i + j < n;
      const bool wanted = inside && !(of.upper(limit, k + i + j, sum[j]) < from);
      const unsigned any = __ballot_sync(0xffffffffu, wanted);
      if (lane == 0 && i + j < n) idle[warp][i + j] = any == 0;
      if (inside) of_row[(i + j) * e.ld] = -HUGE_VALF;
    }
  }
  __syncthreads(); /* all rows have said what they need */
  if (warp != 0) return;
  unsigned wanted[3];
  int count = 0, first = 0;
#pragma unroll
  for (int part = 0; part < 3; part++) {
    const int i = 32 * part + lane;
    wanted[part] = __ballot_sync(0xffffffffu, i < n && !(idle[0][i] && idle[1][i]));
    count += __popc(wanted[part]);
  }
  if (lane == 0) {
    to.members[tile * e.blocks + b] = count;
    if (count > 0) first = atomicAdd(to.count + tile, count);
  }
  first = __shfl_sync(0xffffffffu, first, 0);
  int at = 0;
#pragma unroll
  for (int part = 0; part < 3; part++) {
    const int own = at + __popc(wanted[part] & ((1u << lane) - 1)), component = (int)k + 32 * part + lane;
    at += __popc(wanted[part]);
    if (!(wanted[part] >> lane & 1)) continue;
    to.listed[tile * to.ld + first + own] = component;
    to.member[tile * to.ld + k + own] = component;
  }
}

void find_survivors(call &c, const pass &p) {
  const tweedie_filter &f = *p.prior.filter;
  const score_space &s = p.s;
  const tweedie_level &level = p.level;
  const int threads = row_threads(p.size), walk = walk_threads(p.size);
  const int64_t rows = tiles(p.size, walk), across = tiles(p.size, FILTER_TILE);
  const code_numbers numbers = {f.order, f.stride,    p.prior.dim, f.largest,
                                p.alpha, level.bound, level.scale, level.half};
  const code_columns columns = {level.bias + p.first, f.scale + p.first, f.norm + p.first, f.slack + p.first};
  const states_before before = {
      p.accumulating ? p.top() : NULL, level.half, s.norm, s.error, s.sum, s.slope, p.prior.dim};
  launch(c, code_rows, rows, 1, walk, p, numbers, s.x, s.norm, s.error, p.final_top(), s.codes, s.limits);
  launch(c, multiply_codes, tiles(p.n, CODES_TALL) * tiles(p.size, CODES_WIDE), 1, CODES_THREADS, p,
         f.codes + p.first * f.stride, s.codes, f.stride, s.logit);
  launch(c, bound_blocks, tiles(p.size, threads), p.blocks, threads, p, columns, s.limits, s.logit, s.mass, s.base);
  launch(c, run_bounds, rows, p.shards, walk, p, p.accumulating, s.limits, s.mass, s.base, s.fade, s.sum, s.slope);
  c.clear(s.left.count, across * (int64_t)sizeof(int));
  launch(c, mark_needed, across, p.blocks, FILTER_TILE, p, columns, before, s.limits, s.fade, s.logit, s.left);
}
