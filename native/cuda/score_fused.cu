/* All that an accumulation does, for few components, in one kernel. A block of threads takes 64 rows from x to their state:
 * x', the logits of all components and their weights stay in shared memory, where score.cu's way moves each logit through
 * device memory seven times; components come by slices from the second-level cache. Steps and their order are those of the
 * other way (softmax.cuh, chains.cuh), and so are the bits. */
#include "score_fused.cuh"

#include "chains.cuh"
#include "softmax.cuh"
#include "spectral.cuh"

enum {
  ROWS = 64,
  COMPONENTS = 128, /* of a tile of logits */
  LANES = 128, /* threads */
  BESIDE = 4, /* between lines of x', whose rows are written side by side: apart in the banks */
  LINES = 12, /* of a stage, each of 128 numbers */
  STAGES = 3,
  DIMS = 128 /* at most: rows of more hold fewer components than the kernel is for */
};

/* A thread has 8 x 8 logits, then 8 x 8 sums, or 8 x 4 where there are no more than 64 columns. */
struct logits_tile : shared_out<side_of<COMPONENTS, 8>, side_of<ROWS, 8>> {};
template <int WIDE>
struct sums_tile : shared_out<side_of<ROWS, 8>, side_of<WIDE, WIDE / 16>> {};

/* How shared memory is cut: x' (d x rows), logits, then weights (components x rows), stages for slices of components, and
 * what belongs to blocks and to rows. */
struct fused_space {
  float *x, *logit, *stages, *base, *fade, *mass, *norm, *error, *sum, *slope, *keep, *take;
  double *top;
  int64_t *chosen;
  int *empty; /* rows whose state is: acc is zero, and is not read */

  __host__ __device__ __forceinline__ int carve(char *memory, int d, int n, int blocks) {
    int at = 0;
    auto floats = [&](int lines, int ld) {
      float *here = (float *)(memory + at);
      at += lines * ld * (int)sizeof(float);
      return here;
    };
    x = floats(d, ROWS + BESIDE);
    logit = floats(n, ROWS);
    stages = floats(STAGES * LINES, COMPONENTS);
    base = floats(blocks, ROWS), fade = floats(blocks, ROWS), mass = floats(blocks, ROWS);
    norm = floats(1, ROWS), error = floats(1, ROWS), sum = floats(1, ROWS), slope = floats(1, ROWS);
    keep = floats(1, ROWS), take = floats(1, ROWS);
    top = (double *)floats(2, ROWS);
    chosen = (int64_t *)floats(2, ROWS);
    empty = (int *)floats(1, ROWS);
    return at;
  }
};

/* What is read of components; turned as the pass has it. */
struct fused_columns {
  const float *a, *a2, *bias, *scale, *shift; /* of logits */
  const float *sums, *more; /* columns of the sums: means, or slope and then pull */
  const float *slope, *pull; /* isotropic, of acc's last column and of weights; slope may be null */
  int64_t stride;
  int ld;
};

/* Slices of `count`, LINES lines each, are worked on one after the other while those behind are copied. */
template <class LOAD, class WORK>
static __device__ __forceinline__ void walk_slices(int count, float *stages, LOAD load, WORK work) {
#pragma unroll
  for (int slice = 0; slice < STAGES - 1; slice++) {
    if (slice < count) load(stages + slice * (LINES * COMPONENTS));
    commit_copies();
  }
  for (int slice = 0, stage = 0; slice < count; slice++, stage = stage + 1 == STAGES ? 0 : stage + 1) {
    wait_copies<STAGES - 2>();
    __syncthreads(); /* the slice is there for all, and nobody reads the stage that is filled next */
    const int next = stage == 0 ? STAGES - 1 : stage - 1;
    if (slice + STAGES - 1 < count) load(stages + next * (LINES * COMPONENTS));
    commit_copies();
    work(stages + stage * (LINES * COMPONENTS));
  }
  __syncthreads(); /* what was made of them is there for all */
}

template <class T>
static __device__ __forceinline__ void clear_chains(float acc[T::tall::own][T::wide::own]) {
#pragma unroll
  for (int i = 0; i < T::tall::own; i++) {
#pragma unroll
    for (int j = 0; j < T::wide::own; j++) acc[i][j] = 0.0f;
  }
}

/* x' of the block's rows, zero beyond the last; a warp reads a row. */
static __device__ __forceinline__ void shift_block(const fused_space &s, int size, int d, float minus_alpha,
                                                   const float *centre, const float *x) {
  const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
  for (int j = lane; j < d; j += 32) {
    const float of = centre[j];
#pragma unroll 8
    for (int row = warp; row < ROWS; row += LANES / 32)
      s.x[j * (ROWS + BESIDE) + row] = row < size ? fmaf(minus_alpha, of, x[row * d + j]) : 0.0f;
  }
}

