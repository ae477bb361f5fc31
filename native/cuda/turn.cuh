/* Arrays turned, 32 x 32 numbers at a time, so that both sides of memory see whole lines. */
#ifndef TWEEDIE_CUDA_TURN_H
#define TWEEDIE_CUDA_TURN_H

#include "launch.cuh"

/* One square by a block of THREADS: load(i, j) gives line i's number j of `lines` x `columns`, at most 32 each; store(j, i, v)
 * takes them turned. Neighbouring threads have neighbouring j in a load, neighbouring i in a store. Once in a kernel. */
template <class LOAD, class STORE>
static __device__ __forceinline__ void turn_square(int64_t lines, int64_t columns, LOAD load, STORE store) {
  SHARED(float, square, [32][33]);
  const int lane = (int)threadIdx.x % 32, line = (int)threadIdx.x / 32;
  for (int i = line; i < 32; i += THREADS / 32)
    if (i < lines && lane < columns) square[i][lane] = load(i, lane);
  __syncthreads();
  for (int j = line; j < 32; j += THREADS / 32)
    if (j < columns && lane < lines) store(j, lane, square[lane][j]);
}

#endif
