/* The score of data sets of bytes in fast mode, by tensor cores: means with m_kj + centre_j = low + unit q_kj, q from 0 to
 * 255, which is one part of bfloat16 as it stands. So three products of parts are made for one, where other means take six.
 * What else a mean has is a number of the row, or of the column, and further steps of the products:
 *
 *   <x', m_k>       = sum_j (unit x'_j) q_kj + c                   c = <x', low - centre>, beside a q of 1
 *   sum_k w_k m_kj  = sum_k (unit w_k) q_kj + w (low - centre_j)   w = sum_k w_k, beside the three parts of the other
 *
 * Everything else is as in the other forms (score_fast.cu). With u = 2^-24, N = max |unit q_k| and M = max |m_k|, the
 * absolute values of a product's terms add up to at most |x'| (2 N + M), since |low - centre| <= M + N but for slack; a
 * product is then off by at most (24 + (d + 1) / 32 + 2) u of that (product_parts.cu; unit x' and c are rounded), and |x'|
 * slack. A sum over components is by (24 + (n + 3) / 32 + 3) u 510 unit w, since the centre of points lies among them, and
 * w slack. */
#include "score_fast.cuh"

struct byte_space {
  panels<3> x; /* rows x d + 1 */
  panels<1> points; /* components x d + 1 */
  panels<1> turned; /* d x components + 3 */
  panels<3> weights; /* rows x components + 3 */
  float *constant; /* rows: c */
};

static int64_t carve(byte_space *f, score_space *s, void *scratch, const tweedie_prior *prior, int64_t rows) {
  const int64_t d = prior->dim;
  uintptr_t at = (uintptr_t)scratch;
  at += (uintptr_t)score_space_carve(s, scratch, prior, prior->components, rows > 0 ? rows : 1, SPACE_ONE_SHARD);
  f->x = take_panels<3>(&at, s->group, d + 1);
  f->points = take_panels<1>(&at, s->shard, d + 1);
  f->turned = take_panels<1>(&at, d, s->shard + 3);
  f->weights = take_panels<3>(&at, s->group, s->shard + 3);
  f->constant = (float *)tweedie_take(&at, s->group * (int64_t)sizeof(float));
  return (int64_t)(at - (uintptr_t)scratch);
}

int64_t tweedie_cuda_bytes_scratch(const tweedie_prior *prior, int64_t rows) {
  byte_space f;
  score_space s;
  return carve(&f, &s, NULL, prior, rows);
}

/* (8 + 2 sqrt(d)) u is exact mode's, 2 sqrt(d) of it for the chain of the product. */
float tweedie_cuda_bytes_error_scale(const tweedie_bytes *bytes, int64_t components, int64_t dim, float largest) {
  const float u = 0x1p-24f, d = (float)dim, K = (float)components, chain = 2.0f * sqrtf(d) * u;
  const float product = (parts_error(dim + 1) + 2.0f) * u * (2.0f * bytes->norm + largest) + bytes->slack;
  const float scale = 8.0f * u + fmaxf(chain, product / largest);
  const float sum =
      (parts_error(smaller(components, TWEEDIE_SHARD) + 3) + 3.0f) * u * 510.0f * bytes->unit + bytes->slack;
  return scale <= (d + 8.0f) * u && sum <= K * u * largest ? scale : HUGE_VALF;
}

/* q of component k and dimension j. In float64: the sum of mean and centre is rounded to float nowhere else. */
struct byte_values {
  const float *means, *centre;
  int64_t d;
  double inverse; /* 1 / unit */
  float low;
  __device__ __forceinline__ float operator()(int64_t k, int64_t j) const {
    return (float)rint(((double)means[k * d + j] + (double)centre[j] - (double)low) * inverse);
  }
  /* Part i of what a mean has beside it. */
  __device__ __forceinline__ float part_beside(int64_t j, int64_t i) const {
    float left = low - centre[j], part = 0.0f;
    for (int64_t before = 0; before <= i; before++) {
      part = vf_from_bits((vu)leading_part(left) << 16);
      left -= part;
    }
    return part;
  }
};

