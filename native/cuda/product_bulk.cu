/* A warp of the block does nothing but bring slices: of each line one bulk copy, into one of several stages. The others
 * wait until the bytes of a slice have come, and say when they have read it; nobody waits for the whole block. What the
 * eight warps of product.cu spend on copies and on barriers, a seventh of their instructions, they spend on fma here, and a
 * thread has 16 x 8 elements of C, so that it takes 24 numbers from shared memory for 128 fma. One block fills a
 * multiprocessor: nine warps, which are reckoned as twelve, have 168 registers a thread, and that is enough. To give the
 * consumers more (setmaxnreg) would need code for sm_90a alone, and a warpgroup of four to give them up. */
#include "product_bulk.cuh"

#include "bulk.cuh"
#include "chains.cuh"

enum { STEPS = 12 /* of a slice; a divisor of the blocks of 84 components */, PRODUCER = 32 };

/* Sixteen threads across, of 8 columns each, or 7. */
template <int WIDE>
struct bulk_tile : shared_out<side_of<BULK_TALL, 16>, side_of<WIDE, WIDE / 16>> {};

/* A stage holds lines of A, then B, then A2; all stages together 72 KiB, of the form with A2 90. */
template <product_form FORM, int WIDE>
struct bulk_stages {
  enum { B = STEPS * BULK_TALL, A2 = B + STEPS * WIDE, FLOATS = A2 + (shape<FORM>::pair ? STEPS * BULK_TALL : 0) };
  enum { STAGES = shape<FORM>::pair ? 3 : 4, OPERANDS = shape<FORM>::pair ? 3 : 2 };
  enum { BYTES = STAGES * FLOATS * (int)sizeof(float) };
};

/* Which stage is next, and the phase of its barriers. */
template <int STAGES>
struct turn {
  int stage, phase;
  __device__ __forceinline__ void next() {
    if (++stage < STAGES) return;
    stage = 0, phase ^= 1;
  }
};

#if BULK_COPIES

/* One warp: lane i copies step i of every operand of a slice. */
template <product_form FORM, int WIDE>
static __device__ __forceinline__ void produce(const product &p, const block_part<FORM, bulk_tile<WIDE>> &part,
                                               shared_place stages, barrier_place full, barrier_place empty) {
  using in = bulk_stages<FORM, WIDE>;
  const int step = (int)threadIdx.x % 32;
  /* To a multiple of 16 bytes: the line goes on in memory, and what comes of it lies outside C. */
  auto bytes_of = [](int left, int most) { return (left < most ? (left + 3) / 4 * 4 : most) * (int)sizeof(float); };
  const int bytes = bytes_of((int)p.m - part.row, BULK_TALL), bytes_b = bytes_of((int)p.n - part.column, WIDE);
  const int of_a_step = bytes * (in::OPERANDS - 1) + bytes_b;
  const float *a = p.a.at + part.row + step * p.a.ld;
  const float *a2 = p.a2.at + part.row + step * p.a2.ld;
  const float *b = p.b.at + part.column + step * p.b.ld;

  turn<in::STAGES> now = {0, 0};
  slices<FORM, bulk_tile<WIDE>, STEPS> slice = {part.begin, 0};
  if (shape<FORM>::fades) slice.skip(p, part.end, part.row);
  for (; slice.inside(p, part.end); slice.next(p, part.end, part.row), now.next()) {
    const int depth = part.end - slice.first < STEPS ? part.end - slice.first : STEPS;
    const shared_place to = further(stages, now.stage * in::FLOATS);
    const barrier_place come = further_barrier(full, now.stage);
    await(further_barrier(empty, now.stage), now.phase ^ 1);
    if (step == 0) arrive_expecting(come, depth * of_a_step);
    __syncwarp(); /* the engine counts down from what is expected */
    if (step >= depth) continue;
    copy_line(further(to, step * BULK_TALL), a + slice.first * p.a.ld, bytes, come);
    copy_line(further(to, in::B + step * WIDE), b + slice.first * p.b.ld, bytes_b, come);
    if (shape<FORM>::pair) copy_line(further(to, in::A2 + step * BULK_TALL), a2 + slice.first * p.a2.ld, bytes, come);
  }
}

