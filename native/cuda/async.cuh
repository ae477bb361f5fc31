/* Copies from device to shared memory that go on while the thread does other things: cp.async of sm_80 and newer. */
#ifndef TWEEDIE_CUDA_ASYNC_H
#define TWEEDIE_CUDA_ASYNC_H

#include "launch.cuh"

#if defined(TWEEDIE_CUDA_EMULATED)

typedef float *shared_place;
static inline shared_place place_of(float *at) { return at; }
static inline shared_place further(shared_place at, int floats) { return at + floats; }
static inline void copy4(shared_place to, const float *from) { emulated_copy(to, from, 4); }
static inline void copy16(shared_place to, const float *from) { emulated_copy(to, from, 16); }
static inline const char *line_of(const char *matrix, int line, int bytes) { return matrix + (int64_t)line * bytes; }
static inline void commit_copies() { emulated_commit(); }
template <int N>
static inline void wait_copies() {
  emulated_wait(N);
}

#else

/* An address in shared memory. On sm_90 it costs an instruction to find, so it is found once. */
typedef unsigned shared_place;
static __device__ __forceinline__ shared_place place_of(float *at) { return (unsigned)__cvta_generic_to_shared(at); }
static __device__ __forceinline__ shared_place further(shared_place at, int floats) { return at + 4u * (unsigned)floats; }
static __device__ __forceinline__ void copy4(shared_place to, const float *from) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"(to), "l"(from));
}
/* past the first-level cache, which has nothing to gain */
static __device__ __forceinline__ void copy16(shared_place to, const float *from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(from));
}
/* In one instruction; of a product of int64_t the compiler makes five. */
static __device__ __forceinline__ const char *line_of(const char *matrix, int line, int bytes) {
  const char *at;
  asm("mad.wide.s32 %0, %1, %2, %3;" : "=l"(at) : "r"(line), "r"(bytes), "l"(matrix));
  return at;
}
static __device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/* All but the last N groups that this thread committed have arrived. */
template <int N>
static __device__ __forceinline__ void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

#endif

#endif
