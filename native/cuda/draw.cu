/* The Gaussian part of the exact reverse kernel: a block of threads a row, since rows have components of their own. */
#include "noise.cuh"
#include "score.cuh"

struct draw {
  tweedie_prior prior;
  tweedie_reverse reverse;
  tweedie_rows rows;
  float minus_alpha, target;
  const tweedie_noise *base;
  float *xi, *z, *v; /* of a group of rows: fresh noise, the row seen from its component, both in its eigenbasis */
  int64_t group;         /* the first of these rows */
  float *out;
};

/* out = target centre + keep x' + pull m + noise xi */
static __device__ void draw_axes(const draw &s, int64_t k, const float *x, const float *xi, float *out) {
  const int64_t d = s.prior.dim;
  const bool diagonal = s.prior.kind == TWEEDIE_DIAGONAL;
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    const int64_t at = diagonal ? k * d + j : k * s.reverse.stride;
    const float centre = s.prior.centre[j];
    float o = fmaf(s.reverse.keep[at], fmaf(s.minus_alpha, centre, x[j]), s.target * centre);
    o = fmaf(s.reverse.pull[at], s.prior.means[k * d + j], o);
    out[j] = fmaf(s.reverse.noise[at], xi[j], o);
  }
}

static __device__ float project(const float *u, int64_t d, int64_t r, int64_t e, const float *z) {
  float sum = 0.0f;
  for (int64_t j = 0; j < d; j++) sum = fmaf(z[j], u[j * r + e], sum);
  return sum;
}

static __device__ void draw_basis(const draw &s, int64_t k, const float *x, const float *xi, float *z, float *v,
                                  float *out) {
  const int64_t d = s.prior.dim, r = s.prior.rank;
  const bool low_rank = s.prior.kind == TWEEDIE_LOW_RANK;
  const float *u = s.prior.basis + k * d * r;
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    const float centre = s.prior.centre[j], m = s.prior.means[k * d + j];
    const float seen = fmaf(s.minus_alpha, m, fmaf(s.minus_alpha, centre, x[j]));
    float o = s.target * (centre + m);
    if (low_rank) {
      o = fmaf(s.reverse.keep_rest[k], seen, o);
      o = fmaf(s.reverse.noise_rest[k], xi[j], o);
    }
    z[j] = seen;
    out[j] = o;
  }
  __syncthreads();
  for (int64_t e = threadIdx.x; e < r; e += blockDim.x) {
    const float p = project(u, d, r, e, z), fresh = low_rank ? project(u, d, r, e, xi) : xi[e];
    v[e] = fmaf(s.reverse.noise[k * r + e], fresh, s.reverse.keep[k * r + e] * p);
  }
  __syncthreads();
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    float sum = out[j];
    for (int64_t e = 0; e < r; e++) sum = fmaf(v[e], u[j * r + e], sum);
    out[j] = sum;
  }
}

static __global__ void draw_rows(draw s) {
  const int64_t d = s.prior.dim, i = s.group + blockIdx.x, row = s.rows.begin + i, k = s.rows.chosen[i];
  float *xi = s.xi + blockIdx.x * d, *z = s.z + blockIdx.x * d, *v = s.v + blockIdx.x * s.prior.rank;
  float *out = s.out + row * d;
  const tweedie_noise noise = moved(s.rows.noise, s.base);
  for (int64_t block = threadIdx.x; 4 * block < d; block += blockDim.x) {
    float quad[4];
    noise_quad(NOISE_NORMAL, noise, (uint32_t)block, (uint32_t)row, quad);
    store_quad<false>(xi + 4 * block, d - 4 * block < 4 ? (int)(d - 4 * block) : 4, quad);
  }
  __syncthreads();
  if (k < 0) { /* every logit overflowed: there is nothing to draw from */
    for (int64_t j = threadIdx.x; j < d; j += blockDim.x) out[j] = NAN;
  } else if (s.prior.kind == TWEEDIE_ISOTROPIC || s.prior.kind == TWEEDIE_DIAGONAL) {
    draw_axes(s, k, s.rows.x + row * d, xi, out);
  } else {
    draw_basis(s, k, s.rows.x + row * d, xi, z, v, out);
  }
}

int32_t tweedie_cuda_draw(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_reverse *reverse,
                          const tweedie_rows *rows, float *out, void *scratch) {
  call c(cuda, "draw");
  if (c.refused() || rows->rows <= 0) return c.status;
  const int64_t d = prior->dim, r = prior->rank, f = sizeof(float);
  draw s = {*prior, *reverse, *rows, -(float)reverse->alpha, (float)reverse->target, cuda->base, 0, 0, 0, 0, out};
  score_space space; /* what was asked for, which is larger than what is needed here */
  score_space_carve(&space, NULL, prior, prior->components, rows->rows, SPACE_SECOND_PASS);
  const int64_t group = smaller(space.group, 1024);
  uintptr_t at = (uintptr_t)scratch;
  s.xi = (float *)tweedie_take(&at, group * d * f);
  s.z = (float *)tweedie_take(&at, group * d * f);
  s.v = (float *)tweedie_take(&at, group * r * f);
  for (s.group = 0; s.group < rows->rows; s.group += group)
    launch(c, draw_rows, smaller(group, rows->rows - s.group), 1, 128, s);
  return c.end();
}
