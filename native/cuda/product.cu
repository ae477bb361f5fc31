#include "tile.cuh"

/* Stages of shared memory: two operands in three stages are 37 KiB in the largest tile, three in two the same. */
template <product_form FORM>
struct shape {
  static constexpr bool rows = FORM == PRODUCT_ROWS || FORM == PRODUCT_COMPONENTS;
  static constexpr bool pair = FORM == PRODUCT_QUADRATIC;
  static constexpr bool fades = FORM == PRODUCT_ACCUMULATE || FORM == PRODUCT_SUMS;
  static constexpr int stages = pair ? 2 : 3;
  /* both operands lie in scratch memory, where vectors are whole */
  static constexpr bool scratch = pair || FORM == PRODUCT_LOGITS || FORM == PRODUCT_DISTANCES;
};

template <product_form FORM, class T>
static __device__ __forceinline__ void one_step(const float *a, const float *a2, const float *b, int ty, int tx,
                                                float acc[T::own][T::own]) {
  float u[T::own], v[T::own], w[T::own];
  T::take(a, ty, u);
  T::take(b, tx, v);
  if (shape<FORM>::pair) T::take(a2, ty, w);
#pragma unroll
  for (int i = 0; i < T::own; i++) {
#pragma unroll
    for (int j = 0; j < T::own; j++) {
      if (FORM == PRODUCT_QUADRATIC || FORM == PRODUCT_DISTANCES) {
        const float z = shape<FORM>::pair ? fmaf(v[j], u[i], -w[i]) : v[j] - u[i];
        acc[i][j] = fmaf(z, z, acc[i][j]);
      } else {
        acc[i][j] = fmaf(u[i], v[j], acc[i][j]);
      }
    }
  }
}

/* What the values of a row of C are made of beside their chains: loaded once a row. */
template <product_form FORM>
struct row_factors {
  float scale, bias, shift;
  __device__ __forceinline__ row_factors(const product &p, int i) : scale(1.0f), bias(0.0f), shift(0.0f) {
    if (FORM == PRODUCT_LOGITS) {
      scale = p.scale[i * p.stride], bias = p.bias[i];
      if (p.stride) shift = p.shift[i];
    }
    if (FORM == PRODUCT_QUADRATIC) bias = p.bias[i];
    if (FORM == PRODUCT_ACCUMULATE) scale = p.take[i], bias = p.keep[i];
  }
  /* from the chain's end, |x'|^2 of the column and what C was */
  __device__ __forceinline__ float settle(const product &p, float sum, float norm, float was) const {
    if (FORM == PRODUCT_LOGITS) return fmaf(scale, sum, p.stride ? fmaf(-shift, norm, bias) : bias);
    if (FORM == PRODUCT_QUADRATIC) return fmaf(-0.5f, sum, bias);
    if (FORM == PRODUCT_ACCUMULATE) return fmaf(was, bias, sum * scale);
    if ((FORM == PRODUCT_ROWS || FORM == PRODUCT_DISTANCES) && p.goes_on) return was + sum;
    return sum;
  }
};

/* Four numbers of a line, of which `left` are there. */
static __device__ __forceinline__ void load_four(const float *at, int left, bool whole, float v[4]) {
  if (whole) {
    const float4 q = *reinterpret_cast<const float4 *>(at);
    v[0] = q.x, v[1] = q.y, v[2] = q.z, v[3] = q.w;
  } else {
#pragma unroll
    for (int j = 0; j < 4; j++)
      if (j < left) v[j] = at[j];
  }
}

