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
      copy16(&to[l][column], at);
    } else {
      for (int e = 0; e < 4; e++)
        if (e < left) copy4(&to[l][column + e], at + e);
    }
  }
}

/* Rows [first, first + TILE) of `depth` columns of a matrix with m rows, turned. */
static __device__ __forceinline__ void load_rows(float (*to)[PITCH], const float *from, int64_t ld, int depth,
                                                 int first, int m) {
  for (int i = (int)threadIdx.x; i < DEPTH * TILE; i += THREADS) {
    const int l = i % DEPTH, row = i / DEPTH;
    if (l < depth && first + row < m) copy4(&to[l][row], from + (int64_t)(first + row) * ld + l);
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

/* The value of C at row i, column j, from the chain's end. */
template <product_form FORM>
static __device__ __forceinline__ float settle(const product &p, int i, int j, float sum, const float *c) {
  if (FORM == PRODUCT_LOGITS) {
    const float scale = p.scale[i * p.stride], bias = p.bias[i];
    return fmaf(scale, sum, p.stride ? fmaf(-p.shift[i], p.norm[j], bias) : bias);
  }
  if (FORM == PRODUCT_QUADRATIC) return fmaf(-0.5f, sum, p.bias[i]);
  if (FORM == PRODUCT_ACCUMULATE) return fmaf(*c, p.keep[i], sum * p.take[i]);
  return sum;
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

template <product_form FORM>
static __global__ void __launch_bounds__(THREADS, 2) product_kernel(product p) {
  constexpr int STAGES = shape<FORM>::stages;
  /* registers for numbers loaded ahead */
  [[maybe_unused]] constexpr int UNROLL = shape<FORM>::pair ? 1 : FORM == PRODUCT_DISTANCES ? 2 : DEPTH;
  SHARED(float, as, [STAGES][DEPTH][PITCH]);
  SHARED(float, bs, [STAGES][DEPTH][PITCH]);
  SHARED(float, a2s, [shape<FORM>::pair ? STAGES : 1][shape<FORM>::pair ? DEPTH : 1][PITCH]);
  const int tx = (int)threadIdx.x % 16, ty = (int)threadIdx.x / 16;
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
    if (shape<FORM>::rows)
      load_rows(as[stage], a + first, p.a.ld, depth, row, m);
    else
      load_columns(as[stage], a + (int64_t)first * p.a.ld, p.a.ld, depth, row, m, vector_a);
    if (shape<FORM>::pair) load_columns(a2s[stage], p.a2.at + (int64_t)first * p.a2.ld, p.a2.ld, depth, row, m, vector_a);
    load_columns(bs[stage], b + (int64_t)first * p.b.ld, p.b.ld, depth, column, n, vector_b);
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
    const int pair_stage = shape<FORM>::pair ? stage : 0;
    if (idle) {
    } else if (k - slice * DEPTH >= DEPTH) {
#pragma unroll UNROLL
      for (int l = 0; l < DEPTH; l++)
        one_step<FORM>(as[stage][l], a2s[pair_stage][shape<FORM>::pair ? l : 0], bs[stage][l], ty, tx, acc);
    } else {
      /* no step with zeros instead: it would turn -0 into +0 */
#pragma unroll 1
      for (int l = 0; l < k - slice * DEPTH; l++)
        one_step<FORM>(as[stage][l], a2s[pair_stage][shape<FORM>::pair ? l : 0], bs[stage][l], ty, tx, acc);
    }
    slice = next_slice<FORM>(p, slice, slices, tile, row_tiles);
  }

#pragma unroll
  for (int i = 0; i < 8; i++) {
    asm volatile("" ::: "memory"); /* a row's numbers are loaded when it is its turn: all at once would not fit */
#pragma unroll
    for (int j = 0; j < 8; j++) {
      const int at_row = row + place(i, ty), at_column = column + place(j, tx);
      if (at_row >= m || at_column >= n) continue;
      float *at = c + (int64_t)at_row * p.ldc + at_column;
      *at = settle<FORM>(p, at_row, at_column, acc[i][j], at);
    }
  }
}

void multiply(call &c, product_form form, const product &p, int64_t batch) {
  /* indices of a tile that begins inside are ints */
  if (p.m > INT32_MAX - TILE || p.n > INT32_MAX - TILE || p.k > INT32_MAX - TILE)
    return c.say(TWEEDIE_BAD_ARGUMENT, "a matrix with 2^31 rows or columns");
  auto kernel = product_kernel<PRODUCT_ROWS>;
  switch (form) {
    case PRODUCT_ROWS: break;
    case PRODUCT_COLUMNS: kernel = product_kernel<PRODUCT_COLUMNS>; break;
    case PRODUCT_LOGITS: kernel = product_kernel<PRODUCT_LOGITS>; break;
    case PRODUCT_QUADRATIC: kernel = product_kernel<PRODUCT_QUADRATIC>; break;
    case PRODUCT_DISTANCES: kernel = product_kernel<PRODUCT_DISTANCES>; break;
    case PRODUCT_ACCUMULATE: kernel = product_kernel<PRODUCT_ACCUMULATE>; break;
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
