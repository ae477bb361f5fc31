/* Copies from device to shared memory that go on while the thread does other things: cp.async of sm_80 and newer. */
#ifndef TWEEDIE_CUDA_ASYNC_H
#define TWEEDIE_CUDA_ASYNC_H

#include "launch.cuh"

#if defined(TWEEDIE_CUDA_EMULATED)

static inline void copy4(float *to, const float *from) { emulated_copy(to, from, 4); }
static inline void copy16(float *to, const float *from) { emulated_copy(to, from, 16); }
static inline void commit_copies() { emulated_commit(); }
template <int N>
static inline void wait_copies() {
  emulated_wait(N);
}

#else

static __device__ __forceinline__ void copy4(float *to, const float *from) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"((unsigned)__cvta_generic_to_shared(to)), "l"(from));
}
/* past the first-level cache, which has nothing to gain */
static __device__ __forceinline__ void copy16(float *to, const float *from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"((unsigned)__cvta_generic_to_shared(to)), "l"(from));
}
static __device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/* All but the last N groups that this thread committed have arrived. */
template <int N>
static __device__ __forceinline__ void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

#endif

#endif
