/* Second moments about the mean: the diagonal of the posterior covariance, and its product with a vector. Threads are
 * rows of an element j, so that all they read of rows comes in whole lines and all they read of components is the same. */
#include "score.cuh"
#include "turn.cuh"

enum { ELEMENTS = 8 }; /* of a thread: a weight is read once for so many */

/* The posterior mean of component k in direction j is slope x' + pull, its variance spread. */
struct affine {
  float slope, pull, spread;
};
struct affine_columns {
  const float *slope, *pull, *spread, *means;
  int64_t d, stride;
  bool diagonal;

  explicit affine_columns(const pass &p) : d(p.prior.dim), stride(p.level.stride) {
    diagonal = p.prior.kind == TWEEDIE_DIAGONAL;
    const int64_t at = p.first * (diagonal ? d : stride);
    slope = p.level.slope + at, pull = p.level.pull + at, spread = p.level.spread + at, means = p.means();
  }
  __device__ __forceinline__ affine at(int64_t k, int64_t j) const {
    const int64_t here = diagonal ? k * d + j : k * stride;
    return {slope[here], diagonal ? pull[here] : pull[here] * means[k * d + j], spread[here]};
  }
};
/* Of rows, d x rows: x', the mean, a vector or null. */
struct row_columns {
  const float *x, *mean, *vector;
};

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
static __device__ __forceinline__ place_in_part part_here(int64_t rows, int64_t d, int elements) {
  const int64_t across = (rows + blockDim.x - 1) / blockDim.x, j = blockIdx.x / across * elements;
  return {blockIdx.x % across * blockDim.x + threadIdx.x, j, d - j < elements ? (int)(d - j) : elements};
}

/* Of e.n components, by their weights; along is (M - mean)'vector. */
template <bool TIMES>
static __global__ void spread_axes(extent e, affine_columns columns, row_columns rows,
                                   const float *__restrict__ weights, const float *__restrict__ along,
                                   float *__restrict__ parts) {
  const place_in_part at = part_here(e.size, columns.d, ELEMENTS);
  if (at.row >= e.size) return;
  float x[ELEMENTS], mean[ELEMENTS], v[ELEMENTS], part[ELEMENTS];
#pragma unroll
  for (int l = 0; l < ELEMENTS; l++) {
    if (l >= at.count) continue;
    const int64_t here = (at.j + l) * e.ld + at.row;
    x[l] = rows.x[here], mean[l] = rows.mean[here], part[l] = parts[here];
    if (TIMES) v[l] = rows.vector[here];
  }
  for (int64_t i = 0; i < e.n; i++) {
    const float w = weights[i * e.ld + at.row], c = TIMES ? along[i * e.ld + at.row] : 0.0f;
#pragma unroll
    for (int l = 0; l < ELEMENTS; l++) {
      if (l >= at.count) continue;
      const affine a = columns.at(i, at.j + l);
      const float m = fmaf(a.slope, x[l], a.pull);
      part[l] =
          TIMES ? add_times(w, c, m - mean[l], a.spread * v[l], part[l]) : moment(w, m, mean[l], a.spread, part[l]);
    }
  }
#pragma unroll
  for (int l = 0; l < ELEMENTS; l++)
    if (l < at.count) parts[(at.j + l) * e.ld + at.row] = part[l];
}

/* along = (M - mean)'v of component blockIdx.y, for rows where it weighs */
static __global__ void dot_axes(extent e, affine_columns columns, row_columns rows, const float *weights,
                                float *along) {
  const int64_t row = first_item(), i = blockIdx.y;
  if (row >= e.size || !(0.0f < weights[i * e.ld + row])) return;
  float c = 0.0f;
  for (int64_t j = 0; j < columns.d; j++) {
    const affine a = columns.at(i, j);
    const int64_t at = j * e.ld + row;
    c = fmaf(fmaf(a.slope, rows.x[at], a.pull) - rows.mean[at], rows.vector[at], c);
  }
  along[i * e.ld + row] = c;
}

