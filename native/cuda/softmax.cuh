/* How a row's logits become weights, block by block, and its state: what the contract says of a row, for kernels that keep
 * logits in device memory (softmax.cu) and for one that keeps them in shared memory (score_fused.cu). Arrays "x rows" have
 * e.ld columns. */
#ifndef TWEEDIE_CUDA_SOFTMAX_H
#define TWEEDIE_CUDA_SOFTMAX_H

#include "noise.cuh"
#include "score.cuh"

/* By what the error of a row's logits is bounded; `coarse` is what fast mode adds to the scale. */
struct error_bound {
  float scale, coarse, reach, bound, widest_half;

  explicit error_bound(const pass &p)
      : scale(p.level.error_scale),
        coarse(p.coarse),
        reach(p.level.reach),
        bound(p.level.bound),
        widest_half(p.level.widest_half) {}
};

/* |x'|^2 of a row, and the bound. */
static __device__ __forceinline__ void measure_row(int64_t row, int64_t d, const error_bound &of, const float *x,
                                                   int64_t ld, float *norm, float *error) {
  float yy = 0.0f;
  for (int64_t j = 0; j < d; j++) yy = fmaf(x[j * ld + row], x[j * ld + row], yy);
  norm[row] = yy;
  float found = vf_logit_error(of.scale, of.reach, of.bound, of.widest_half, yy);
  /* coarse factors make no more rows refined, but the others' search for what may matter wider */
  if (refined(found)) found = vf_logit_error(of.scale + of.coarse, of.reach, of.bound, of.widest_half, yy);
  error[row] = found;
}

/* Subtracted from every logit of a block none of which weighs. */
#define NOTHING_WEIGHS FLT_MAX

/* What products of isotropic components become logits by. */
struct logit_columns {
  const float *bias, *scale, *shift, *norm;
  int64_t stride; /* of scale and shift */
};

/* base = largest logit of block b; for refine mass too, but infinity where one is no number. PRODUCTS become logits on the
 * way. */
template <bool PRODUCTS>
static __device__ __forceinline__ void find_block_top(const extent &e, int64_t row, int64_t b,
                                                      const logit_columns &columns, float *__restrict__ logits,
                                                      float *__restrict__ base, float *__restrict__ mass) {
  const int64_t k = b * e.block;
  const float *__restrict__ bias = columns.bias + k, *__restrict__ scale = columns.scale + k * columns.stride,
                            *__restrict__ shift = columns.shift + k * columns.stride;
  const float norm = PRODUCTS ? columns.norm[row] : 0.0f;
  float *of_row = logits + k * e.ld + row, top = -FLT_MAX;
  bool numbers = true;
  walk_column(of_row, e.ld, block_size(e, b), [&](int64_t i, float logit) {
    if (PRODUCTS) {
      const int64_t at = i * columns.stride;
      logit = fmaf(scale[at], logit, columns.stride ? fmaf(-shift[at], norm, bias[i]) : bias[i]);
      of_row[i * e.ld] = logit;
    }
    numbers = numbers && logit == logit;
    top = vf_max(logit, top);
  });
  base[b * e.ld + row] = top;
  if (mass) mass[b * e.ld + row] = numbers ? top : HUGE_VALF;
}

/* base = what is subtracted: the running maximum, or in a second pass that of all components; of refined rows the
 * running maximum in any case, which refine_row needs. */
static __device__ __forceinline__ void run_row_top(const extent &e, int64_t row, int64_t shard, const float *error,
                                                   const double *final_top, float *__restrict__ bases,
                                                   float *__restrict__ fades, double *tops) {
  const int64_t first = first_block(e, shard);
  const bool running = !final_top || refined(error[row]);
  const float final = final_top ? (float)final_top[row] : 0.0f;
  float top = -FLT_MAX;
  float *base = bases + first * e.ld + row, *fade = fades + first * e.ld + row;
  walk_column(base, e.ld, last_block(e, shard) - first, [&](int64_t b, float own) {
    const float before = top;
    top = vf_max(own, top);
    base[b * e.ld] = running ? top : final;
    fade[b * e.ld] = before - top;
  });
  tops[shard * e.ld + row] = top;
}

/* What the logits of isotropic components are made of in float64. */
struct direct_logits {
  const float *x, *centre, *means, *bias;
  const double *half, *constant;
  int64_t dim, stride, constant_stride;
  double alpha;
  float minus_alpha;

  explicit direct_logits(const pass &p)
      : x(p.x()),
        centre(p.prior.centre),
        means(p.means()),
        bias(p.level.bias + p.first),
        half(p.level.half + p.first * p.level.stride),
        constant(p.level.constant + p.first * p.level.constant_stride),
        dim(p.prior.dim),
        stride(p.level.stride),
        constant_stride(p.level.constant_stride),
        alpha(p.level.alpha),
        minus_alpha(-p.alpha) {}
};

