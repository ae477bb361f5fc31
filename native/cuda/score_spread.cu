/* Second moments about the mean: the diagonal of the posterior covariance, and its product with a vector. Threads are
 * rows of an element j, so that all they read of rows comes in whole lines and all they read of components is the same. */
#include "score.cuh"

enum { ELEMENTS = 8 }; /* of a thread: a weight is read once for so many */

/* The posterior mean of component k in direction j is slope x' + pull, its variance spread. */
struct affine {
  float slope, pull, spread;
};
static __device__ __forceinline__ affine affine_at(const pass &p, int64_t k, int64_t j) {
  const tweedie_level &level = p.level;
  const int64_t d = p.prior.dim;
  if (p.prior.kind == TWEEDIE_DIAGONAL) return {level.slope[k * d + j], level.pull[k * d + j], level.spread[k * d + j]};
  const int64_t at = k * level.stride;
  return {level.slope[at], level.pull[at] * p.prior.means[k * d + j], level.spread[at]};
}

/* part_j = fma(w, fma(t, t, h), part_j), t = M - mean_j, but where w is zero: the square may have overflowed there */
static __device__ __forceinline__ float moment(float w, float m, float mean, float h, float part) {
  const float t = m - mean;
  return 0.0f < w ? fmaf(w, fmaf(t, t, h), part) : part;
}

/* part_j = fma(w, fma(c, t_j, s_j), part_j), likewise */
static __device__ __forceinline__ float add_times(float w, float c, float t, float s, float part) {
  return 0.0f < w ? fmaf(w, fmaf(c, t, s), part) : part;
}

/* What a thread works on: a row, and elements from j on. */
struct place_in_part {
  int64_t row, j;
  int count;
};
static __device__ __forceinline__ place_in_part here(const pass &p, int elements) {
  const int64_t across = (p.size + blockDim.x - 1) / blockDim.x, j = blockIdx.x / across * elements;
  return {blockIdx.x % across * blockDim.x + threadIdx.x, j, p.prior.dim - j < elements ? (int)(p.prior.dim - j) : elements};
}

/* Components [k, k + n) of the shard. */
template <bool TIMES>
static __global__ void spread_axes(pass p, int64_t k, int64_t n) {
  const place_in_part at = here(p, ELEMENTS);
  if (at.row >= p.size) return;
  float x[ELEMENTS], mean[ELEMENTS], v[ELEMENTS], part[ELEMENTS];
#pragma unroll
  for (int e = 0; e < ELEMENTS; e++) {
    if (e >= at.count) continue;
    const int64_t here = (at.j + e) * p.s.ld + at.row;
    x[e] = p.s.x[here], mean[e] = p.s.mean[here], part[e] = p.s.part[here];
    if (TIMES) v[e] = p.s.vector[here];
  }
  for (int64_t i = k; i < k + n; i++) {
    const float w = p.s.logit[i * p.s.ld + at.row], c = TIMES ? p.s.along[(i - k) * p.s.ld + at.row] : 0.0f;
#pragma unroll
    for (int e = 0; e < ELEMENTS; e++) {
      if (e >= at.count) continue;
      const affine a = affine_at(p, p.first + i, at.j + e);
      const float m = fmaf(a.slope, x[e], a.pull);
      part[e] = TIMES ? add_times(w, c, m - mean[e], a.spread * v[e], part[e]) : moment(w, m, mean[e], a.spread, part[e]);
    }
  }
#pragma unroll
  for (int e = 0; e < ELEMENTS; e++)
    if (e < at.count) p.s.part[(at.j + e) * p.s.ld + at.row] = part[e];
}

/* along = (M - mean)'v of component k + blockIdx.y, for rows where it weighs */
static __global__ void dot_axes(pass p, int64_t k) {
  const int64_t row = first_item(), i = k + blockIdx.y;
  if (row >= p.size || !(0.0f < p.s.logit[i * p.s.ld + row])) return;
  float c = 0.0f;
  for (int64_t j = 0; j < p.prior.dim; j++) {
    const affine a = affine_at(p, p.first + i, j);
    const int64_t at = j * p.s.ld + row;
    c = fmaf(fmaf(a.slope, p.s.x[at], a.pull) - p.s.mean[at], p.s.vector[at], c);
  }
  p.s.along[blockIdx.y * p.s.ld + row] = c;
}

