/* Logits, and sums over components, of what a filter has left to each tile of 64 rows (score_filter.cu). The chains are those of
 * product.cu: a logit is one of its own, and sums take the listed components in order, fading where their block begins;
 * what is left out has weight zero, and its blocks fade nothing. So the bits are the same. */
#include "score_filter.cuh"

#include "chains.cuh"

using left_tile = tile<FILTER_TILE, 8>;
enum { STAGES = 3 };

/* Slices of steps, which `load` brings to a stage, two ahead of the one that is worked on. */
template <class SLICE, class LOAD, class WORK>
static __device__ __forceinline__ void walk_slices(SLICE slice, LOAD load, WORK work) {
  SLICE ahead = slice;
#pragma unroll
  for (int stage = 0; stage < STAGES - 1; stage++) {
    if (ahead.inside()) load(ahead, stage);
    commit_copies();
    ahead.next();
  }
  for (int stage = 0; slice.inside(); stage = stage + 1 == STAGES ? 0 : stage + 1) {
    wait_copies<STAGES - 2>();
    __syncthreads(); /* the slice is there for all, and nobody reads the stage that is filled next */
    if (ahead.inside()) load(ahead, stage == 0 ? STAGES - 1 : stage - 1);
    commit_copies();
    ahead.next();
    work(slice, stage);
    slice.next();
  }
}

template <product_form FORM>
static __device__ __forceinline__ void take_steps(float (*a)[left_tile::pitch], float (*b)[left_tile::pitch], int steps,
                                                  int ty, int tx, float acc[8][8]) {
  if (steps == DEPTH) {
#pragma unroll
    for (int l = 0; l < DEPTH; l++) one_step<FORM, left_tile>(a[l], a[l], b[l], ty, tx, acc);
  } else {
#pragma unroll 1
    for (int l = 0; l < steps; l++) one_step<FORM, left_tile>(a[l], a[l], b[l], ty, tx, acc);
  }
}

/* Of a chain of `all` steps. */
struct slice_of_chain {
  int first, all;
  __device__ __forceinline__ bool inside() const { return first < all; }
  __device__ __forceinline__ void next() { first += DEPTH; }
  __device__ __forceinline__ int steps() const { return all - first < DEPTH ? all - first : DEPTH; }
};

/* 64 listed components for a tile of rows. A are the means as they lie, a component a line. */
static __global__ void __launch_bounds__(left_tile::threads, left_tile::resident)
    logits_left(product p, survivors of, unsigned long long *counted) {
  using T = left_tile;
  SHARED(float, lines, [STAGES][2 * DEPTH][T::pitch]);
  SHARED(int, listed, [FILTER_TILE]);
  const int across = ((int)p.n + FILTER_TILE - 1) / FILTER_TILE, at_tile = (int)blockIdx.x % across;
  const int begin = (int)blockIdx.x / across * FILTER_TILE, row = at_tile * FILTER_TILE, count = of.count[at_tile];
  const int left = count - begin, rows = (int)p.n - row;
  if (begin == 0 && threadIdx.x == 0) {
    const int64_t size = rows < FILTER_TILE ? rows : FILTER_TILE;
    atomicAdd(counted, (unsigned long long)(size * p.m));
    atomicAdd(counted + 1, (unsigned long long)(size * (p.m - count)));
  }
  if (left <= 0) return;
  if ((int)threadIdx.x < left) listed[threadIdx.x] = of.listed[at_tile * of.ld + begin + threadIdx.x];
  __syncthreads(); /* the list is there */
  const int ty = T::down(), tx = T::across();
  const bool idle = 4 * ty >= left || 4 * tx >= rows;
  float acc[8][8] = {};
  walk_slices(
      slice_of_chain{0, (int)p.k},
      [&](const slice_of_chain &slice, int stage) {
        for (int i = (int)threadIdx.x; i < DEPTH * FILTER_TILE; i += T::threads) {
          const int l = i % DEPTH, m = i / DEPTH;
          if (l < slice.steps() && m < left)
            copy4(place_of(&lines[stage][l][m]), p.a.at + listed[m] * p.a.ld + slice.first + l);
        }
        T::load_columns(lines[stage] + DEPTH, p.b.at + (int64_t)slice.first * p.b.ld, p.b.ld, slice.steps(), row,
                        (int)p.n, true);
      },
      [&](const slice_of_chain &slice, int stage) {
        if (!idle) take_steps<PRODUCT_LOGITS>(lines[stage], lines[stage] + DEPTH, slice.steps(), ty, tx, acc);
      });
#pragma unroll
  for (int i = 0; i < 8; i++) {
    const int m = T::tall::place(i, ty);
    if (m >= left) continue;
    const row_factors<PRODUCT_LOGITS> factors(p, listed[m]);
    float *line = p.c + listed[m] * p.ldc + row;
#pragma unroll
    for (int j = 0; j < 8; j++) {
      const int column = T::wide::place(j, tx);
      if (column < rows) line[column] = factors.settle(p, acc[i][j], 0.0f, 0.0f);
    }
  }
}