/* C from the chains. A row's numbers are loaded together, before any is stored, and by vectors where they lie so. */
template <product_form FORM, class T>
static __device__ __forceinline__ void settle_tile(const product &p, int row, int column, int ty, int tx, float *c,
                                                   float acc[T::own][T::own]) {
  constexpr bool ADDS = FORM == PRODUCT_ROWS || FORM == PRODUCT_DISTANCES;
  const int m = (int)p.m, n = (int)p.n;
  /* of the first two forms not: both ways of storing do not fit into their registers */
  const bool vectors = FORM > PRODUCT_COLUMNS && p.ldc % 4 == 0 && (uintptr_t)c % 16 == 0;
  float norm[T::own] = {};
  if (FORM == PRODUCT_LOGITS && p.stride) {
#pragma unroll
    for (int j = 0; j < T::own; j++)
      if (column + T::place(j, tx) < n) norm[j] = p.norm[column + T::place(j, tx)];
  }
#pragma unroll
  for (int i = 0; i < T::own; i++) {
    asm volatile("" ::: "memory"); /* a row's numbers are loaded when it is its turn: all at once would not fit */
    const int at_row = row + T::place(i, ty);
    if (at_row >= m) continue;
    const row_factors<FORM> factors(p, at_row);
    float *line = c + (int64_t)at_row * p.ldc + column;
#pragma unroll
    for (int part = 0; part < T::own / 4; part++) {
      const int at = T::place(4 * part, tx), left = n - column - at;
      float *v = &acc[i][4 * part], was[4] = {};
      const bool whole = vectors && left >= 4;
      if (FORM == PRODUCT_ACCUMULATE || (ADDS && p.goes_on)) load_four(line + at, left, whole, was);
#pragma unroll
      for (int j = 0; j < 4; j++) v[j] = factors.settle(p, v[j], norm[4 * part + j], was[j]);
      if (whole) {
        *reinterpret_cast<float4 *>(line + at) = float4{v[0], v[1], v[2], v[3]};
      } else {
#pragma unroll
        for (int j = 0; j < 4; j++)
          if (j < left) line[at + j] = v[j];
      }
    }
  }
}