template <product_form FORM>
static __device__ __forceinline__ void make_block_logits(const fused_space &s, const fused_columns &of, int d, int n) {
  using T = logits_tile;
  constexpr bool PAIR = shape<FORM>::pair;
  constexpr int STEPS = PAIR ? LINES / 2 : LINES;
  const int ty = T::down(), tx = T::across(), slices = (d + STEPS - 1) / STEPS;
  product p = {}; /* what settles the chains */
  p.bias = of.bias, p.scale = of.scale, p.shift = of.shift, p.stride = of.stride;
  float acc[T::tall::own][T::wide::own];
  clear_chains<T>(acc);
  /* a thread copies three vectors of a slice, all of one operand: it brings every OPERANDSth line */
  constexpr int OPERANDS = PAIR ? 2 : 1, APART = LANES / 32 / OPERANDS;
  const int warp = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32, operand = warp % OPERANDS,
            line = warp / OPERANDS;
  const char *from = (const char *)((operand ? of.a2 : of.a) + 4 * lane);
  int at_load = line, component = 4 * lane; /* the thread's step in a tile of components */
  int at_work = 0, tile = 0;
  walk_slices(
      slices * ((n + COMPONENTS - 1) / COMPONENTS), s.stages,
      [&](float *stage) {
        const shared_place to = place_of(stage + (operand * STEPS + line) * COMPONENTS + 4 * lane);
#pragma unroll
        for (int l = 0; l < STEPS; l += APART) /* lines are whole beyond n */
          if (at_load + l < d && component < n)
            copy16(further(to, l * COMPONENTS), (const float *)line_of(from, at_load + l, 4 * of.ld));
        at_load += STEPS;
        if (at_load < slices * STEPS) return;
        at_load = line, component += COMPONENTS, from += sizeof(float) * COMPONENTS;
      },
      [&](const float *stage) {
        const float *x = s.x + at_work * (ROWS + BESIDE);
        auto step = [&](int l) {
          one_step<FORM, T>(stage + l * COMPONENTS, stage + (STEPS + l) * COMPONENTS, x + l * (ROWS + BESIDE), ty, tx,
                            acc);
        };
        if (tile + 4 * ty < n) {
          if (d - at_work >= STEPS) {
#pragma unroll
            for (int l = 0; l < STEPS; l++) step(l);
          } else {
#pragma unroll 1 /* no step with zeros instead, as in product.cu */
            for (int l = 0; l < d - at_work; l++) step(l);
          }
        }
        at_work += STEPS;
        if (at_work < d) return;
        at_work = 0;
#pragma unroll
        for (int i = 0; i < T::tall::own; i++) {
          const int component = tile + T::tall::place(i, ty);
          if (component >= n) continue;
          const row_factors<FORM> factors(p, component);
#pragma unroll
          for (int part = 0; part < T::wide::own / 4; part++) {
            const int row = T::wide::place(4 * part, tx);
            float v[4];
#pragma unroll
            for (int j = 0; j < 4; j++) v[j] = factors.settle(p, acc[i][4 * part + j], s.norm[row + j], 0.0f);
            *reinterpret_cast<float4 *>(s.logit + component * ROWS + row) = float4{v[0], v[1], v[2], v[3]};
          }
        }
        tile += COMPONENTS;
        clear_chains<T>(acc);
      });
}

/* acc = keep acc + take (weights times columns). VECTORS: lines of columns, and of acc where it has no column more, are whole
 * ones. */
