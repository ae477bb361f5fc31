/* What forms of fast mode share: rows and weights as factors of products, and the state that sums are added to. */
#ifndef TWEEDIE_CUDA_SCORE_FAST_H
#define TWEEDIE_CUDA_SCORE_FAST_H

#include "product_parts.cuh"
#include "score.cuh"

/* x', and the weights relative to the merged maximum. */
struct shifted_rows {
  const float *x, *centre;
  int64_t d;
  float minus_alpha;
  __device__ __forceinline__ float operator()(int64_t row, int64_t j) const {
    return fmaf(minus_alpha, centre[j], x[row * d + j]);
  }
};
struct faded_weights {
  const float *weights, *fades;
  int64_t ld;
  unsigned block;
  __device__ __forceinline__ float operator()(int64_t row, int64_t k) const {
    return weights[k * ld + row] * fades[(unsigned)k / block * ld + row];
  }
};

/* s.fade = factors of weights of blocks that make them relative to the merged maximum; acc of the state = keep acc, to which
 * their sums are added. */
void fade_state(call &c, const pass &p);

#endif