/* Before a component's chains: C = C fade + w m + pull z. */
template <class T>
static __device__ __forceinline__ void begin_component(const product &p, int component, int row, int column, int ty,
                                                       int tx, float acc[T::own][T::own]) {
  const int m = (int)p.m, n = (int)p.n;
  const int64_t beside = component * p.ldc + column;
#pragma unroll
  for (int part = 0; part < T::own / 4; part++) {
    const int at = T::place(4 * part, tx), left = n - column - at;
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
    for (int i = 0; i < T::own; i++) {
      asm volatile("" ::: "memory"); /* as when C is settled */
      const int at_row = row + T::place(i, ty);
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

/* Where a block is in the steps of k: in a slice, and of which component. */
template <product_form FORM>
struct slices {
  int first, component; /* step, of the component's k */
  __device__ __forceinline__ bool inside(const product &p, int k) const {
    return FORM == PRODUCT_COMPONENTS ? component < (int)p.components : first < k;
  }
  /* To the next slice that changes something. */
  __device__ __forceinline__ void next(const product &p, int k, int row) {
    first += DEPTH;
    if (FORM == PRODUCT_COMPONENTS && first >= k) first = 0, component++;
    if (shape<FORM>::fades) skip(p, k, row);
  }
  __device__ __forceinline__ void skip(const product &p, int k, int row) {
    while (first < k && first % TWEEDIE_BLOCK_ISOTROPIC == 0 &&
           !p.live[first / TWEEDIE_BLOCK_ISOTROPIC * p.live_tiles + row / TILE])
      first += TWEEDIE_BLOCK_ISOTROPIC;
  }
};

/* VECTORS: both operands are read by 16 bytes, for which rows and batches must lie at multiples of them. */
template <product_form FORM, class T, bool VECTORS>
static __global__ void __launch_bounds__(T::threads, T::resident) product_kernel(product p) {
  constexpr int STAGES = shape<FORM>::stages;
  using copies_of = vector_copies<T, shape<FORM>::pair>;
  /* registers for numbers loaded ahead */
  [[maybe_unused]] constexpr int UNROLL = T::own == 8 && (shape<FORM>::pair || FORM == PRODUCT_DISTANCES) ? 1 : DEPTH;
  SHARED(float, lines, [STAGES][copies_of::LINES][T::pitch]);
  /* of the second, A, then B, then A2 */
  enum { AS = 0, BS = DEPTH, A2S = shape<FORM>::pair ? 2 * DEPTH : 0 };
  const int ty = T::down(), tx = T::across();
  const int m = (int)p.m, n = (int)p.n; /* multiply has seen to it that they are */
  /* steps from the first up to k: of a batch that accumulates, its part of all */
  const int begin = shape<FORM>::fades ? (int)(blockIdx.y * p.k) : 0;
  const int k = shape<FORM>::fades && p.all < begin + p.k ? (int)p.all : begin + (int)p.k;
  const int row_tiles = (m + T::edge - 1) / T::edge;
  const int row = (int)(blockIdx.x % (unsigned)row_tiles) * T::edge, column = (int)(blockIdx.x / (unsigned)row_tiles) * T::edge;
  const float *a = p.a.at + blockIdx.y * p.a.batch, *b = p.b.at + blockIdx.y * p.b.batch;
  float *c = p.c + blockIdx.y * p.batch_c;
  /* scratch memory is aligned */
  const bool vector_a = FORM > PRODUCT_COLUMNS || (p.a.ld % 4 == 0 && (uintptr_t)a % 16 == 0);
  const bool vector_b = (FORM > PRODUCT_COLUMNS && !shape<FORM>::fades) ||
                        (p.b.ld % 4 == 0 && (uintptr_t)b % 16 == 0);
  const bool idle = row + 4 * ty >= m || column + 4 * tx >= n; /* the thread's part of the tile lies outside C */
  const copies_of copies(p, row, column, lines[0][0]);

  float acc[T::own][T::own];
#pragma unroll
  for (int i = 0; i < T::own; i++) {
#pragma unroll
    for (int j = 0; j < T::own; j++) {
      const int at_row = row + T::place(i, ty), at_column = column + T::place(j, tx);
      acc[i][j] = shape<FORM>::rows && p.onto && at_row < m && at_column < n ? c[(int64_t)at_row * p.ldc + at_column] : 0.0f;
    }
  }

  auto load = [&](const slices<FORM> &of, int stage) {
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

  slices<FORM> slice = {begin, 0};
  if (shape<FORM>::fades) slice.skip(p, k, row);
  slices<FORM> ahead = slice;
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
    if (shape<FORM>::fades && slice.first % TWEEDIE_BLOCK_ISOTROPIC == 0) {
      const int64_t block = slice.first / TWEEDIE_BLOCK_ISOTROPIC;
#pragma unroll
      for (int i = 0; i < T::own; i++) {
        const int at_row = row + T::place(i, ty);
        const float fade = at_row < m ? p.fade[block * p.ld_rows + at_row] : 0.0f;
#pragma unroll
        for (int j = 0; j < T::own; j++) acc[i][j] = acc[i][j] * fade;
      }
    }
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

/* What a batch of products takes on the device, in fma of a multiprocessor at its best: `full` blocks keep it busy, and
 * `share` of its fma are issued then. A model, not a measurement; bits do not depend on it. */
template <class T>
static double cost(call &c, int64_t m, int64_t n, int64_t batch, double full, double share) {
  const int64_t blocks = tiles(m, T::edge) * tiles(n, T::edge) * batch;
  const double each = (double)tiles(blocks, c.cuda->multiprocessors);
  return each * T::edge * T::edge / (share * (each < full ? each / full : 1.0));
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
  const double in_large = LARGE ? cost<large>(c, p.m, p.n, batch, 2, 1.0) : HUGE_VAL;
  const double in_middle = cost<middle>(c, p.m, p.n, batch, 4, 0.9);
  const double in_small = cost<small>(c, p.m, p.n, batch, 6, 0.5);
  if constexpr (LARGE)
    if (in_large <= in_middle && in_large <= in_small) return put<FORM, large>(c, p, batch);
  if (in_middle <= in_small) return put<FORM, middle>(c, p, batch);
  put<FORM, small>(c, p, batch);
}

void multiply(call &c, product_form form, const product &p, int64_t batch) {
  /* indices of a tile that begins inside are ints */
  if (p.m > INT32_MAX - TILE || p.n > INT32_MAX - TILE || p.k > INT32_MAX - TILE)
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
