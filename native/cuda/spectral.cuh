/* Logits in float64 of components with variances of their own (diagonal, low rank, full), of a row that may need them:
 * cpu/score_spectral.c says which. A warp a row goes from block to block; half a warp evaluates a logit. */
#ifndef TWEEDIE_CUDA_SPECTRAL_H
#define TWEEDIE_CUDA_SPECTRAL_H

#include "score.cuh"

#include "formula.h"

/* What logits of such components are made of. */
struct spectral_logits {
  const float *x, *centre, *means, *basis, *rest, *bias, *steep, *far, *norm;
  const double *half, *constant;
  double *along; /* 2 x rank of every row */
  int64_t dim, rank, constant_stride;
  double alpha;
  float minus_alpha, error_scale;
  int32_t kind;

  explicit spectral_logits(const pass &p)
      : x(p.x()),
        centre(p.prior.centre),
        means(p.means()),
        bias(p.level.bias + p.first),
        steep(p.level.steep + p.first),
        far(p.level.far + p.first),
        norm(p.s.norm),
        constant(p.level.constant + p.first * p.level.constant_stride),
        along(p.s.along64),
        dim(p.prior.dim),
        rank(p.prior.rank),
        constant_stride(p.level.constant_stride),
        alpha(p.level.alpha),
        minus_alpha(-p.alpha),
        error_scale(p.level.error_scale),
        kind(p.prior.kind) {
    const bool has_basis = kind != TWEEDIE_DIAGONAL;
    const int64_t halves = kind == TWEEDIE_DIAGONAL ? dim : kind == TWEEDIE_LOW_RANK ? rank + 1 : rank;
    basis = has_basis ? p.prior.basis + p.first * dim * rank : NULL;
    rest = has_basis ? p.prior.rest + p.first * dim * rank : NULL;
    half = p.level.half + p.first * halves;
  }
};

/* z_j = x'_j - alpha m_j */
static __device__ __forceinline__ double difference(const spectral_logits &of, const float *x, const float *m,
                                                    int64_t j) {
  return fma(-of.alpha, (double)m[j], (double)fmaf(of.minus_alpha, of.centre[j], x[j]));
}

/* By 16 threads, the 16 chains of the contract; every one of them gets it. Both halves of a warp come here, and a low
 * rank's row in the eigenbasis passes between threads through `along`. */
static __device__ __forceinline__ double direct_logit(const spectral_logits &of, const float *x, int64_t component,
                                                      double *along) {
  const int lane = (int)threadIdx.x % 16;
  const int64_t d = of.dim, r = of.rank;
  const float *m = of.means + component * d;
  const double constant = of.constant[component * of.constant_stride];
  double sum = 0.0;
  if (of.kind == TWEEDIE_DIAGONAL) {
    const double *half = of.half + component * d;
    for (int64_t j = lane; j < d; j += 16) {
      const double z = difference(of, x, m, j);
      sum = fma(z * z, half[j], sum);
    }
    return constant - fold16(sum);
  }
  const bool low_rank = of.kind == TWEEDIE_LOW_RANK;
  const float *basis = of.basis + component * d * r, *rest = of.rest + component * d * r;
  const double *half = of.half + component * (r + (low_rank ? 1 : 0));
  for (int64_t e = lane; e < r; e += 16) {
    double v = 0.0;
    for (int64_t j = 0; j < d; j++)
      v = fma((double)basis[j * r + e] + (double)rest[j * r + e], difference(of, x, m, j), v);
    sum = fma(v * v, half[e], sum);
    if (low_rank) along[e] = v;
  }
  const double form = fold16(sum);
  if (!low_rank) return constant - form;
  __syncwarp();
  double squares = 0.0;
  for (int64_t j = lane; j < d; j += 16) {
    double off = difference(of, x, m, j);
    for (int64_t e = 0; e < r; e++) off = fma(-((double)basis[j * r + e] + (double)rest[j * r + e]), along[e], off);
    squares = fma(off, off, squares);
  }
  const double beside = fold16(squares);
  __syncwarp(); /* before `along` is written again */
  return constant - fma(beside, half[r], form);
}

