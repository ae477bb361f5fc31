/* The part of CUDA that native/cuda uses, on the processor: the same kernel sources, compiled by a C++ compiler, run with
 * the threads of a block as fibers that are switched at barriers. It is slow and meant for tests, where it is stricter
 * than a device:
 *
 *   - between two barriers the threads of a block run in the order that CUDA_HOST_ORDER names (0 forward, 1 backward,
 *     2 shuffled), and so do the blocks of a launch: results that change with it show a missing barrier;
 *   - copies of cp.async happen when CUDA_HOST_COPIES says: 0 when their thread waits for them, 1 at once, 2 either way by
 *     chance: results that change with it show a stage that is filled while it is read, or read before it is there;
 *     bulk copies, which nobody's thread makes, at once, one by chance, or when no thread can go on without one;
 *   - barriers of bulk copies count arrivals and bytes: one that is never reached ends the process, and so does one that
 *     the copy engine was not shown, or a copy that is still going on when its block ends;
 *   - products of tensor cores (wgmma) read their operands when they are asked for where copies are late, and where copies
 *     are made at once when their thread waits for them, after others had a turn; until then the registers that they go to
 *     are NaN. One that no fence comes before, whose threads disagree, whose descriptor leaves the shared memory of the
 *     launch, or that nobody waits for, ends the process;
 *   - copies and tensor cores have a view of shared memory of their own, which what threads have written reaches by a
 *     fence alone;
 *   - shared memory is poisoned before each block and has canaries behind each array;
 *   - a barrier that not all threads reach, and a warp operation that not all of its lanes reach, ends the process;
 *   - device memory is poisoned and ends at a guard page; where CUDA_HOST_MEMORY limits it, more is refused;
 *   - CUDA_HOST_STREAMS says when a stream's work is done: 0 at once, 1 compute as late and copies as early as waits
 *     allow, 2 the other way round: results that change with it show a missing wait;
 *   - CUDA_HOST_GROUP makes the groups of rows that the score family takes smaller, so that tests have several;
 *   - what must not be called while a graph is recorded is refused and invalidates the recording; CUDA_HOST_GRAPHS=n
 *     refuses the n-th graph of the process for want of memory.
 *
 * Kernels see one device, "emulated", of capability 9.0 (CUDA_HOST_CAPABILITY=80: 8.0) with CUDA_HOST_MULTIPROCESSORS (2)
 * multiprocessors. What it cannot
 * show: time, latency, occupancy, bank conflicts, weak order of memory, what a compiler for devices does to arithmetic. */
#ifndef TWEEDIE_CUDA_EMULATION_H
#define TWEEDIE_CUDA_EMULATION_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <functional>
#include <tuple>

/* ---- the language ---- */

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __restrict__ __restrict

/* An array in shared memory: every thread of the block carves the same ones in the same order. */
#define SHARED(type, name, shape)        \
  using shared_##name = type shape;      \
  shared_##name &name = *static_cast<shared_##name *>(emulated_shared(sizeof(shared_##name)))

/* Shared memory of the size that the launch says, beyond what is static. */
#define SHARED_AT_LAUNCH(type, name, bytes) type *const name = static_cast<type *>(emulated_shared_at_launch(bytes))

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct alignas(16) float4 {
  float x, y, z, w;
};

struct alignas(8) float2 {
  float x, y;
};

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;

void *emulated_shared(size_t bytes);
void *emulated_shared_at_launch(size_t bytes);
void __syncthreads(void);
int __syncthreads_or(int predicate);
void __syncwarp(unsigned mask = 0xffffffffu);
/* The 8 bytes that lane `from` of the warp brings; every lane of the warp comes here. */
uint64_t emulated_exchange(uint64_t mine, int from);

