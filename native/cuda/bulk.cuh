/* Copies from device to shared memory that the device's copy engine makes, a line in one instruction, and the barriers
 * that count their bytes: cp.async.bulk and mbarrier of sm_90. Of lines that are whole in memory this form needs no tensor
 * map, and so nothing of the driver. Newer architectures have them too, but their fma come in pairs, for which another
 * kernel would be right; of product_bulk.cu's some would spill there. */
#ifndef TWEEDIE_CUDA_BULK_H
#define TWEEDIE_CUDA_BULK_H

#include "async.cuh"

/* Whether this nvcc knows the instructions; in device code, whether this architecture uses them. */
#if defined(TWEEDIE_CUDA_EMULATED) || \
    (__CUDACC_VER_MAJOR__ >= 12 && (!defined(__CUDA_ARCH__) || (__CUDA_ARCH__ >= 900 && __CUDA_ARCH__ < 1000)))
#define BULK_COPIES 1
#else
#define BULK_COPIES 0
#endif

#if defined(TWEEDIE_CUDA_EMULATED)

typedef uint64_t *barrier_place;
static inline barrier_place place_of(uint64_t *at) { return at; }
static inline barrier_place further_barrier(barrier_place at, int barriers) { return at + barriers; }
static inline void make_barrier(barrier_place at, int arrivals) { emulated_barrier_make(at, arrivals); }
static inline void show_barriers() { emulated_barrier_show(); }
static inline void arrive(barrier_place at) { emulated_barrier_arrive(at, 0); }
static inline void arrive_expecting(barrier_place at, int bytes) { emulated_barrier_arrive(at, bytes); }
static inline void await(barrier_place at, int phase) { emulated_barrier_await(at, phase); }
static inline void copy_line(shared_place to, const float *from, int bytes, barrier_place at) {
  emulated_copy_line(to, from, bytes, at);
}

#elif BULK_COPIES

typedef unsigned barrier_place;
static __device__ __forceinline__ barrier_place place_of(uint64_t *at) {
  return (unsigned)__cvta_generic_to_shared(at);
}
static __device__ __forceinline__ barrier_place further_barrier(barrier_place at, int barriers) {
  return at + 8u * (unsigned)barriers;
}
/* A phase ends when so many arrivals and all bytes that they expect have come. The first is phase 0. */
static __device__ __forceinline__ void make_barrier(barrier_place at, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(at), "r"(arrivals) : "memory");
}
/* To the copy engine; to other threads by __syncthreads, after it. */
static __device__ __forceinline__ void show_barriers() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
static __device__ __forceinline__ void arrive(barrier_place at) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(at) : "memory");
}
static __device__ __forceinline__ void arrive_expecting(barrier_place at, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(at), "r"(bytes) : "memory");
}
/* Until the phase has ended; `phase` is its lowest bit, and the one before the first has. */
static __device__ __forceinline__ void await(barrier_place at, int phase) {
  int ended;
  do {
    asm volatile(
        "{\n.reg .pred ended;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 ended, [%1], %2;\n"
        "selp.s32 %0, 1, 0, ended;\n}"
        : "=r"(ended)
        : "r"(at), "r"(phase)
        : "memory");
  } while (!ended);
}
/* Addresses and bytes are multiples of 16. */
static __device__ __forceinline__ void copy_line(shared_place to, const float *from, int bytes, barrier_place at) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
               "l"(from), "r"(bytes), "r"(at)
               : "memory");
}

#endif

#endif