/* What the row's logit of a component may be wrong by. */
static __device__ __forceinline__ float error_of(const spectral_logits &of, int64_t row, int64_t component,
                                                 float logit) {
  return vf_spectral_error(of.error_scale, of.bias[component], of.steep[component], of.far[component],
                           vf_sqrt(of.norm[row]), logit);
}

/* n logits of one row and block from k on, lane by lane of a warp: float64 ones to exact, for the first time or again. */
static __device__ __forceinline__ void evaluate_block(const spectral_logits &of, int64_t row, int64_t k, int64_t n,
                                                      const float *logits, int64_t ld, double *exact, float *lead) {
  const int lane = (int)threadIdx.x % 32;
  const float *x = of.x + row * of.dim;
  double *along = of.along + (2 * row + lane / 16) * of.rank;
  for (int64_t i = lane; i < n; i += 32) {
    const float l = logits[i * ld];
    *lead = vf_max(l - error_of(of, row, k + i, l), *lead);
  }
  for (int other = 16; other > 0; other /= 2) *lead = vf_max(__shfl_xor_sync(0xffffffffu, *lead, other), *lead);
  const float threshold = *lead - TWEEDIE_CUTOFF;
  for (int64_t i = 0; i < n; i += 32) {
    bool wanted = false;
    if (i + lane < n) {
      const float l = logits[(i + lane) * ld], error = error_of(of, row, k + i + lane, l);
      const bool weighs = of.bias[k + i + lane] != -HUGE_VALF;
      wanted = weighs && refined(error) && !(l + error < threshold); /* also where there is no number */
      exact[i + lane] = weighs ? (double)l : -HUGE_VAL;
    }
    __syncwarp();
    for (unsigned rest = __ballot_sync(0xffffffffu, wanted); rest != 0;) {
      const int one = __ffs((int)rest) - 1;
      rest &= rest - 1;
      const int two = rest ? __ffs((int)rest) - 1 : one; /* twice the same where there is no second */
      rest &= rest - 1;
      const int mine = lane < 16 ? one : two;
      const double e = direct_logit(of, x, k + i + mine, along);
      if (lane % 16 == 0 && (lane == 0 || two != one)) exact[i + mine] = e;
    }
  }
  __syncwarp();
}

/* Logits from exact ones, relative to the maximum that the block has moved, which is returned. */
static __device__ __forceinline__ double settle_block(int64_t n, double before, bool accumulating, float *logits,
                                                      int64_t ld, const double *exact) {
  const int lane = (int)threadIdx.x % 32;
  double top = before;
  for (int64_t i = lane; accumulating && i < n; i += 32) top = exact[i] > top ? exact[i] : top;
  for (int across = 16; across > 0; across /= 2) {
    const double other = __shfl_xor_sync(0xffffffffu, top, across);
    top = other > top ? other : top;
  }
  for (int64_t i = lane; i < n; i += 32) logits[i * ld] = (float)(exact[i] - top);
  return top;
}

/* All logits of a refined row are made relative to the exact maximum, so a warp goes through all of them; `exact` is the
 * warp's. */
static __device__ __forceinline__ void refine_spectral_row(const extent &e, int64_t row, int64_t shard,
                                                           const spectral_logits &of, const double *final_top,
                                                           float *logits, float *base, float *fade, double *tops,
                                                           double *exact) {
  const int lane = (int)threadIdx.x % 32;
  double top = final_top ? final_top[row] : -HUGE_VAL;
  float lead = -FLT_MAX;
  for (int64_t b = first_block(e, shard); b < last_block(e, shard); b++) {
    const int64_t k = b * e.block, n = block_size(e, b);
    float *of_row = logits + k * e.ld + row;
    evaluate_block(of, row, k, n, of_row, e.ld, exact, &lead);
    const double before = top;
    top = settle_block(n, before, !final_top, of_row, e.ld, exact);
    if (lane == 0) base[b * e.ld + row] = 0.0f, fade[b * e.ld + row] = (float)(before - top);
  }
  if (lane == 0) tops[shard * e.ld + row] = top;
}

#endif