template <class T>
T emulated_shuffle(T value, int from) {
  uint64_t word = 0;
  memcpy(&word, &value, sizeof value);
  word = emulated_exchange(word, from);
  memcpy(&value, &word, sizeof value);
  return value;
}
static inline int emulated_lane() { return (int)(threadIdx.x % 32); }
template <class T>
T __shfl_sync(unsigned, T value, int from, int width = 32) {
  return emulated_shuffle(value, emulated_lane() / width * width + from % width);
}
template <class T>
T __shfl_down_sync(unsigned, T value, int delta, int width = 32) {
  int lane = emulated_lane();
  return emulated_shuffle(value, lane % width + delta < width ? lane + delta : lane);
}
template <class T>
T __shfl_xor_sync(unsigned, T value, int mask, int width = 32) {
  int lane = emulated_lane(), other = lane ^ mask;
  return emulated_shuffle(value, other / width == lane / width ? other : lane);
}
static inline unsigned long long atomicMax(unsigned long long *at, unsigned long long value) {
  const unsigned long long old = *at; /* one thread runs at a time */
  if (value > old) *at = value;
  return old;
}
template <class T>
T atomicAdd(T *at, T value) {
  const T old = *at;
  *at = old + value;
  return old;
}
static inline int __popc(unsigned word) { return __builtin_popcount(word); }
static inline int __ffs(int word) { return __builtin_ffs(word); }
unsigned __ballot_sync(unsigned mask, int predicate);

/* cp.async; CUDA_HOST_COPIES says when a copy happens. */
void emulated_copy(float *to, const float *from, int bytes);
void emulated_commit(void);
void emulated_wait(int groups);

/* cp.async.bulk and mbarrier (cuda/bulk.cuh). */
void emulated_barrier_make(uint64_t *barrier, int arrivals);
void emulated_barrier_show(void);
void emulated_barrier_arrive(uint64_t *barrier, int bytes);
void emulated_barrier_await(uint64_t *barrier, int phase);
void emulated_copy_line(float *to, const float *from, int bytes, uint64_t *barrier);

/* wgmma of bfloat16 (cuda/wgmma.cuh): d (64 x columns, this thread's `columns` / 2 numbers of it) = A B + d where `onto`. A is
 * 64 x 16 and B columns x 16, both of them by descriptors. */
uint64_t emulated_place(const void *shared); /* an address in shared memory, as descriptors have it */
void emulated_products_fence(void);
void emulated_multiply(float *d, int columns, uint64_t a, uint64_t b, bool onto);
void emulated_products_commit(void);
void emulated_products_wait(int groups);

/* mma of bytes (cuda/tensor_bytes.cuh), by a whole warp. */
void emulated_multiply_bytes(int sums[4], const unsigned a[4], const unsigned b[2]);

/* ---- the runtime ---- */

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInsufficientDriver = 35,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorNoKernelImageForDevice = 209,
  cudaErrorLaunchFailure = 719,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorStreamCaptureInvalidated = 901,
  cudaErrorStreamCaptureIsolation = 905
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3 };
enum { cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2, cudaHostAllocDefault = 0 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeRelaxed = 2 };
enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerMultiprocessor = 81
};
struct cudaDeviceProp {
  char name[256];
  size_t totalGlobalMem;
};
struct cudaFuncAttributes {
  int ptxVersion;
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
#define CUDART_VERSION 13000

typedef struct emulated_stream *cudaStream_t;
typedef struct emulated_event *cudaEvent_t;
typedef struct emulated_graph *cudaGraph_t, *cudaGraphExec_t;

const char *cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError(void);
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaMemGetInfo(size_t *free, size_t *total);
cudaError_t cudaMalloc(void **out, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaHostAlloc(void **out, size_t bytes, unsigned flags);
cudaError_t cudaFreeHost(void *memory);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned flags);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *out);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph);
template <class F>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, F, int threads, size_t) {
  return *blocks = 2048 / threads, cudaSuccess;
}

int emulated_capability();
template <class F>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, F) {
  return attributes->ptxVersion = emulated_capability(), cudaSuccess;
}
cudaError_t emulated_allow(const void *kernel, size_t shared);
template <class F>
cudaError_t cudaFuncSetAttribute(F kernel, cudaFuncAttribute, int bytes) {
  return emulated_allow((const void *)kernel, (size_t)bytes);
}

/* What a stream begins with, for libraries that are given one (test/cuda/cublas.c): puts work on it, with a copy of its
 * arguments. */
struct emulated_entry {
  int (*put)(struct emulated_stream *stream, void (*work)(void *arguments), const void *arguments, size_t bytes);
};

int emulated_setting(const char *name, int otherwise);

/* The launch: body is what one thread does. */
cudaError_t emulated_launch(const void *kernel, dim3 grid, dim3 block, size_t shared, cudaStream_t stream,
                            std::function<void()> body);

template <class... P, class... A>
void emulate(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared, cudaStream_t stream, A... arguments) {
  std::tuple<P...> kept(arguments...);
  emulated_launch((const void *)kernel, grid, block, shared, stream, [=] { std::apply(kernel, kept); });
}

#endif
