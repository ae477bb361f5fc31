#include "chains.cuh"
#include "product_bulk.cuh"

/* Before a component's chains: C = C fade + w m + pull z. */
template <class T>
static __device__ __forceinline__ void begin_component(const product &p, int component, int row, int column, int ty,
                                                       int tx, float acc[T::tall::own][T::wide::own]) {
  const int m = (int)p.m, n = (int)p.n;
  const int64_t beside = component * p.ldc + column;
#pragma unroll
  for (int part = 0; part < T::wide::own / 4; part++) {
    const int at = T::wide::place(4 * part, tx), left = n - column - at;
    if (left <= 0) continue;
    /* columns are rows in scratch memory, whose lines are whole */
    float w[4] = {}, fade[4] = {}, pull[4] = {};
    load_four(p.weight + beside + at, left, left >= 4, w);
    load_four(p.fade + beside + at, left, left >= 4, fade);
    if (p.z && !p.pull) load_four(p.pulls + beside + at, left, left >= 4, pull);
    if (p.z && p.pull) {
#pragma unroll
      for (int j = 0; j < 4; j++) pull[j] = w[j] * p.pull[component];
    }
#pragma unroll
    for (int i = 0; i < T::tall::own; i++) {
      asm volatile("" ::: "memory"); /* as when C is settled */
      const int at_row = row + T::tall::place(i, ty);
      if (at_row >= m) continue;
      const float mean = p.means ? p.means[(int64_t)component * m + at_row] : 0.0f;
      float z[4] = {};
      if (p.z) load_four(p.z + ((int64_t)component * m + at_row) * p.ldc + column + at, left, left >= 4, z);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        float &sum = acc[i][4 * part + j];
        sum = fmaf(w[j], mean, sum * fade[j]);
        if (p.z) sum = fmaf(pull[j], z[j], sum);
      }
    }
  }
}

