/* Three parts of 8 bits are a float32's 24, and products of parts are exact in a tensor core, which has seven times and more
 * the rate of float32. Of nine products of parts six count: the other three are at most 2^-24 of the whole.
 *
 * Where one operand has numbers of one part, bytes, three products are all there are, and nothing is left out.
 *
 * A block makes 128 x 128 elements of C. One thread brings, a slice of 32 steps at a time, all parts of both operands by
 * two bulk copies (panels.cuh); two warpgroups multiply, 64 rows each, into registers that begin anew with each slice:
 * the small products first, the largest, of the first parts, last. Then they are added to the sum.
 *
 * So the error is (u = 2^-24, S the sum of absolute products, S_c of a slice): what is left out, u S. Of tensor cores it is
 * assumed that an instruction cuts off 16 exact products and a sum at 2^-25 of the largest, and the result to a float, as
 * was found for H100 (Khattak and Mikaitis, Accurate models of NVIDIA tensor cores, 2025): 17/2 + 2 units of u of the
 * largest. For the first parts of a slice, two instructions, that is 21.2 u S_c; for the four whose numbers are below
 * 2^-7 (1 + 2^-7) S_c together 0.4 u S_c, and for the other six nothing. Adding slices, to nearest, and C: u S each but
 * for the first. Together less than (24 + k / 32) u S, of any k and in any order of numbers. A number below 2^-102 has
 * last parts below 2^-126, which may count as zeros: 2^-125 of the sum of |a| + |b| more. The registers of one chain over
 * all of k would have spared the adding and lost 2/3 u S a step. */
#include "product_parts.cuh"

#include "wgmma.cuh"

enum { STAGES = 4, MULTIPLIERS = 2 * WARPGROUP, BROUGHT_BY = 32 };
static_assert(PANEL_ROWS == (int)TILE_COLUMNS && PANEL_ROWS == MULTIPLIERS / WARPGROUP * TILE_ROWS, "");

template <int OF_A, int OF_B>
struct parts_product {
  enum { SLICE_BYTES = panels<OF_A>::BYTES + panels<OF_B>::BYTES };
  panels<OF_A> a;
  panels<OF_B> b;
  float *c;
  int64_t ldc;
  bool onto;
};

/* The tile of a block: eight rows of tiles are gone through by columns, so that blocks at work share operands. */
struct block_tile {
  int64_t row, column;
  __device__ __forceinline__ block_tile(int64_t rows, int64_t columns) {
    const unsigned down = (unsigned)((rows + PANEL_ROWS - 1) / PANEL_ROWS);
    const unsigned across = (unsigned)((columns + PANEL_ROWS - 1) / PANEL_ROWS);
    const unsigned first = blockIdx.x / (8 * across) * 8, height = down - first < 8 ? down - first : 8;
    const unsigned within = blockIdx.x % (8 * across);
    row = first + within % height, column = within / height;
  }
};

#if TILE_PRODUCTS

struct stage_turn {
  int stage, phase;
  __device__ __forceinline__ void next() {
    if (++stage < STAGES) return;
    stage = 0, phase ^= 1;
  }
};

template <int OF_A, int OF_B>
static __device__ __forceinline__ void bring(const parts_product<OF_A, OF_B> &p, const block_tile &tile,
                                             shared_place stages, barrier_place full, barrier_place empty) {
  enum { A = panels<OF_A>::BYTES, B = panels<OF_B>::BYTES };
  const int64_t slices = p.a.slices();
  const float *a = (const float *)(p.a.at + tile.row * slices * (A / 16));
  const float *b = (const float *)(p.b.at + tile.column * slices * (B / 16));
  stage_turn now = {0, 0};
  for (int64_t slice = 0; slice < slices; slice++, now.next()) {
    const shared_place to = further(stages, now.stage * ((A + B) / 4));
    const barrier_place come = further_barrier(full, now.stage);
    await(further_barrier(empty, now.stage), now.phase ^ 1);
    arrive_expecting(come, A + B);
    copy_line(to, a + slice * (A / 4), A, come);
    copy_line(further(to, A / 4), b + slice * (B / 4), B, come);
  }
}

/* The products of a slice, from the smallest on: parts whose numbers add up to two, one, none. */
template <int OF_A, int OF_B>
static __device__ __forceinline__ void multiply_slice(float (&d)[TILE_OWN], uint64_t a, uint64_t b) {
  bool onto = false;
#pragma unroll
  for (int both = MOST_PARTS - 1; both >= 0; both--) {
#pragma unroll
    for (int of_a = 0; of_a <= both; of_a++) {
      if (of_a >= OF_A || both - of_a >= OF_B) continue;
#pragma unroll
      for (int step = 0; step < PANEL_STEPS; step += TILE_STEPS) {
        const int along = step / 8 * PANEL_ALONG_K;
        multiply_tile(d, further_operand(a, of_a * PART_BYTES + along),
                      further_operand(b, (both - of_a) * PART_BYTES + along), onto);
        onto = true;
      }
    }
  }
}