void make_logits_left(call &c, const pass &p) {
  find_survivors(c, p);
  product q = {};
  q.m = p.n, q.n = p.size, q.k = p.prior.dim;
  q.a = {p.means(), p.prior.dim, 0};
  q.b = {p.s.x, p.s.ld, 0};
  q.c = p.s.logit, q.ldc = p.s.ld;
  q.bias = p.level.bias + p.first, q.scale = p.level.scale;
  launch(c, logits_left, tiles(p.size, FILTER_TILE) * tiles(p.n, FILTER_TILE), 1, left_tile::threads, q, p.s.left,
         (unsigned long long *)p.prior.filter->counted);
}

/* Of a tile's members, block by block. */
struct slice_of_members {
  const int *members; /* of blocks */
  int block, end, first;
  __device__ __forceinline__ bool inside() const { return block < end; }
  __device__ __forceinline__ void skip() {
    while (block < end && first >= members[block]) block++, first = 0;
  }
  __device__ __forceinline__ void next() {
    if (block >= end) return;
    first += DEPTH;
    skip();
  }
  __device__ __forceinline__ int steps() const {
    return members[block] - first < DEPTH ? members[block] - first : DEPTH;
  }
};

/* Of DEPTH lines of a matrix, which `which` names, columns [first, first + 64) of n. */
static __device__ __forceinline__ void load_lines(float (*to)[left_tile::pitch], const float *from, int64_t ld,
                                                  const int *which, int lines, int first, int n, bool vector) {
  for (int i = (int)threadIdx.x; i < DEPTH * FILTER_TILE / 4; i += left_tile::threads) {
    const int l = i / (FILTER_TILE / 4), column = i % (FILTER_TILE / 4) * 4, left = n - first - column;
    if (l >= lines || left <= 0) continue;
    const float *at = from + which[l] * ld + first + column;
    if (vector && left >= 4) {
      copy16(place_of(&to[l][column]), at);
    } else {
      for (int e = 0; e < 4; e++)
        if (e < left) copy4(place_of(&to[l][column + e]), at + e);
    }
  }
}

template <product_form FORM>
static __global__ void __launch_bounds__(left_tile::threads, left_tile::resident)
    sums_left(product p, survivors of, int blocks, int of_shard) {
  using T = left_tile;
  SHARED(float, lines, [STAGES][2 * DEPTH][T::pitch]);
  const int tall = ((int)p.m + FILTER_TILE - 1) / FILTER_TILE, at_tile = (int)blockIdx.x % tall;
  const int row = at_tile * FILTER_TILE, column = (int)blockIdx.x / tall * FILTER_TILE;
  const int ty = T::down(), tx = T::across();
  const bool idle = row + 4 * ty >= (int)p.m || column + 4 * tx >= (int)p.n;
  const bool vector = p.b.ld % 4 == 0 && (uintptr_t)p.b.at % 16 == 0;
  const int first = (int)blockIdx.y * of_shard, last = first + of_shard < blocks ? first + of_shard : blocks;
  const int *member = of.member + at_tile * of.ld;
  slice_of_members slice = {of.members + (int64_t)at_tile * blocks, first, last, 0};
  slice.skip();
  float acc[8][8] = {};
  walk_slices(
      slice,
      [&](const slice_of_members &slice, int stage) {
        const int *which = member + slice.block * TWEEDIE_BLOCK_ISOTROPIC + slice.first;
        load_lines(lines[stage], p.a.at, p.a.ld, which, slice.steps(), row, (int)p.m, true);
        load_lines(lines[stage] + DEPTH, p.b.at, p.b.ld, which, slice.steps(), column, (int)p.n, vector);
      },
      [&](const slice_of_members &slice, int stage) {
        if (idle) return;
        if (slice.first == 0) fade_chains<T>(p, slice.block * TWEEDIE_BLOCK_ISOTROPIC, row, ty, acc);
        take_steps<FORM>(lines[stage], lines[stage] + DEPTH, slice.steps(), ty, tx, acc);
      });
  settle_tile<FORM, T>(p, row, column, ty, tx, p.c + blockIdx.y * p.batch_c, acc);
}

void add_columns_left(call &c, const pass &p, const product &q) {
  launch(c, p.shards == 1 ? sums_left<PRODUCT_ACCUMULATE> : sums_left<PRODUCT_SUMS>,
         tiles(q.m, FILTER_TILE) * tiles(q.n, FILTER_TILE), p.shards, left_tile::threads, q, p.s.left, p.blocks,
         shard_blocks(p));
}