template <product_form FORM, bool VECTORS, int WIDE>
static __device__ __forceinline__ void add_block(const fused_space &s, const fused_columns &of, int size, int d, int n,
                                                 int columns, float *to, int width) {
  using T = sums_tile<WIDE>;
  const int ty = T::down(), tx = T::across(), slices = (n + LINES - 1) / LINES;
  product p = {};
  p.m = ROWS, p.fade = s.fade, p.ld_rows = ROWS, p.keep = s.keep, p.take = s.take;
  float acc[T::tall::own][T::wide::own];
  clear_chains<T>(acc);
  constexpr int ACROSS = WIDE / 4, APART = LANES / ACROSS; /* threads that copy a line; lines at a time */
  const int line = (int)threadIdx.x / ACROSS, mine = (int)threadIdx.x % ACROSS * 4;
  auto from = [&](int column) { return (const char *)(column < d ? of.sums + column : of.more + (column - d)); };
  int at_load = line, load_column = mine, first = 0, column = 0;
  walk_slices(
      slices * ((columns + WIDE - 1) / WIDE), s.stages,
      [&](float *stage) {
        const shared_place to = place_of(stage + line * WIDE + mine);
        const char *whole = from(load_column);
#pragma unroll
        for (int l = 0; l < LINES; l += APART) {
          const int k = at_load + l;
          if (line + l >= LINES || k >= n || load_column >= columns) continue;
          if (VECTORS) {
            copy16(further(to, l * WIDE), (const float *)line_of(whole, k, 4 * d));
          } else {
            for (int i = 0; i < 4 && load_column + i < columns; i++)
              copy4(further(to, l * WIDE + i), (const float *)line_of(from(load_column + i), k, 4 * d));
          }
        }
        at_load += LINES;
        if (at_load - line < n) return;
        at_load = line, load_column += WIDE;
      },
      [&](const float *stage) {
        const float *weights = s.logit + first * ROWS;
        auto step = [&](int l) { one_step<PRODUCT_SUMS, T>(weights + l * ROWS, NULL, stage + l * WIDE, ty, tx, acc); };
        const bool idle = column + T::wide::place(0, tx) >= columns;
        if (first % TWEEDIE_BLOCK_ISOTROPIC == 0) fade_chains<T>(p, first, 0, ty, acc);
        if (!idle && n - first >= LINES) {
#pragma unroll
          for (int l = 0; l < LINES; l++) step(l);
        } else if (!idle) {
#pragma unroll 1
          for (int l = 0; l < n - first; l++) step(l);
        }
        first += LINES;
        if (first < n) return;
        first = 0;
#pragma unroll
        for (int i = 0; i < T::tall::own; i++) {
          const int row = T::tall::place(i, ty);
          if (row >= size) continue;
          const row_factors<PRODUCT_ACCUMULATE> factors(p, row);
#pragma unroll
          for (int part = 0; part < T::wide::own / 4; part++) {
            const int at = column + T::wide::place(4 * part, tx), left = columns - at;
            if (left <= 0) continue;
            float *v = &acc[i][4 * part], *line = to + (int64_t)row * width + at, was[4] = {};
            constexpr bool whole = VECTORS && FORM == PRODUCT_QUADRATIC;
            if (!s.empty[row]) load_four(line, left, whole, was);
#pragma unroll
            for (int j = 0; j < 4; j++) v[j] = factors.settle(p, v[j], 0.0f, was[j]);
            if (whole) {
              *reinterpret_cast<float4 *>(line) = float4{v[0], v[1], v[2], v[3]};
            } else {
#pragma unroll
              for (int j = 0; j < 4; j++)
                if (j < left) line[j] = v[j];
            }
          }
        }
        column += WIDE;
        clear_chains<T>(acc);
      });
}

template <product_form FORM>
struct refined_logits {
  using type = direct_logits;
};
template <>
struct refined_logits<PRODUCT_QUADRATIC> {
  using type = spectral_logits;
};

template <product_form FORM, bool VECTORS>
static __global__ void __launch_bounds__(LANES, 3)
    score_fused(extent e, int d, error_bound bound, fused_columns of, typename refined_logits<FORM>::type exact,
                int64_t first_component, fresh_numbers fresh, group_state state, float *acc, int bytes) {
  constexpr bool DIAGONAL = FORM == PRODUCT_QUADRATIC;
  SHARED_AT_LAUNCH(char, memory, bytes);
  fused_space s;
  s.carve(memory, d, (int)e.n, (int)e.blocks);
  const int64_t first = (int64_t)blockIdx.x * ROWS;
  if (e.size - first < ROWS)
    e.size -= first;
  else
    e.size = ROWS;
  const int thread = (int)threadIdx.x, warp = thread / 32, items = (int)e.blocks * ROWS;
  exact.x += first * d, fresh.at.row += (uint32_t)first;
  state.top += first, state.sum += first;
  if (state.chosen) state.chosen += first;
  if (state.slope) state.slope += first * state.width;

  shift_block(s, (int)e.size, d, exact.minus_alpha, exact.centre, exact.x);
  __syncthreads(); /* x' is there */
  if (thread < ROWS) measure_row(thread, d, bound, s.x, ROWS + BESIDE, s.norm, s.error);
  make_block_logits<FORM>(s, of, d, (int)e.n); /* whose first barrier shows the norms */

  for (int i = thread; i < items; i += LANES) find_block_top<false>(e, i % ROWS, i / ROWS, {}, s.logit, s.base, s.mass);
  __syncthreads(); /* blocks have their maxima */
  if (thread < ROWS) run_row_top(e, thread, 0, s.error, NULL, s.base, s.fade, s.top);
  __syncthreads(); /* rows have theirs, */
  double *of_warp = (double *)s.stages + warp * TWEEDIE_BLOCK_ISOTROPIC; /* nothing is on its way there */
  for (int row = warp; row < (int)e.size; row += LANES / 32) {
    if (!refined(s.error[row])) continue;
    if constexpr (DIAGONAL) {
      exact.norm = s.norm, exact.kind = TWEEDIE_DIAGONAL;
      refine_spectral_row(e, row, 0, exact, NULL, s.logit, s.base, s.fade, s.top, of_warp);
    } else {
      refine_row(e, row, 0, exact, s.error, NULL, s.logit, s.base, s.fade, s.mass, s.top, of_warp);
    }
  }
  __syncthreads(); /* refined ones too */
  for (int i = thread; i < items; i += LANES) {
    s.mass[i] = weigh_block(e, i % ROWS, i / ROWS, s.logit, s.base);
    s.fade[i] = vf_weight(s.fade[i]);
  }
  __syncthreads(); /* rows have all their weights */
  const shard_sums sums = {s.top, s.sum, state.slope ? s.slope : NULL, state.chosen ? s.chosen : NULL, s.keep, s.take};
  if (thread < (int)e.size) {
    s.empty[thread] = state.top[thread] == -HUGE_VAL;
    sum_row(e, thread, 0, fresh, first_component, s.logit, s.mass, s.fade, {of.slope, of.stride}, sums);
    merge_row(e, thread, fresh, first_component / TWEEDIE_SHARD, sums, state);
  }
  if (!acc) return;
  __syncthreads(); /* nobody reads weights that are pulled now */
  if (!DIAGONAL) {
    for (int i = thread; i < items; i += LANES) pull_block(e, i % ROWS, i / ROWS, of.pull, of.stride, s.logit);
  }
  const int columns = DIAGONAL ? 2 * d : d;
  acc += first * state.width;
  if (columns <= 64)
    add_block<FORM, VECTORS, 64>(s, of, (int)e.size, d, (int)e.n, columns, acc, (int)state.width);
  else
    add_block<FORM, VECTORS, 128>(s, of, (int)e.size, d, (int)e.n, columns, acc, (int)state.width);
}