template <int OF_A, int OF_B>
static __device__ __forceinline__ void multiply_slices(const parts_product<OF_A, OF_B> &p, const block_tile &tile,
                                                       shared_place stages, barrier_place full, barrier_place empty) {
  const int group = (int)threadIdx.x / WARPGROUP;
  float sum[TILE_OWN], slice_sum[TILE_OWN];
#pragma unroll
  for (int i = 0; i < TILE_OWN; i++) sum[i] = 0.0f;
  const uint64_t a =
      describe(further(stages, group * (TILE_ROWS / 8) * (PANEL_ALONG_ROWS / 4)), PANEL_ALONG_K, PANEL_ALONG_ROWS);
  const uint64_t b = describe(further(stages, panels<OF_A>::BYTES / 4), PANEL_ALONG_K, PANEL_ALONG_ROWS);
  stage_turn now = {0, 0};
  for (int64_t slice = 0; slice < p.a.slices(); slice++, now.next()) {
    const int here = now.stage * parts_product<OF_A, OF_B>::SLICE_BYTES;
    await(further_barrier(full, now.stage), now.phase);
    fence_products();
    multiply_slice<OF_A, OF_B>(slice_sum, further_operand(a, here), further_operand(b, here));
    commit_products();
    wait_products(slice_sum);
    if (threadIdx.x % 32 == 0) arrive(further_barrier(empty, now.stage));
#pragma unroll
    for (int i = 0; i < TILE_OWN; i++) sum[i] += slice_sum[i];
  }
  const int64_t first_row = tile.row * PANEL_ROWS + group * TILE_ROWS, first_column = tile.column * PANEL_ROWS;
#pragma unroll
  for (int i = 0; i < TILE_OWN; i++) {
    const int64_t row = first_row + tile_row(i), column = first_column + tile_column(i);
    if (row >= p.a.rows || column >= p.b.rows) continue;
    float *out = p.c + row * p.ldc + column;
    *out = p.onto ? *out + sum[i] : sum[i];
  }
}

#endif

template <int OF_A, int OF_B>
static __global__ void __launch_bounds__(MULTIPLIERS + BROUGHT_BY, 1)
    product_parts_kernel(parts_product<OF_A, OF_B> p) {
#if TILE_PRODUCTS
  SHARED_AT_LAUNCH(float, stages, STAGES *p.SLICE_BYTES);
  SHARED(uint64_t, barriers, [2][STAGES]); /* full, empty */
  const barrier_place full = place_of(barriers[0]), empty = place_of(barriers[1]);
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < STAGES; stage++) {
      make_barrier(further_barrier(full, stage), 1);
      make_barrier(further_barrier(empty, stage), MULTIPLIERS / 32);
    }
    show_barriers();
  }
  __syncthreads();
  const block_tile tile(p.a.rows, p.b.rows);
  if (threadIdx.x < MULTIPLIERS)
    multiply_slices(p, tile, place_of(stages), full, empty);
  else if (threadIdx.x == MULTIPLIERS)
    bring(p, tile, place_of(stages), full, empty);
#else
  (void)p;
#endif
}

/* TWEEDIE_SM90A: this library has the code of sm_90a in place of sm_90's (CMakeLists.txt). */
bool device_has_tile_products(call &c) {
#if defined(TWEEDIE_CUDA_EMULATED) || defined(TWEEDIE_SM90A)
  cudaFuncAttributes attributes = {};
  c.check(cudaFuncGetAttributes(&attributes, product_parts_kernel<MOST_PARTS, MOST_PARTS>));
  return !c.refused() && attributes.ptxVersion == 90;
#else
  return (void)c, false;
#endif
}

template <int OF_A, int OF_B>
void multiply_parts(call &c, const panels<OF_A> &a, const panels<OF_B> &b, float *out, int64_t ldc, bool onto) {
  const parts_product<OF_A, OF_B> p = {a, b, out, ldc, onto};
  launch_with(c, STAGES * p.SLICE_BYTES, product_parts_kernel<OF_A, OF_B>,
              tiles(a.rows, PANEL_ROWS) * tiles(b.rows, PANEL_ROWS), 1, MULTIPLIERS + BROUGHT_BY, p);
}
template void multiply_parts(call &, const panels<3> &, const panels<3> &, float *, int64_t, bool);
template void multiply_parts(call &, const panels<1> &, const panels<3> &, float *, int64_t, bool);
template void multiply_parts(call &, const panels<3> &, const panels<1> &, float *, int64_t, bool);