/* VECTORS: both operands are read by 16 bytes, for which rows and batches must lie at multiples of them. */
template <product_form FORM, class T, bool VECTORS>
static __global__ void __launch_bounds__(T::threads, T::resident) product_kernel(product p) {
  constexpr int STAGES =
      shape<FORM>::pair ? 2 : 3; /* two operands in three are 37 KiB in the largest tile, three in two the same */
  using copies_of = vector_copies<T, shape<FORM>::pair>;
  /* registers for numbers loaded ahead */
  [[maybe_unused]] constexpr int UNROLL = T::own == 8 && (shape<FORM>::pair || FORM == PRODUCT_DISTANCES) ? 1 : DEPTH;
  SHARED(float, lines, [STAGES][copies_of::LINES][T::pitch]);
  /* of the second, A, then B, then A2 */
  enum { AS = 0, BS = DEPTH, A2S = shape<FORM>::pair ? 2 * DEPTH : 0 };
  const int ty = T::down(), tx = T::across();
  const int m = (int)p.m, n = (int)p.n; /* multiply has seen to it that they are */
  const block_part<FORM, T> part(p);
  const int row = part.row, column = part.column, k = part.end;
  const float *a = p.a.at + blockIdx.y * p.a.batch, *b = p.b.at + blockIdx.y * p.b.batch;
  float *c = p.c + blockIdx.y * p.batch_c;
  /* scratch memory is aligned */
  const bool vector_a = FORM > PRODUCT_COLUMNS || (p.a.ld % 4 == 0 && (uintptr_t)a % 16 == 0);
  const bool vector_b = (FORM > PRODUCT_COLUMNS && !shape<FORM>::fades) ||
                        (p.b.ld % 4 == 0 && (uintptr_t)b % 16 == 0);
  const bool idle = row + 4 * ty >= m || column + 4 * tx >= n; /* the thread's part of the tile lies outside C */
  const copies_of copies(p, row, column, lines[0][0]);

  float acc[T::tall::own][T::wide::own];
#pragma unroll
  for (int i = 0; i < T::tall::own; i++) {
#pragma unroll
    for (int j = 0; j < T::wide::own; j++) {
      const int at_row = row + T::tall::place(i, ty), at_column = column + T::wide::place(j, tx);
      acc[i][j] = shape<FORM>::rows && p.onto && at_row < m && at_column < n ? c[(int64_t)at_row * p.ldc + at_column] : 0.0f;
    }
  }

  auto load = [&](const slices<FORM, T, DEPTH> &of, int stage) {
    const int first = of.first, depth = k - first < DEPTH ? k - first : DEPTH;
    if (VECTORS) return copies.load(p, first, stage, depth);
    const int64_t component = of.component;
    const float *from_a = FORM == PRODUCT_COMPONENTS ? a + component * p.a.batch : a;
    const float *from_b = FORM == PRODUCT_COMPONENTS ? b + component * p.b.batch : b;
    if (shape<FORM>::rows)
      T::load_rows(lines[stage] + AS, from_a + first, p.a.ld, depth, row, m);
    else
      T::load_columns(lines[stage] + AS, from_a + (int64_t)first * p.a.ld, p.a.ld, depth, row, m, vector_a);
    if (shape<FORM>::pair)
      T::load_columns(lines[stage] + A2S, p.a2.at + (int64_t)first * p.a2.ld, p.a2.ld, depth, row, m, vector_a);
    T::load_columns(lines[stage] + BS, from_b + (int64_t)first * p.b.ld, p.b.ld, depth, column, n, vector_b);
  };

  slices<FORM, T, DEPTH> slice = {part.begin, 0};
  if (shape<FORM>::fades) slice.skip(p, k, row);
  slices<FORM, T, DEPTH> ahead = slice;
#pragma unroll
  for (int stage = 0; stage < STAGES - 1; stage++) {
    if (ahead.inside(p, k)) load(ahead, stage);
    commit_copies();
    ahead.next(p, k, row);
  }
  for (int stage = 0; slice.inside(p, k); stage = stage + 1 == STAGES ? 0 : stage + 1) {
    wait_copies<STAGES - 2>();
    __syncthreads(); /* the slice is there for all, and nobody reads the stage that is filled next */
    if (ahead.inside(p, k)) load(ahead, stage == 0 ? STAGES - 1 : stage - 1);
    commit_copies();
    ahead.next(p, k, row);
    if (FORM == PRODUCT_COMPONENTS && slice.first == 0 && !idle)
      begin_component<T>(p, slice.component, row, column, ty, tx, acc);
    if (shape<FORM>::fades && slice.first % TWEEDIE_BLOCK_ISOTROPIC == 0) fade_chains<T>(p, slice.first, row, ty, acc);
    if (!idle && k - slice.first >= DEPTH) {
#pragma unroll UNROLL
      for (int l = 0; l < DEPTH; l++)
        one_step<FORM, T>(lines[stage][AS + l], lines[stage][A2S + l], lines[stage][BS + l], ty, tx, acc);
    } else if (!idle) {
      /* no step with zeros instead: it would turn -0 into +0 */
#pragma unroll 1
      for (int l = 0; l < k - slice.first; l++)
        one_step<FORM, T>(lines[stage][AS + l], lines[stage][A2S + l], lines[stage][BS + l], ty, tx, acc);
    }
    slice.next(p, k, row);
  }

  settle_tile<FORM, T>(p, row, column, ty, tx, c, acc);
}

/* ---- which tile ---- */

using large = tile<TILE, 8>;
using middle = tile<64, 8>;
using small = tile<32, 4>;

/* What a batch of products takes on the device in tiles of a size, in fma of a multiprocessor at its best: `full` blocks
 * keep it busy, and `share` of its fma are issued then. A model, not a measurement; bits do not depend on it. */