static int bytes_of(int64_t dim, int64_t components) {
  fused_space s;
  return s.carve(NULL, (int)dim, (int)components, (int)tiles(components, TWEEDIE_BLOCK_ISOTROPIC));
}

bool takes_fused(const call &c, const tweedie_prior &prior, int64_t components, int64_t rows) {
  if (prior.kind != TWEEDIE_ISOTROPIC && prior.kind != TWEEDIE_DIAGONAL) return false;
  if (prior.dim > DIMS || components > TWEEDIE_SHARD) return false;
  /* beside a block another one, which works while the first waits; a device keeps a kilobyte of each to itself */
  if (2 * (bytes_of(prior.dim, components) + 1024) > c.cuda->shared) return false;
#if defined(TWEEDIE_CUDA_EMULATED)
  const int asked = emulated_setting("CUDA_HOST_FUSED", -1); /* tests have few rows */
  if (asked >= 0) return asked != 0;
#endif
  /* a block walks all components: few rows would leave most multiprocessors idle */
  return tiles(rows, ROWS) >= c.cuda->multiprocessors;
}

template <product_form FORM>
static void put(call &c, const pass &p, const fused_columns &columns, const group_state &state) {
  bool vectors = p.prior.dim % 4 == 0;
  for (const float *at : {columns.sums, columns.more, (const float *)p.acc()})
    vectors = vectors && (uintptr_t)at % 16 == 0;
  extent e = p;
  e.size = p.rows.rows, e.ld = ROWS;
  const int bytes = bytes_of(p.prior.dim, p.n);
  launch_with(c, bytes, vectors ? score_fused<FORM, true> : score_fused<FORM, false>, tiles(e.size, ROWS), 1, LANES, e,
              (int)p.prior.dim, error_bound(p), columns, typename refined_logits<FORM>::type(p), p.first,
              fresh_numbers(p), state, p.acc(), bytes);
}

void accumulate_fused(call &c, const pass &p) {
  const tweedie_level &level = p.level;
  const int64_t d = p.prior.dim, of_axes = p.first * d, of_components = p.first * level.stride;
  const bool isotropic = p.prior.kind == TWEEDIE_ISOTROPIC, slopes = isotropic && p.rows.acc;
  fused_columns of = {};
  of.a = p.turned.at, of.ld = (int)p.turned.ld, of.a2 = p.s.shifted;
  of.bias = level.bias + p.first, of.stride = level.stride;
  of.scale = level.scale + of_components, of.shift = level.shift + of_components;
  of.slope = level.slope + of_components, of.pull = level.pull + of_components;
  of.sums = isotropic ? p.means() : level.slope + of_axes;
  of.more = isotropic ? NULL : level.pull + of_axes;
  const group_state state = {p.top(), p.sum(), slopes ? p.acc() + d : NULL, p.chosen(), p.width};
  isotropic ? put<PRODUCT_LOGITS>(c, p, of, state) : put<PRODUCT_QUADRATIC>(c, p, of, state);
}
