#include "product.cuh"

#include "async.cuh"

/* Stages of shared memory: two operands in three stages are 37 KiB, three in two the same. */
template <product_form FORM>
struct shape {
  static constexpr int stages = FORM == PRODUCT_QUADRATIC ? 2 : 3;
  static constexpr bool rows = FORM == PRODUCT_ROWS;
  static constexpr bool pair = FORM == PRODUCT_QUADRATIC;
};

/* Columns [first, first + TILE) of `depth` rows of a matrix, whose row has n. 16 bytes at a time where they are aligned. */
static __device__ __forceinline__ void load_columns(float (*to)[PITCH], const float *from, int64_t ld, int depth,
                                                    int first, int n, bool vector) {
  for (int i = (int)threadIdx.x; i < DEPTH * TILE / 4; i += THREADS) {
    const int l = i / (TILE / 4), column = i % (TILE / 4) * 4;
    const int left = n - first - column;
    if (l >= depth || left <= 0) continue;
    const float *at = from + l * ld + first + column;
    if (vector && left >= 4) {
      copy16(place_of(&to[l][column]), at);
    } else {
      for (int e = 0; e < 4; e++)
        if (e < left) copy4(place_of(&to[l][column + e]), at + e);
    }
  }
}

/* Rows [first, first + TILE) of `depth` columns of a matrix with m rows, turned. */
static __device__ __forceinline__ void load_rows(float (*to)[PITCH], const float *from, int64_t ld, int depth,
                                                 int first, int m) {
  for (int i = (int)threadIdx.x; i < DEPTH * TILE; i += THREADS) {
    const int l = i % DEPTH, row = i / DEPTH;
    if (l < depth && first + row < m) copy4(place_of(&to[l][row]), from + (int64_t)(first + row) * ld + l);
  }
}

/* Row or column i (of 8) of a thread: the first four lie in the first half of the tile, so that a warp's 16-byte loads
 * are free of bank conflicts. */
static __device__ __forceinline__ int place(int i, int thread) { return i / 4 * (TILE / 2) + thread * 4 + i % 4; }

static __device__ __forceinline__ void take8(const float *row, int thread, float v[8]) {
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const float4 q = *reinterpret_cast<const float4 *>(row + half * (TILE / 2) + thread * 4);
    v[4 * half] = q.x, v[4 * half + 1] = q.y, v[4 * half + 2] = q.z, v[4 * half + 3] = q.w;
  }
}