/* |x' - alpha m|^2 by 16 threads, the 16 chains of the contract; every one of them gets it. */
static __device__ __forceinline__ double squared_distance(const direct_logits &of, const float *x, const float *m) {
  const int lane = (int)threadIdx.x % 16;
  double sum = 0.0;
  for (int64_t j = lane; j < of.dim; j += 16) {
    const double t = fma(-of.alpha, (double)m[j], (double)fmaf(of.minus_alpha, of.centre[j], x[j]));
    sum = fma(t, t, sum);
  }
  return fold16(sum);
}

/* The least logit of a row and block that may weigh once it is exact, by the largest one up to the block. */
static __device__ __forceinline__ float least_that_weighs(float most, float error) {
  /* where a product overflowed the largest logit says nothing */
  return most < HUGE_VALF ? most - fmaf(2.0f, error, TWEEDIE_CUTOFF) : -HUGE_VALF;
}

/* Logits of one row and block, lane by lane of a warp: those that may weigh are evaluated again, two at a time, relative to
 * the maximum that the block has moved, which is returned. */
static __device__ __forceinline__ double refine_block(const direct_logits &of, const float *x, int64_t k, int64_t n,
                                                      float least, double before, bool accumulating, float *logits,
                                                      int64_t ld, double *exact) {
  const int lane = (int)threadIdx.x % 32;
  double top = before;
  for (int64_t i = 0; i < n; i += 32) {
    const bool wanted = i + lane < n && !(logits[(i + lane) * ld] < least) && of.bias[k + i + lane] != -HUGE_VALF;
    if (i + lane < n) exact[i + lane] = -HUGE_VAL;
    __syncwarp();
    for (unsigned rest = __ballot_sync(0xffffffffu, wanted); rest != 0;) {
      const int one = __ffs((int)rest) - 1;
      rest &= rest - 1;
      const int two = rest ? __ffs((int)rest) - 1 : one; /* twice the same where there is no second */
      rest &= rest - 1;
      const int mine = lane < 16 ? one : two;
      const int64_t component = k + i + mine;
      const double distance = squared_distance(of, x, of.means + component * of.dim);
      const double logit = fma(-of.half[component * of.stride], distance, of.constant[component * of.constant_stride]);
      if (lane % 16 == 0 && (lane == 0 || two != one)) exact[i + mine] = logit;
      if (accumulating && logit > top) top = logit;
    }
  }
  const double other = __shfl_xor_sync(0xffffffffu, top, 16);
  if (other > top) top = other;
  __syncwarp();
  for (int64_t i = lane; i < n; i += 32)
    logits[i * ld] = exact[i] == -HUGE_VAL ? -2.0f * TWEEDIE_CUTOFF /* weighs nothing */ : (float)(exact[i] - top);
  return top;
}

/* A warp goes through the blocks of a refined row, and into those of which a logit may weigh; `exact` is the warp's. */
static __device__ __forceinline__ void refine_row(const extent &e, int64_t row, int64_t shard, const direct_logits &of,
                                                  const float *error, const double *final_top, float *logits,
                                                  float *base, float *fade, const float *mass, double *tops,
                                                  double *exact) {
  const int lane = (int)threadIdx.x % 32;
  const int64_t end = last_block(e, shard);
  const float *x = of.x + row * of.dim;
  double top = final_top ? final_top[row] : -HUGE_VAL;
  for (int64_t b = first_block(e, shard); b < end; b += 32) {
    const int64_t at = (b + lane) * e.ld + row;
    const float least = b + lane < end ? least_that_weighs(base[at], error[row]) : 0.0f;
    const bool wanted = b + lane < end && !(mass[at] < least);
    if (b + lane < end && !wanted) base[at] = NOTHING_WEIGHS, fade[at] = 0.0f;
    for (unsigned rest = __ballot_sync(0xffffffffu, wanted); rest != 0; rest &= rest - 1) {
      const int next = __ffs((int)rest) - 1;
      const int64_t k = (b + next) * e.block;
      const double before = top;
      top = refine_block(of, x, k, block_size(e, b + next), __shfl_sync(0xffffffffu, least, next), before, !final_top,
                         logits + k * e.ld + row, e.ld, exact);
      if (lane == next) base[at] = 0.0f, fade[at] = (float)(before - top);
    }
  }
  if (lane == 0) tops[shard * e.ld + row] = top;
}

/* Weights of block b; returns its mass. */
static __device__ __forceinline__ float weigh_block(const extent &e, int64_t row, int64_t b, float *__restrict__ logits,
                                                    const float *__restrict__ bases) {
  const int64_t k = b * e.block;
  const float base = bases[b * e.ld + row];
  float mass = 0.0f;
  float *of_row = logits + k * e.ld + row;
  walk_column(of_row, e.ld, block_size(e, b), [&](int64_t i, float logit) {
    const float w = vf_weight(logit - base);
    of_row[i * e.ld] = w;
    mass = mass + w;
  });
  return mass;
}