/* Of components with an eigenbasis; their means are in z. */
static __global__ void spread_basis(pass p, int64_t k, int64_t n) {
  const place_in_part at = here(p, 1);
  if (at.row >= p.size) return;
  const int64_t d = p.prior.dim, here = at.j * p.s.ld + at.row;
  float part = p.s.part[here];
  for (int64_t i = 0; i < n; i++)
    part = moment(p.s.logit[(k + i) * p.s.ld + at.row], p.s.z[(i * d + at.j) * p.s.ld + at.row], p.s.mean[here],
                  p.s.variance[i * d + at.j], part);
  p.s.part[here] = part;
}

static __global__ void dot_basis(pass p, int64_t k) {
  const int64_t row = first_item(), d = p.prior.dim;
  if (row >= p.size || !(0.0f < p.s.logit[(k + blockIdx.y) * p.s.ld + row])) return;
  const float *z = p.s.z + blockIdx.y * d * p.s.ld + row;
  float c = 0.0f;
  for (int64_t j = 0; j < d; j++)
    c = fmaf(z[j * p.s.ld] - p.s.mean[j * p.s.ld + row], p.s.vector[j * p.s.ld + row], c);
  p.s.along[blockIdx.y * p.s.ld + row] = c;
}

static __global__ void times_basis(pass p, int64_t k, int64_t n) {
  const place_in_part at = here(p, 1);
  if (at.row >= p.size) return;
  const int64_t d = p.prior.dim, here = at.j * p.s.ld + at.row;
  float part = p.s.part[here];
  for (int64_t i = 0; i < n; i++) {
    const int64_t of = (i * d + at.j) * p.s.ld + at.row;
    part = add_times(p.s.logit[(k + i) * p.s.ld + at.row], p.s.along[i * p.s.ld + at.row], p.s.z[of] - p.s.mean[here],
                     p.s.product[of], part);
  }
  p.s.part[here] = part;
}

/* diagonal += part / sum, turned back into rows */
static __global__ void add_part(pass p) {
  SHARED(float, square, [32][33]);
  const int64_t d = p.prior.dim, across = (d + 31) / 32;
  const int64_t row = blockIdx.x / across * 32, column = blockIdx.x % across * 32;
  const int lane = (int)threadIdx.x % 32, line = (int)threadIdx.x / 32;
  for (int i = line; i < 32; i += THREADS / 32)
    if (column + i < d && row + lane < p.size) square[i][lane] = p.s.part[(column + i) * p.s.ld + row + lane];
  __syncthreads();
  for (int i = line; i < 32; i += THREADS / 32) {
    if (row + i >= p.size || column + lane >= d) continue;
    const int64_t state = state_row(p, row + i);
    float *diagonal = p.rows.diagonal + state * d + column + lane;
    *diagonal = fmaf(square[lane][i], 1.0f / p.rows.sum[state], *diagonal);
  }
}

void add_spread(call &c, const pass &p, const float *v) {
  const int threads = row_threads(p.size);
  const int64_t d = p.prior.dim, across = tiles(p.size, threads);
  const bool basis = p.block == 1;
  transpose(c, p.size, d, p.rows.acc + p.group * p.width, p.width, p.s.mean, p.s.ld);
  if (v) transpose(c, p.size, d, v + (p.rows.begin + p.group) * d, d, p.s.vector, p.s.ld);
  clear_part(c, p);
  const int64_t step = basis ? p.s.chunk : v ? p.s.some : p.n;
  for (int64_t k = 0; k < p.n; k += step) {
    const int64_t n = smaller(p.n - k, step);
    if (basis) basis_means(c, p, k, n);
    if (basis && v) {
      basis_times(c, p, k, n);
      launch(c, dot_basis, across, n, threads, p, k);
      launch(c, times_basis, across * d, 1, threads, p, k, n);
    } else if (basis) {
      basis_variances(c, p, k, n);
      launch(c, spread_basis, across * d, 1, threads, p, k, n);
    } else if (v) {
      launch(c, dot_axes, across, n, threads, p, k);
      launch(c, spread_axes<true>, across * tiles(d, ELEMENTS), 1, threads, p, k, n);
    } else {
      launch(c, spread_axes<false>, across * tiles(d, ELEMENTS), 1, threads, p, k, n);
    }
  }
  launch(c, add_part, tiles(p.size, 32) * tiles(d, 32), 1, THREADS, p);
}
