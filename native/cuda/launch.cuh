/* The handle, what every exported function begins and ends with, and the one way to launch a kernel.
 *
 * The same sources are compiled for the processor (emulation/runtime.h, TWEEDIE_CUDA_EMULATED), where every kernel is
 * compared with the CPU library. So they keep to plain CUDA: one-dimensional blocks, static shared memory by SHARED. */
#ifndef TWEEDIE_CUDA_LAUNCH_H
#define TWEEDIE_CUDA_LAUNCH_H

#if defined(TWEEDIE_CUDA_EMULATED)
#include "emulation/runtime.h"
#else
#include <cuda_runtime.h>
#define SHARED(type, name, shape) __shared__ __align__(16) type name shape /* vectors are read from arrays of float */
/* Beyond the 48 KiB of those, what launch_with says. */
#define SHARED_AT_LAUNCH(type, name, bytes) \
  extern __shared__ __align__(16) unsigned char at_launch[]; \
  type *const name = reinterpret_cast<type *>(at_launch)
#endif

#include "tweedie.h"

#include "lane.h"

struct tweedie_cuda {
  int device;
  int multiprocessors;
  int shared; /* bytes of shared memory of a multiprocessor */
  bool bulk; /* its code has bulk copies */
  bool tile_products; /* and wgmma */
  bool failed; /* for good */
  bool capturing;
  int64_t recorded; /* launches, copies and fills of the recording */
  cudaStream_t compute, copies;
  cudaEvent_t before, arrived; /* where copies wait for compute, and compute for copies */
  cudaEvent_t staged[2];       /* when a staging buffer may be filled again */
  char *staging[2];
  int next; /* staging buffer of the upload before */
  struct blas *blas;   /* null until fast mode is asked for */
  tweedie_noise *base; /* device memory: what tweedie_cuda_address set */
  char message[256];
};
struct tweedie_cuda_event {
  cudaEvent_t event;
};

/* Launches of a recording at most: an instantiated node takes some microseconds of the host and a kilobyte of the device. */
#define MOST_RECORDED 50000

#define STAGING (4 << 20) /* bytes of a buffer: PCIe is near its bandwidth from 1 MiB on */

/* Of the threads of most kernels; what a warp does together is at most 32 wide. */
enum { THREADS = 256 };

/* One call of an exported function: if (call.refused()) return call.status; ... return call.end(); */
struct call {
  tweedie_cuda *cuda;
  const char *name;
  int32_t status;

  /* Recordable calls may come between capture_begin and capture_end. */
  call(tweedie_cuda *cuda, const char *name, bool recordable = true);
  bool refused() const { return status != TWEEDIE_OK; }
  void check(cudaError_t error);
  void say(int32_t status, const char *text);
  /* True where one piece of work more may be put on the stream: of a recording, not any number. */
  bool counts();
  /* Puts bytes of zero on the stream. */
  void clear(void *memory, int64_t bytes);
  int32_t end() {
    if (status == TWEEDIE_OK) check(cudaGetLastError());
    return status;
  }
};

static inline int64_t tiles(int64_t n, int64_t tile) { return (n + tile - 1) / tile; }
static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* Threads of a block whose threads are rows: few rows do not leave most of them idle. */
static inline int row_threads(int64_t rows) { return (int)smaller(THREADS, tiles(rows, 32) * 32); }
/* The same where a thread goes through a whole row: rows are few then, and short blocks reach more multiprocessors. */
static inline int walk_threads(int64_t rows) { return (int)smaller(64, tiles(rows, 32) * 32); }

#define GRID_MOST INT64_C(0x7fffffff)

/* Nothing is launched for an empty grid. `shared` is of SHARED_AT_LAUNCH. */
template <class... P, class... A>
void launch_with(call &c, int shared, void (*kernel)(P...), int64_t blocks, int64_t batch, int threads,
                 A... arguments) {
  if (blocks <= 0 || batch <= 0 || c.refused()) return;
  if (blocks > GRID_MOST || batch > 65535) return c.say(TWEEDIE_BAD_ARGUMENT, "more rows or components than a grid holds");
  if (!c.counts()) return;
  const dim3 grid((unsigned)blocks, (unsigned)batch);
  if (shared > 0) c.check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared));
  if (c.refused()) return;
#if defined(TWEEDIE_CUDA_EMULATED)
  emulate(kernel, grid, dim3((unsigned)threads), (size_t)shared, c.cuda->compute, static_cast<P>(arguments)...);
#else
  /* clang-format off */
  kernel<<<grid, threads, (size_t)shared, c.cuda->compute>>>(static_cast<P>(arguments)...);
  /* clang-format on */
#endif
  c.check(cudaGetLastError());
}

template <class... P, class... A>
void launch(call &c, void (*kernel)(P...), int64_t blocks, int64_t batch, int threads, A... arguments) {
  launch_with(c, 0, kernel, blocks, batch, threads, arguments...);
}

/* Blocks for n items of one thread each, taken in strides of the grid: at most as many as the device holds at a time. */
template <class... P>
int64_t strided(call &c, void (*kernel)(P...), int64_t n) {
  int resident = 0;
  c.check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, THREADS, 0));
  return smaller(tiles(n, THREADS), (resident > 0 ? resident : 1) * (int64_t)c.cuda->multiprocessors);
}
/* A kernel whose threads take n items so. */
template <class... P, class... A>
void launch_strided(call &c, void (*kernel)(P...), int64_t n, A... arguments) {
  if (!c.refused()) launch(c, kernel, strided(c, kernel, n), 1, THREADS, arguments...);
}

/* The first item of a thread, and the step to its next one. */
static __device__ __forceinline__ int64_t first_item() { return (int64_t)blockIdx.x * blockDim.x + threadIdx.x; }
static __device__ __forceinline__ int64_t item_stride() { return (int64_t)gridDim.x * blockDim.x; }

#endif