/* Uniform numbers of the rows of a group. */
struct fresh_numbers {
  tweedie_noise at; /* of the first row */
  const tweedie_noise *base;

  explicit fresh_numbers(const pass &p) : at(p.rows.noise), base(p.base) { at.row += (uint32_t)p.batch_row(); }
  __device__ float uniform(int64_t row, uint32_t block, int bit) const {
    tweedie_noise here = at;
    here.block = block;
    here.row += (uint32_t)row;
    here.stream ^= (uint32_t)1 << bit;
    return noise_uniform(moved(here, base), 0, 0);
  }
};

/* The component of a block that the draw falls on, from its weights; t = u sum lies within the block's mass. */
static __device__ __forceinline__ int64_t choose(const float *w, int64_t ld, float t) {
  int64_t i = 0;
  for (float s = w[0]; s < t; s += w[i * ld]) i++; /* ends: the last sum is the mass, the same chain */
  return i;
}

/* The chain of w slope, column d of acc. All its terms are zero for a data set. */
struct slope_columns {
  const float *slope;
  int64_t stride;

  __device__ float sum(const extent &e, int64_t shard, const float *weights, const float *fades) const {
    float sum = 0.0f;
    if (stride == 0 && slope[0] == 0.0f) return sum;
    for (int64_t b = first_block(e, shard); b < last_block(e, shard); b++) {
      sum = sum * fades[b * e.ld];
      for (int64_t i = b * e.block; i < e.n && i < (b + 1) * e.block; i++)
        sum = fmaf(weights[i * e.ld], slope[i * stride], sum);
    }
    return sum;
  }
};

/* What a shard adds up to, and what that becomes in a merge; slope and chosen may be null. */
struct shard_sums {
  double *top;
  float *sum, *slope;
  int64_t *chosen;
  float *keep, *take;
};

/* Sums and choice of a shard, from weights, masses and factors; `first` is the first component. */
static __device__ __forceinline__ void sum_row(const extent &e, int64_t row, int64_t shard, const fresh_numbers &fresh,
                                               int64_t first, const float *weights, const float *masses,
                                               const float *fades, const slope_columns &slopes, const shard_sums &to) {
  const int64_t at = shard * e.ld + row;
  float sum = 0.0f;
  int64_t chosen = -1;
  const uint32_t block = fresh.at.block + (uint32_t)(first / e.block);
  for (int64_t b = first_block(e, shard); b < last_block(e, shard); b++) {
    const float mass = masses[b * e.ld + row];
    sum = fmaf(sum, fades[b * e.ld + row], mass);
    if (!to.chosen || !(mass > 0.0f)) continue;
    const float t = fresh.uniform(row, block + (uint32_t)b, 31) * sum;
    if (t <= mass) chosen = first + b * e.block + choose(weights + b * e.block * e.ld + row, e.ld, t);
  }
  to.sum[at] = sum;
  if (to.chosen) to.chosen[at] = chosen;
  if (to.slope) to.slope[at] = slopes.sum(e, shard, weights + row, fades + row);
}

/* The state of a group: slope, width apart, and chosen may be null. */
struct group_state {
  double *top;
  float *sum, *slope;
  int64_t *chosen;
  int64_t width;
};

/* The shards, one after the other, into the state: evaluate_merge but for acc. `first` is the number of the first shard. */
static __device__ __forceinline__ void merge_row(const extent &e, int64_t row, const fresh_numbers &fresh,
                                                 int64_t first, const shard_sums &of, const group_state &state) {
  double top = state.top[row];
  float all = state.sum[row];
  for (int64_t shard = 0; shard < e.shards; shard++) {
    const int64_t at = shard * e.ld + row;
    const double before = top, other = of.top[at];
    top = other > before ? other : before;
    const float keep = vf_weight((float)(before - top)), take = vf_weight((float)(other - top));
    const float mass = of.sum[at] * take;
    all = fmaf(all, keep, mass);
    if (state.chosen && mass > 0.0f && fresh.uniform(row, (uint32_t)(first + shard), 30) * all <= mass)
      state.chosen[row] = of.chosen[at];
    of.keep[at] = keep;
    of.take[at] = take;
    if (state.slope) state.slope[row * state.width] = fmaf(state.slope[row * state.width], keep, of.slope[at] * take);
  }
  state.top[row] = top;
  state.sum[row] = all;
}

/* Isotropic: w pull, the factors of the means. The pull of a data set is 1. */
static __device__ __forceinline__ void pull_block(const extent &e, int64_t row, int64_t b,
                                                  const float *__restrict__ pull, int64_t stride,
                                                  float *__restrict__ weights) {
  const int64_t k = b * e.block;
  if (stride == 0 && pull[0] == 1.0f) return;
  float *of_row = weights + k * e.ld + row;
  walk_column(of_row, e.ld, block_size(e, b),
              [&](int64_t i, float w) { of_row[i * e.ld] = w * pull[(k + i) * stride]; });
}

#endif