/* Of components with an eigenbasis, from their means and variances. */
static __global__ void spread_means(extent e, int64_t d, const float *weights, const float *means,
                                    const float *variance, const float *mean, float *parts) {
  const place_in_part at = part_here(e.size, d, 1);
  if (at.row >= e.size) return;
  const int64_t here = at.j * e.ld + at.row;
  float part = parts[here];
  for (int64_t i = 0; i < e.n; i++)
    part = moment(weights[i * e.ld + at.row], means[(i * d + at.j) * e.ld + at.row], mean[here], variance[i * d + at.j],
                  part);
  parts[here] = part;
}

static __global__ void dot_means(extent e, int64_t d, const float *weights, const float *means, row_columns rows,
                                 float *along) {
  const int64_t row = first_item(), i = blockIdx.y;
  if (row >= e.size || !(0.0f < weights[i * e.ld + row])) return;
  const float *m = means + i * d * e.ld + row;
  float c = 0.0f;
  for (int64_t j = 0; j < d; j++) c = fmaf(m[j * e.ld] - rows.mean[j * e.ld + row], rows.vector[j * e.ld + row], c);
  along[i * e.ld + row] = c;
}

/* The same as spread_means of products with covariances. */
static __global__ void times_means(extent e, int64_t d, const float *weights, const float *means, const float *products,
                                   const float *mean, const float *along, float *parts) {
  const place_in_part at = part_here(e.size, d, 1);
  if (at.row >= e.size) return;
  const int64_t here = at.j * e.ld + at.row;
  float part = parts[here];
  for (int64_t i = 0; i < e.n; i++) {
    const int64_t of = (i * d + at.j) * e.ld + at.row;
    part = add_times(weights[i * e.ld + at.row], along[i * e.ld + at.row], means[of] - mean[here], products[of], part);
  }
  parts[here] = part;
}

/* diagonal += part / sum, turned back into rows */
static __global__ void add_part(extent e, int64_t d, const float *parts, const float *sum, float *diagonal) {
  const int64_t across = (d + 31) / 32, row = blockIdx.x / across * 32, column = blockIdx.x % across * 32;
  turn_square(
      d - column, e.size - row, [&](int i, int j) { return parts[(column + i) * e.ld + row + j]; },
      [&](int j, int i, float v) {
        float *to = diagonal + (row + j) * d + column + i;
        *to = fmaf(v, 1.0f / sum[row + j], *to);
      });
}

/* What components [k, k + n) of the shard add to part. */
static void spread_some(call &c, const pass &p, int64_t k, int64_t n, bool times) {
  const score_space &s = p.s;
  const int threads = row_threads(p.size);
  const int64_t d = p.prior.dim, across = tiles(p.size, threads);
  const row_columns rows = {s.x, s.mean, s.vector};
  const float *weights = s.logit + k * p.ld;
  pass some = p;
  some.first += k, some.n = n;
  if (p.block == 1) {
    basis_means(c, p, k, n);
    if (times) {
      basis_times(c, p, k, n);
      launch(c, dot_means, across, n, threads, some, d, weights, s.z, rows, s.along);
      launch(c, times_means, across * d, 1, threads, some, d, weights, s.z, s.product, s.mean, s.along, s.part);
    } else {
      basis_variances(c, p, k, n);
      launch(c, spread_means, across * d, 1, threads, some, d, weights, s.z, s.variance, s.mean, s.part);
    }
    return;
  }
  const affine_columns columns(some);
  if (times) launch(c, dot_axes, across, n, threads, some, columns, rows, weights, s.along);
  launch(c, times ? spread_axes<true> : spread_axes<false>, across * tiles(d, ELEMENTS), 1, threads, some, columns,
         rows, weights, s.along, s.part);
}

void add_spread(call &c, const pass &p, const float *v) {
  const int64_t d = p.prior.dim;
  transpose(c, p.size, d, p.acc(), p.width, p.s.mean, p.s.ld);
  if (v) transpose(c, p.size, d, v + p.batch_row() * d, d, p.s.vector, p.s.ld);
  clear_part(c, p);
  const int64_t step = p.block == 1 ? p.s.chunk : v ? p.s.some : p.n;
  for (int64_t k = 0; k < p.n; k += step) spread_some(c, p, k, smaller(p.n - k, step), v != NULL);
  launch(c, add_part, tiles(p.size, 32) * tiles(d, 32), 1, THREADS, p, d, p.s.part, p.sum(),
         p.rows.diagonal + p.group * d);
}