struct byte_points {
  byte_values q;
  __device__ __forceinline__ float operator()(int64_t k, int64_t j) const { return j < q.d ? q(k, j) : 1.0f; }
};
struct byte_columns {
  byte_values q;
  int64_t n;
  __device__ __forceinline__ float operator()(int64_t j, int64_t k) const {
    return k < n ? q(k, j) : q.part_beside(j, k - n);
  }
};
struct byte_rows {
  shifted_rows x;
  const float *constant;
  float unit;
  __device__ __forceinline__ float operator()(int64_t row, int64_t j) const {
    return j < x.d ? unit * x(row, j) : constant[row];
  }
};
struct byte_weights {
  faded_weights w;
  const float *sum, *take, *pull;
  int64_t n;
  float unit;
  __device__ __forceinline__ float operator()(int64_t row, int64_t k) const {
    return k < n ? unit * w(row, k) : sum[row] * take[row] * pull[0];
  }
};

/* A warp a row. */
static __global__ void find_constants(extent e, shifted_rows x, float low, float *out) {
  const int64_t row = first_item() / 32;
  if (row >= e.size) return;
  double sum = 0.0;
  for (int64_t j = threadIdx.x % 32; j < x.d; j += 32)
    sum = fma((double)x(row, j), (double)low - (double)x.centre[j], sum);
  for (int half = 16; half > 0; half /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, half);
  if (threadIdx.x % 32 == 0) out[row] = (float)sum;
}

int32_t tweedie_cuda_bytes_accumulate(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_bytes *bytes,
                                      const tweedie_level *level, int64_t first, int64_t last, const tweedie_rows *rows,
                                      void *scratch) {
  call c(cuda, "bytes_accumulate");
  open_products(c, TWEEDIE_BF16X3);
  if (c.refused() || rows->rows <= 0) return c.status;
  if (prior->kind != TWEEDIE_ISOTROPIC || level->stride != 0) {
    c.say(TWEEDIE_UNSUPPORTED, "only components of one variance have a score of bytes");
    return c.status;
  }
  pass p = open_pass(c, prior, level, last - first, first, last, rows, scratch, SPACE_ONE_SHARD);
  p.products = true;
  byte_space f;
  carve(&f, &p.s, scratch, prior, rows->rows);
  const int64_t d = prior->dim;
  const byte_values q = {p.means(), prior->centre, d, 1.0 / bytes->unit, bytes->low};
  const panels<1> points = f.points.with(p.n, d + 1), turned = f.turned.with(d, p.n + 3);
  put_panels(c, byte_points{q}, points);
  if (rows->acc) put_panels(c, byte_columns{q, p.n}, turned);
  for (int64_t group = 0; group < rows->rows; group += group_step(p)) {
    open_group(c, p, group);
    const shifted_rows shifted = {p.x(), prior->centre, d, -p.alpha};
    const panels<3> x = f.x.with(p.size, d + 1), weights = f.weights.with(p.size, p.n + 3);
    launch(c, find_constants, tiles(p.size, THREADS / 32), 1, THREADS, p, shifted, bytes->low, f.constant);
    put_panels(c, byte_rows{shifted, f.constant, bytes->unit}, x);
    multiply_parts(c, points, x, p.s.logit, p.s.ld, false);
    make_weights(c, p);
    if (!rows->acc) continue;
    fade_state(c, p);
    const faded_weights faded = {p.s.logit, p.s.fade, p.ld, (unsigned)p.block};
    put_panels(c, byte_weights{faded, p.s.sum, p.s.take, level->pull, p.n, bytes->unit}, weights);
    multiply_parts(c, weights, turned, p.acc(), p.width, true);
  }
  return c.end();
}
