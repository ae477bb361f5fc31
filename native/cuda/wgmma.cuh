/* Products of tiles by the tensor cores of sm_90a: wgmma of bfloat16 with sums in float. Four warps, whose first is a multiple
 * of four, ask for one together, and go on; the numbers are there when they have waited. Operands lie in shared memory
 * as core matrices: eight rows of eight numbers, 128 bytes in one piece, without a swizzle. */
#ifndef TWEEDIE_CUDA_WGMMA_H
#define TWEEDIE_CUDA_WGMMA_H

#include "bulk.cuh"

/* Whether this code has them. Those of sm_90 alone are of no other architecture, newer ones included. */
#if defined(TWEEDIE_CUDA_EMULATED) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define TILE_PRODUCTS 1
#else
#define TILE_PRODUCTS 0
#endif

enum { TILE_ROWS = 64, TILE_COLUMNS = 128, TILE_STEPS = 16, WARPGROUP = 128 };
/* Of a tile, what a thread has: `of` number i is in this row and column. */
enum { TILE_OWN = TILE_ROWS * TILE_COLUMNS / WARPGROUP };
static __device__ __forceinline__ int tile_row(int i) {
  return (int)threadIdx.x % WARPGROUP / 32 * 16 + (int)threadIdx.x % 32 / 4 + i / 2 % 2 * 8;
}
static __device__ __forceinline__ int tile_column(int i) { return i / 4 * 8 + (int)threadIdx.x % 4 * 2 + i % 2; }

#if TILE_PRODUCTS

#if defined(TWEEDIE_CUDA_EMULATED)

static inline uint64_t shared_bytes(shared_place at) { return emulated_place(at); }
static inline void fence_products() { emulated_products_fence(); }
static inline void commit_products() { emulated_products_commit(); }
static inline void wait_products(float (&)[TILE_OWN]) { emulated_products_wait(0); }
static inline void multiply_tile(float (&d)[TILE_OWN], uint64_t a, uint64_t b, bool onto) {
  emulated_multiply(d, TILE_COLUMNS, a, b, onto);
}

#else

static __device__ __forceinline__ uint64_t shared_bytes(shared_place at) { return at; }
/* Before the first product onto registers that this thread may have touched. */
static __device__ __forceinline__ void fence_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
static __device__ __forceinline__ void commit_products() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
#define EIGHT(i) \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), "+f"(d[i + 6]), \
      "+f"(d[i + 7])
#define ALL EIGHT(0), EIGHT(8), EIGHT(16), EIGHT(24), EIGHT(32), EIGHT(40), EIGHT(48), EIGHT(56)
/* Until all groups that were committed are there. That d is named keeps the compiler from reading it before. */
static __device__ __forceinline__ void wait_products(float (&d)[TILE_OWN]) {
  asm volatile("wgmma.wait_group.sync.aligned 0;" : ALL::"memory");
}
/* d = A B' + d, or A B' alone: A of 64 rows, B of 128, both 16 steps deep. */
static __device__ __forceinline__ void multiply_tile(float (&d)[TILE_OWN], uint64_t a, uint64_t b, bool onto) {
  asm volatile(
      "{\n.reg .pred onto;\n"
      "setp.ne.b32 onto, %66, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
      "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
      "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
      "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
      "%64, %65, onto, 1, 1, 0, 0;\n}"
      : ALL
      : "l"(a), "l"(b), "r"((int)onto));
}
#undef ALL
#undef EIGHT

#endif

/* The descriptor of an operand: bytes from one core matrix to the next along k, and along rows. */
static __device__ __forceinline__ uint64_t describe(shared_place at, int along_k, int along_rows) {
  return (shared_bytes(at) & 0x3ffff) >> 4 | (uint64_t)(along_k >> 4) << 16 | (uint64_t)(along_rows >> 4) << 32;
}
/* The same operand so many bytes further. */
static __device__ __forceinline__ uint64_t further_operand(uint64_t described, int bytes) {
  return described + (uint64_t)(bytes >> 4);
}

#endif

#endif