template <product_form FORM>
static __device__ __forceinline__ void one_step(const float *a, const float *a2, const float *b, int ty, int tx,
                                                float acc[8][8]) {
  float u[8], v[8], w[8];
  take8(a, ty, u);
  take8(b, tx, v);
  if (shape<FORM>::pair) take8(a2, ty, w);
#pragma unroll
  for (int i = 0; i < 8; i++) {
#pragma unroll
    for (int j = 0; j < 8; j++) {
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

/* C from the chains. A row's numbers are loaded together, before any is stored, and by vectors where they lie so. */
template <product_form FORM>
static __device__ __forceinline__ void settle_tile(const product &p, int row, int column, int ty, int tx, float *c,
                                                   float acc[8][8]) {
  constexpr bool ADDS = FORM == PRODUCT_ROWS || FORM == PRODUCT_DISTANCES;
  const int m = (int)p.m, n = (int)p.n;
  /* of the first two forms not: both ways of storing do not fit into their registers */
  const bool vectors = FORM > PRODUCT_COLUMNS && p.ldc % 4 == 0 && (uintptr_t)c % 16 == 0;
  float norm[8] = {};
  if (FORM == PRODUCT_LOGITS && p.stride) {
#pragma unroll
    for (int j = 0; j < 8; j++)
      if (column + place(j, tx) < n) norm[j] = p.norm[column + place(j, tx)];
  }
#pragma unroll
  for (int i = 0; i < 8; i++) {
    asm volatile("" ::: "memory"); /* a row's numbers are loaded when it is its turn: all at once would not fit */
    const int at_row = row + place(i, ty);
    if (at_row >= m) continue;
    const row_factors<FORM> factors(p, at_row);
    float *line = c + (int64_t)at_row * p.ldc + column;
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int at = place(4 * half, tx), left = n - column - at;
      float *v = &acc[i][4 * half], was[4] = {};
      const bool whole = vectors && left >= 4;
      if (FORM == PRODUCT_ACCUMULATE || (ADDS && p.goes_on)) {
        if (whole) {
          const float4 q = *reinterpret_cast<const float4 *>(line + at);
          was[0] = q.x, was[1] = q.y, was[2] = q.z, was[3] = q.w;
        } else {
#pragma unroll
          for (int j = 0; j < 4; j++)
            if (j < left) was[j] = line[at + j];
        }
      }
#pragma unroll
      for (int j = 0; j < 4; j++) v[j] = factors.settle(p, v[j], norm[4 * half + j], was[j]);
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

/* The slice after this one that changes something; SLICES_OF_A_BLOCK to a block. */
template <product_form FORM>
static __device__ __forceinline__ int next_slice(const product &p, int slice, int slices, int tile,
                                                     int row_tiles) {
  slice++;
  if (FORM == PRODUCT_ACCUMULATE) {
    while (slice < slices && slice % SLICES_OF_A_BLOCK == 0 && !p.live[slice / SLICES_OF_A_BLOCK * row_tiles + tile])
      slice += SLICES_OF_A_BLOCK;
  }
  return slice;
}

/* The copies of a thread, of 16 bytes each, in a slice whose operands are all read by whole vectors. A stage holds the lines
 * of A, B and A2 one after the other; a warp copies every eighth of them. What does not change between slices is found
 * once: it costs registers, and finding it again costs more instructions than the copies. */
template <product_form FORM>
struct vector_copies {
  static constexpr int LINES = (shape<FORM>::pair ? 3 : 2) * DEPTH, WARPS = THREADS / 32;
  const char *a, *a2, *b; /* the thread's columns of them */
  shared_place to;
  int left_a, left_b; /* columns from there to the end of the matrix */

  __device__ __forceinline__ vector_copies(const product &p, int row, int column, float *stages) {
    const int line = (int)threadIdx.x / 32, across = (int)threadIdx.x % 32 * 4;
    left_a = (int)p.m - row - across, left_b = (int)p.n - column - across;
    a = (const char *)(p.a.at + blockIdx.y * p.a.batch + row + across);
    if (shape<FORM>::pair) a2 = (const char *)(p.a2.at + row + across);
    b = (const char *)(p.b.at + blockIdx.y * p.b.batch + column + across);
    to = further(place_of(stages), line * PITCH + across);
  }
  __device__ __forceinline__ void load(const product &p, int slice, int stage, int depth) const {
    copy_lines<false>(p, slice, stage, depth);
    /* where the end of the matrix cuts a vector, which happens in scratch memory alone */
    if ((left_a > 0 && left_a < 4) || (left_b > 0 && left_b < 4)) copy_lines<true>(p, slice, stage, depth);
  }
  template <bool CUT>
  __device__ __forceinline__ void copy_lines(const product &p, int slice, int stage, int depth) const {
    const int mine = (int)threadIdx.x / 32, first = slice * DEPTH + mine;
    const shared_place at = further(to, stage * LINES * PITCH);
#pragma unroll
    for (int next = 0; next < LINES; next += WARPS) { /* lines next ... next + 7, one a warp */
      /* mostly known when this is compiled */
      const bool behind_a = next >= DEPTH || (next + WARPS > DEPTH && mine + next >= DEPTH);
      const bool behind_b = next >= 2 * DEPTH || (next + WARPS > 2 * DEPTH && mine + next >= 2 * DEPTH);
      if (next + WARPS > LINES && mine + next >= LINES) break;
      const int skipped = next - (behind_b ? 2 * DEPTH : behind_a ? DEPTH : 0);
      const int left = behind_a && !behind_b ? left_b : left_a;
      if (mine + skipped >= depth || (CUT ? left <= 0 || left >= 4 : left < 4)) continue;
      const char *from = !behind_a ? a : !behind_b ? b : a2;
      const int bytes = 4 * (int)(!behind_a ? p.a.ld : !behind_b ? p.b.ld : p.a2.ld); /* ld is below 2^29 */
      const float *line = (const float *)(line_of(from, first + skipped, bytes));
      if (!CUT) {
        copy16(further(at, next * PITCH), line);
      } else {
        for (int e = 0; e < left; e++) copy4(further(at, next * PITCH + e), line + e);
      }
    }
  }
};

/* VECTORS: both operands are read by 16 bytes, for which rows and batches must lie at multiples of them. */
template <product_form FORM, bool VECTORS>
static __global__ void __launch_bounds__(THREADS, 2) product_kernel(product p) {
  constexpr int STAGES = shape<FORM>::stages;
  /* registers for numbers loaded ahead */
  [[maybe_unused]] constexpr int UNROLL = shape<FORM>::pair || FORM == PRODUCT_DISTANCES ? 1 : DEPTH;
  SHARED(float, lines, [STAGES][vector_copies<FORM>::LINES][PITCH]);
  /* of the second, A, then B, then A2 */
  enum { AS = 0, BS = DEPTH, A2S = shape<FORM>::pair ? 2 * DEPTH : 0 };
  /* A warp is 4 x 8 threads, so that a quarter of it, which goes to shared memory together, reads 2 x 4 vectors. */
  const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
  const int ty = warp / 2 * 4 + ((lane & 1) | lane >> 4 << 1), tx = warp % 2 * 8 + (lane >> 1 & 7);
  const int m = (int)p.m, n = (int)p.n, k = (int)p.k; /* multiply has seen to it that they are */
  const int row_tiles = (m + TILE - 1) / TILE, tile = (int)(blockIdx.x % (unsigned)row_tiles);
  const int row = tile * TILE, column = (int)(blockIdx.x / (unsigned)row_tiles) * TILE;
  const float *a = p.a.at + blockIdx.y * p.a.batch, *b = p.b.at + blockIdx.y * p.b.batch;
  float *c = p.c + blockIdx.y * p.batch_c;
  /* scratch memory is aligned */
  const bool vector_a = FORM > PRODUCT_COLUMNS || (p.a.ld % 4 == 0 && (uintptr_t)a % 16 == 0);
  const bool vector_b = (FORM > PRODUCT_COLUMNS && FORM != PRODUCT_ACCUMULATE) ||
                        (p.b.ld % 4 == 0 && (uintptr_t)b % 16 == 0);
  const int slices = (k + DEPTH - 1) / DEPTH;
  const bool idle = row + 4 * ty >= m || column + 4 * tx >= n; /* the thread's part of the tile lies outside C */
  const vector_copies<FORM> copies(p, row, column, lines[0][0]);

  float acc[8][8];
#pragma unroll
  for (int i = 0; i < 8; i++) {
#pragma unroll
    for (int j = 0; j < 8; j++) {
      const int at_row = row + place(i, ty), at_column = column + place(j, tx);
      acc[i][j] = shape<FORM>::rows && p.onto && at_row < m && at_column < n ? c[(int64_t)at_row * p.ldc + at_column] : 0.0f;
    }
  }

  auto load = [&](int slice, int stage) {
    const int first = slice * DEPTH;
    const int depth = k - first < DEPTH ? k - first : DEPTH;
    if (VECTORS) return copies.load(p, slice, stage, depth);
    if (shape<FORM>::rows)
      load_rows(lines[stage] + AS, a + first, p.a.ld, depth, row, m);
    else
      load_columns(lines[stage] + AS, a + (int64_t)first * p.a.ld, p.a.ld, depth, row, m, vector_a);
    if (shape<FORM>::pair) load_columns(lines[stage] + A2S, p.a2.at + (int64_t)first * p.a2.ld, p.a2.ld, depth, row, m, vector_a);
    load_columns(lines[stage] + BS, b + (int64_t)first * p.b.ld, p.b.ld, depth, column, n, vector_b);
  };

  int slice = next_slice<FORM>(p, -1, slices, tile, row_tiles), ahead = slice;
#pragma unroll
  for (int stage = 0; stage < STAGES - 1; stage++) {
    if (ahead < slices) load(ahead, stage);
    commit_copies();
    ahead = next_slice<FORM>(p, ahead, slices, tile, row_tiles);
  }
  for (int stage = 0; slice < slices; stage = stage + 1 == STAGES ? 0 : stage + 1) {
    wait_copies<STAGES - 2>();
    __syncthreads(); /* the slice is there for all, and nobody reads the stage that is filled next */
    if (ahead < slices) load(ahead, stage == 0 ? STAGES - 1 : stage - 1);
    commit_copies();
    ahead = next_slice<FORM>(p, ahead, slices, tile, row_tiles);
    if (FORM == PRODUCT_ACCUMULATE && slice % SLICES_OF_A_BLOCK == 0) {
#pragma unroll
      for (int i = 0; i < 8; i++) {
        const int at_row = row + place(i, ty);
        const float fade = at_row < m ? p.fade[(int64_t)(slice / SLICES_OF_A_BLOCK) * p.ld_rows + at_row] : 0.0f;
#pragma unroll
        for (int j = 0; j < 8; j++) acc[i][j] = acc[i][j] * fade;
      }
    }
    if (!idle && k - slice * DEPTH >= DEPTH) {
#pragma unroll UNROLL
      for (int l = 0; l < DEPTH; l++)
        one_step<FORM>(lines[stage][AS + l], lines[stage][A2S + l], lines[stage][BS + l], ty, tx, acc);
    } else if (!idle) {
      /* no step with zeros instead: it would turn -0 into +0 */
#pragma unroll 1
      for (int l = 0; l < k - slice * DEPTH; l++)
        one_step<FORM>(lines[stage][AS + l], lines[stage][A2S + l], lines[stage][BS + l], ty, tx, acc);
    }
    slice = next_slice<FORM>(p, slice, slices, tile, row_tiles);
  }

  settle_tile<FORM>(p, row, column, ty, tx, c, acc);
}

template <product_form FORM>
static auto kernel_of(const product &p) {
  bool vectors = FORM != PRODUCT_ROWS;
  for (const operand *o : {&p.a, &p.b})
    vectors = vectors && o->ld % 4 == 0 && o->ld < (1 << 29) && o->batch % 4 == 0 && (uintptr_t)o->at % 16 == 0;
  return vectors ? product_kernel<FORM, FORM != PRODUCT_ROWS> : product_kernel<FORM, false>;
}

void multiply(call &c, product_form form, const product &p, int64_t batch) {
  /* indices of a tile that begins inside are ints */
  if (p.m > INT32_MAX - TILE || p.n > INT32_MAX - TILE || p.k > INT32_MAX - TILE)
    return c.say(TWEEDIE_BAD_ARGUMENT, "a matrix with 2^31 rows or columns");
  auto kernel = kernel_of<PRODUCT_ROWS>(p);
  switch (form) {
    case PRODUCT_ROWS: break;
    case PRODUCT_COLUMNS: kernel = kernel_of<PRODUCT_COLUMNS>(p); break;
    case PRODUCT_LOGITS: kernel = kernel_of<PRODUCT_LOGITS>(p); break;
    case PRODUCT_QUADRATIC: kernel = kernel_of<PRODUCT_QUADRATIC>(p); break;
    case PRODUCT_DISTANCES: kernel = kernel_of<PRODUCT_DISTANCES>(p); break;
    case PRODUCT_ACCUMULATE: kernel = kernel_of<PRODUCT_ACCUMULATE>(p); break;
  }
  launch(c, kernel, tiles(p.m, TILE) * tiles(p.n, TILE), batch, THREADS, p);
}

/* 32 x 32 at a time: both sides of memory see whole lines. */
static __global__ void transpose_kernel(int64_t rows, int64_t columns, const float *in, int64_t ld_in, float *out,
                                        int64_t ld_out) {
  SHARED(float, square, [32][33]);
  const int lane = (int)threadIdx.x % 32, line = (int)threadIdx.x / 32;
  const int64_t across = (columns + 31) / 32, row = blockIdx.x / across * 32, column = blockIdx.x % across * 32;
  for (int i = line; i < 32; i += THREADS / 32)
    if (row + i < rows && column + lane < columns) square[i][lane] = in[(row + i) * ld_in + column + lane];
  __syncthreads();
  for (int i = line; i < 32; i += THREADS / 32)
    if (column + i < columns && row + lane < rows) out[(column + i) * ld_out + row + lane] = square[lane][i];
}

void transpose(call &c, int64_t rows, int64_t columns, const float *in, int64_t ld_in, float *out, int64_t ld_out) {
  launch(c, transpose_kernel, tiles(rows, 32) * tiles(columns, 32), 1, THREADS, rows, columns, in, ld_in, out, ld_out);
}

int32_t tweedie_cuda_gemm(tweedie_cuda *cuda, int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c,
                          void *scratch) {
  (void)scratch;
  call call(cuda, "gemm");
  if (call.refused()) return call.status;
  const int64_t most = INT64_C(1) << 30; /* rows: they may be more than an int counts */
  for (int64_t i = 0; i < m; i += most) {
    product p = {};
    p.m = smaller(m - i, most), p.n = n, p.k = k;
    p.a = {a + i * k, k, 0};
    p.b = {b, n, 0};
    p.c = c + i * n, p.ldc = n;
    multiply(call, PRODUCT_ROWS, p);
  }
  return call.end();
}