template <product_form FORM, int WIDE>
static __device__ __forceinline__ void consume(const product &p, const block_part<FORM, bulk_tile<WIDE>> &part,
                                               const float *stages, barrier_place full, barrier_place empty) {
  using T = bulk_tile<WIDE>;
  using in = bulk_stages<FORM, WIDE>;
  const int ty = T::down(), tx = T::across();
  const bool idle = part.row + 4 * ty >= (int)p.m || part.column + 4 * tx >= (int)p.n;
  float acc[T::tall::own][T::wide::own];
#pragma unroll
  for (int i = 0; i < T::tall::own; i++) {
#pragma unroll
    for (int j = 0; j < T::wide::own; j++) acc[i][j] = 0.0f;
  }
  auto step = [&](const float *slice, int l) {
    one_step<FORM, T>(slice + l * BULK_TALL, slice + in::A2 + l * BULK_TALL, slice + in::B + l * WIDE, ty, tx, acc);
  };
  turn<in::STAGES> now = {0, 0};
  slices<FORM, bulk_tile<WIDE>, STEPS> slice = {part.begin, 0};
  if (shape<FORM>::fades) slice.skip(p, part.end, part.row);
  for (; slice.inside(p, part.end); slice.next(p, part.end, part.row), now.next()) {
    const float *here = stages + now.stage * in::FLOATS;
    await(further_barrier(full, now.stage), now.phase);
    if (shape<FORM>::fades && slice.first % TWEEDIE_BLOCK_ISOTROPIC == 0)
      fade_chains<T>(p, slice.first, part.row, ty, acc);
    if (!idle && part.end - slice.first >= STEPS) {
#pragma unroll
      for (int l = 0; l < STEPS; l++) step(here, l);
    } else if (!idle) {
#pragma unroll 1 /* no step with zeros instead, as in product.cu */
      for (int l = 0; l < part.end - slice.first; l++) step(here, l);
    }
    __syncwarp();
    if (threadIdx.x % 32 == 0) arrive(further_barrier(empty, now.stage));
  }
  settle_tile<FORM, T>(p, part.row, part.column, ty, tx, FORM == PRODUCT_SUMS ? p.c + blockIdx.y * p.batch_c : p.c,
                       acc);
}

#endif

template <product_form FORM, int WIDE>
static __global__ void __launch_bounds__(bulk_tile<WIDE>::threads + PRODUCER, 1) product_bulk_kernel(product p) {
#if BULK_COPIES
  using in = bulk_stages<FORM, WIDE>;
  SHARED_AT_LAUNCH(float, stages, in::BYTES);
  SHARED(uint64_t, barriers, [2][in::STAGES]); /* full, empty */
  const barrier_place full = place_of(barriers[0]), empty = place_of(barriers[1]);
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < in::STAGES; stage++) {
      make_barrier(further_barrier(full, stage), 1);
      make_barrier(further_barrier(empty, stage), bulk_tile<WIDE>::threads / 32);
    }
    show_barriers();
  }
  __syncthreads();
  const block_part<FORM, bulk_tile<WIDE>> part(p);
  if (threadIdx.x >= bulk_tile<WIDE>::threads)
    produce(p, part, place_of(stages), full, empty);
  else
    consume(p, part, stages, full, empty);
#endif
}

bool device_has_bulk(call &c) {
#if defined(TWEEDIE_CUDA_EMULATED) || __CUDACC_VER_MAJOR__ >= 12
  cudaFuncAttributes attributes = {};
  c.check(cudaFuncGetAttributes(&attributes, product_bulk_kernel<PRODUCT_LOGITS, BULK_WIDE>));
  return !c.refused() && attributes.ptxVersion == 90;
#else
  return (void)c, false;
#endif
}

bool takes_bulk(const call &c, product_form form, const product &p) {
  if (!c.cuda->bulk || form <= PRODUCT_COLUMNS || form == PRODUCT_COMPONENTS) return false;
  bool vectors = true; /* of a batch, which only PRODUCT_SUMS has, the products are parts of the same operands */
  for (const operand *o : {&p.a, &p.b, &p.a2})
    vectors = vectors && o->ld % 4 == 0 && o->batch == 0 && (uintptr_t)o->at % 16 == 0;
  return vectors;
}

template <product_form FORM, int WIDE = BULK_WIDE>
static void put(call &c, const product &p, int64_t batch) {
  launch_with(c, bulk_stages<FORM, WIDE>::BYTES, product_bulk_kernel<FORM, WIDE>,
              tiles(p.m, BULK_TALL) * tiles(p.n, WIDE), batch, bulk_tile<WIDE>::threads + PRODUCER, p);
}

void multiply_bulk(call &c, product_form form, const product &p, int64_t batch, int wide) {
  switch (form) {
    case PRODUCT_LOGITS: return put<PRODUCT_LOGITS>(c, p, batch);
    case PRODUCT_QUADRATIC: return put<PRODUCT_QUADRATIC>(c, p, batch);
    case PRODUCT_DISTANCES: return put<PRODUCT_DISTANCES>(c, p, batch);
    case PRODUCT_ACCUMULATE: return put<PRODUCT_ACCUMULATE>(c, p, batch);
    case PRODUCT_SUMS:
      return wide == BULK_WIDE ? put<PRODUCT_SUMS>(c, p, batch) : put<PRODUCT_SUMS, BULK_NARROW>(c, p, batch);
    default: break; /* takes_bulk has not */
  }
}