static double cost(call &c, int64_t tall, int64_t wide, const product &p, int64_t batch, double full, double share) {
  const int64_t blocks = tiles(p.m, tall) * tiles(p.n, wide) * batch;
  const double each = (double)tiles(blocks, c.cuda->multiprocessors);
  return each * (double)(tall * wide) / (share * (each < full ? each / full : 1.0));
}
template <class T>
static double cost(call &c, const product &p, int64_t batch, double full, double share) {
  return cost(c, T::edge, T::edge, p, batch, full, share);
}
/* The width of tiles that bulk copies take the product in, or 0 where other ways are better. */
static int best_in_bulk(call &c, product_form form, const product &p, int64_t batch, double best) {
  if (!takes_bulk(c, form, p)) return 0;
  const double wide = cost(c, BULK_TALL, BULK_WIDE, p, batch, 1, 1.07);
  /* seven columns of a thread take three loads, as eight do two */
  const double narrow = form == PRODUCT_SUMS ? cost(c, BULK_TALL, BULK_NARROW, p, batch, 1, 1.05) : HUGE_VAL;
#if defined(TWEEDIE_CUDA_EMULATED)
  if (emulated_setting("CUDA_HOST_BULK", 0)) best = HUGE_VAL; /* tests have small matrices */
#endif
  if (fmin(wide, narrow) > best) return 0;
  return wide <= narrow ? BULK_WIDE : BULK_NARROW;
}

template <product_form FORM, class T>
static void put(call &c, const product &p, int64_t batch) {
  bool vectors = !shape<FORM>::rows;
  for (const operand *o : {&p.a, &p.b})
    vectors = vectors && o->ld % 4 == 0 && o->ld < (1 << 29) && o->batch % 4 == 0 && (uintptr_t)o->at % 16 == 0;
  auto kernel = vectors ? product_kernel<FORM, T, !shape<FORM>::rows> : product_kernel<FORM, T, shape<FORM>::scratch>;
  launch(c, kernel, tiles(p.m, T::edge) * tiles(p.n, T::edge), batch, T::threads, p);
}

template <product_form FORM>
static void put_best(call &c, const product &p, int64_t batch) {
  /* the large tile of these would spill, of the last on sm_100 and newer */
  constexpr bool LARGE = FORM != PRODUCT_COMPONENTS && FORM != PRODUCT_SUMS;
  const double in_large = LARGE ? cost<large>(c, p, batch, 2, 1.0) : HUGE_VAL;
  const double in_middle = cost<middle>(c, p, batch, 4, 0.9);
  const double in_small = cost<small>(c, p, batch, 6, 0.5);
  const int in_bulk = best_in_bulk(c, FORM, p, batch, fmin(in_large, fmin(in_middle, in_small)));
  if (in_bulk) return multiply_bulk(c, FORM, p, batch, in_bulk);
  if constexpr (LARGE)
    if (in_large <= in_middle && in_large <= in_small) return put<FORM, large>(c, p, batch);
  if (in_middle <= in_small) return put<FORM, middle>(c, p, batch);
  put<FORM, small>(c, p, batch);
}

void multiply(call &c, product_form form, const product &p, int64_t batch) {
  /* indices of a tile that begins inside are ints */
  if (p.m > INT32_MAX - BULK_TALL || p.n > INT32_MAX - BULK_TALL || p.k > INT32_MAX - BULK_TALL)
    return c.say(TWEEDIE_BAD_ARGUMENT, "a matrix with 2^31 rows or columns");
  switch (form) {
    case PRODUCT_ROWS: return put_best<PRODUCT_ROWS>(c, p, batch);
    case PRODUCT_COLUMNS: return put_best<PRODUCT_COLUMNS>(c, p, batch);
    case PRODUCT_LOGITS: return put_best<PRODUCT_LOGITS>(c, p, batch);
    case PRODUCT_QUADRATIC: return put_best<PRODUCT_QUADRATIC>(c, p, batch);
    case PRODUCT_DISTANCES: return put_best<PRODUCT_DISTANCES>(c, p, batch);
    case PRODUCT_ACCUMULATE: return put_best<PRODUCT_ACCUMULATE>(c, p, batch);
    case PRODUCT_SUMS: return put_best<PRODUCT_SUMS>(c, p, batch);
    case PRODUCT_COMPONENTS: return put_best<PRODUCT_COMPONENTS>(c, p, batch);
  }
}
