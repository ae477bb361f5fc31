/* Logits in float64 of components with variances of their own (diagonal, low rank, full), for rows that may need them:
 * cpu/score_spectral.c says which. A warp a row goes from block to block; half a warp evaluates a logit. */
#include "score.cuh"

#include "formula.h"

enum { ROWS = 8 }; /* of a block of threads, a warp each */

/* z_j = x'_j - alpha m_j */
static __device__ double difference(const pass &p, const float *x, const float *m, int64_t j) {
  return fma(-p.level.alpha, (double)m[j], (double)fmaf(-p.alpha, p.prior.centre[j], x[j]));
}

/* By 16 threads, the 16 chains of the contract; every one of them gets it. Both halves of a warp come here, and a low
 * rank's row in the eigenbasis passes between threads through `along`. */
static __device__ double direct_logit(const pass &p, const float *x, int64_t component, double *along) {
  const int lane = (int)threadIdx.x % 16;
  const int64_t d = p.prior.dim, r = p.prior.rank;
  const float *m = p.prior.means + component * d;
  const double constant = p.level.constant[component * p.level.constant_stride];
  double sum = 0.0;
  if (p.prior.kind == TWEEDIE_DIAGONAL) {
    const double *half = p.level.half + component * d;
    for (int64_t j = lane; j < d; j += 16) {
      const double z = difference(p, x, m, j);
      sum = fma(z * z, half[j], sum);
    }
    return constant - fold16(sum);
  }
  const bool low_rank = p.prior.kind == TWEEDIE_LOW_RANK;
  const float *basis = p.prior.basis + component * d * r, *rest = p.prior.rest + component * d * r;
  const double *half = p.level.half + component * (r + (low_rank ? 1 : 0));
  for (int64_t e = lane; e < r; e += 16) {
    double v = 0.0;
    for (int64_t j = 0; j < d; j++)
      v = fma((double)basis[j * r + e] + (double)rest[j * r + e], difference(p, x, m, j), v);
    sum = fma(v * v, half[e], sum);
    if (low_rank) along[e] = v;
  }
  const double form = fold16(sum);
  if (!low_rank) return constant - form;
  __syncwarp();
  double squares = 0.0;
  for (int64_t j = lane; j < d; j += 16) {
    double off = difference(p, x, m, j);
    for (int64_t e = 0; e < r; e++)
      off = fma(-((double)basis[j * r + e] + (double)rest[j * r + e]), along[e], off);
    squares = fma(off, off, squares);
  }
  const double beside = fold16(squares);
  __syncwarp(); /* before `along` is written again */
  return constant - fma(beside, half[r], form);
}

/* What the row's logit of a component may be wrong by. */
static __device__ float error_of(const pass &p, int64_t row, int64_t component, float logit) {
  return vf_spectral_error(p.level.error_scale, p.level.bias[component], p.level.steep[component],
                           p.level.far[component], vf_sqrt(p.s.norm[row]), logit);
}

/* Logits of one row and block, lane by lane of a warp: float64 ones to exact, for the first time or again. */
static __device__ void evaluate_block(const pass &p, int64_t row, int64_t k, int64_t n, double *exact, float *lead) {
  const int lane = (int)threadIdx.x % 32;
  const float *x = p.rows.x + batch_row(p, row) * p.prior.dim, *logits = p.s.logit + k * p.s.ld + row;
  double *along = p.s.along64 + (2 * row + lane / 16) * p.prior.rank;
  for (int64_t i = lane; i < n; i += 32) {
    const float l = logits[i * p.s.ld];
    *lead = vf_max(l - error_of(p, row, p.first + k + i, l), *lead);
  }
  for (int other = 16; other > 0; other /= 2) *lead = vf_max(__shfl_xor_sync(0xffffffffu, *lead, other), *lead);
  const float threshold = *lead - TWEEDIE_CUTOFF;
  for (int64_t i = 0; i < n; i += 32) {
    const int64_t k0 = p.first + k + i;
    bool wanted = false;
    if (i + lane < n) {
      const float l = logits[(i + lane) * p.s.ld], error = error_of(p, row, k0 + lane, l);
      const bool weighs = p.level.bias[k0 + lane] != -HUGE_VALF;
      wanted = weighs && !(error <= TWEEDIE_LOGIT_ERROR || l + error < threshold); /* also where there is no number */
      exact[i + lane] = weighs ? (double)l : -HUGE_VAL;
    }
    __syncwarp();
    for (unsigned rest = __ballot_sync(0xffffffffu, wanted); rest != 0;) {
      const int one = __ffs((int)rest) - 1;
      rest &= rest - 1;
      const int two = rest ? __ffs((int)rest) - 1 : one; /* twice the same where there is no second */
      rest &= rest - 1;
      const int mine = lane < 16 ? one : two;
      const double e = direct_logit(p, x, k0 + mine, along);
      if (lane % 16 == 0 && (lane == 0 || two != one)) exact[i + mine] = e;
    }
  }
  __syncwarp();
}

/* Returns the maximum that the block has moved. */
static __device__ double refine_block(const pass &p, int64_t row, int64_t k, int64_t n, double before,
                                      const double *exact) {
  const int lane = (int)threadIdx.x % 32;
  const int64_t b = k / p.block;
  double top = before;
  for (int64_t i = lane; p.accumulating && i < n; i += 32) top = exact[i] > top ? exact[i] : top;
  for (int across = 16; across > 0; across /= 2) {
    const double other = __shfl_xor_sync(0xffffffffu, top, across);
    top = other > top ? other : top;
  }
  for (int64_t i = lane; i < n; i += 32) p.s.logit[(k + i) * p.s.ld + row] = (float)(exact[i] - top);
  if (lane == 0) {
    p.s.base[b * p.s.ld + row] = 0.0f;
    p.s.fade[b * p.s.ld + row] = (float)(before - top);
  }
  return top;
}

/* All logits of a refined row are made relative to the exact maximum, so a warp goes through all of them. */
static __global__ void __launch_bounds__(32 * ROWS, 2) refine(pass p) {
  SHARED(double, exact, [ROWS][TWEEDIE_BLOCK_DIAGONAL]);
  const int w = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32;
  const int64_t row = (int64_t)blockIdx.x * ROWS + w, shard = blockIdx.y;
  if (row >= p.size || !refined(p, row)) return;
  double top = p.accumulating ? -HUGE_VAL : p.rows.top[state_row(p, row)];
  float lead = -FLT_MAX;
  for (int64_t b = first_block(p, shard); b < last_block(p, shard); b++) {
    const int64_t k = b * p.block, n = p.n - k < p.block ? p.n - k : p.block;
    evaluate_block(p, row, k, n, exact[w], &lead);
    top = refine_block(p, row, k, n, top, exact[w]);
  }
  if (lane == 0) p.s.top[shard * p.s.ld + row] = top;
}

void refine_spectral(call &c, const pass &p) { launch(c, refine, tiles(p.size, ROWS), p.shards, 32 * ROWS, p); }
