/* States of rows: emptied, two merged into one, and one turned into outputs. */
#include "score.cuh"

#include "noise.cuh"

/* What a merge does to row i: a block of threads each. */
static __global__ void merge_rows(tweedie_rows into, tweedie_rows from, tweedie_noise address,
                                  const tweedie_noise *base, int64_t sums, int64_t width) {
  const int64_t i = blockIdx.x;
  const double before = into.top[i], other = from.top[i], top = other > before ? other : before;
  const float keep = vf_weight((float)(before - top)), take = vf_weight((float)(other - top));
  __syncthreads(); /* all have read the state */
  if (threadIdx.x == 0) into.top[i] = top;
  for (int64_t s = threadIdx.x; s < sums; s += blockDim.x) {
    const float mass = from.sum[i * sums + s] * take, sum = fmaf(into.sum[i * sums + s], keep, mass);
    into.sum[i * sums + s] = sum;
    if (into.chosen && mass > 0.0f && noise_uniform(moved(address, base), 0, (uint32_t)i) * sum <= mass)
      into.chosen[i] = from.chosen[i]; /* there is one sum */
  }
  if (!into.acc) return;
  float *acc = into.acc + i * width;
  const float *add = from.acc + i * width;
  for (int64_t c = threadIdx.x; c < width; c += blockDim.x) acc[c] = fmaf(acc[c], keep, add[c] * take);
}

void merge_states(call &c, uint32_t shard, const tweedie_rows &into, const tweedie_rows &from, int64_t sums,
                  int64_t width) {
  tweedie_noise at = into.noise;
  at.block = shard;
  at.row += (uint32_t)into.begin;
  at.stream ^= UINT32_C(1) << 30;
  launch(c, merge_rows, into.rows, 1, THREADS, into, from, at, c.cuda->base, sums, width);
}

int32_t tweedie_cuda_evaluate_merge(tweedie_cuda *cuda, const tweedie_prior *prior, uint32_t shard,
                                 const tweedie_rows *into, const tweedie_rows *from) {
  call c(cuda, "evaluate_merge");
  if (!c.refused()) merge_states(c, shard, *into, *from, 1, tweedie_width(prior->kind, prior->dim));
  return c.end();
}

static __global__ void reset_rows(tweedie_rows rows) {
  for (int64_t i = first_item(); i < rows.rows; i += item_stride()) {
    rows.top[i] = -HUGE_VAL;
    if (rows.chosen) rows.chosen[i] = -1;
  }
}

void reset_states(call &c, const tweedie_rows &rows, int64_t sums, int64_t width) {
  if (rows.rows <= 0) return;
  const int64_t n = rows.rows * (int64_t)sizeof(float);
  launch_strided(c, reset_rows, rows.rows, rows);
  c.clear(rows.sum, n * sums);
  if (rows.acc) c.clear(rows.acc, n * width);
}

int32_t tweedie_cuda_evaluate_reset(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_rows *rows) {
  call c(cuda, "evaluate_reset");
  if (c.refused() || rows->rows <= 0) return c.status;
  reset_states(c, *rows, 1, tweedie_width(prior->kind, prior->dim));
  if (rows->diagonal) c.clear(rows->diagonal, rows->rows * prior->dim * (int64_t)sizeof(float));
  return c.end();
}

/* |x'|^2 of a row, by chains of float32 and float64. */
struct squares {
  float sum;
  double exact;
};

/* Of 32 rows by a warp, a row for a lane: they are read 32 columns at a time, so that every access is to a whole line. */
static __device__ squares square_rows(const tweedie_prior &prior, float alpha, const float *x, int64_t rows,
                                      float (*square)[33]) {
  const int lane = (int)threadIdx.x % 32;
  squares s = {0.0f, 0.0};
  for (int64_t column = 0; column < prior.dim; column += 32) {
    const int width = prior.dim - column < 32 ? (int)(prior.dim - column) : 32;
    const float centre = lane < width ? prior.centre[column + lane] : 0.0f;
    for (int i = 0; i < rows && i < 32; i++)
      if (lane < width) square[i][lane] = fmaf(-alpha, centre, x[i * prior.dim + column + lane]);
    __syncwarp();
    for (int j = 0; j < width; j++) {
      const float y = square[lane][j];
      s.sum = fmaf(y, y, s.sum);
      s.exact = fma((double)y, (double)y, s.exact);
    }
    __syncwarp();
  }
  return s;
}

static __global__ void find_evidence(tweedie_prior prior, tweedie_level level, tweedie_rows rows, float *evidence) {
  SHARED(float, square, [THREADS / 32][32][33]);
  const int w = (int)threadIdx.x / 32, lane = (int)threadIdx.x % 32;
  for (int64_t first = first_item() - lane; first < rows.rows; first += item_stride()) { /* whole warps stay together */
    const int64_t i = first + lane;
    double of = i < rows.rows ? level.offset + (rows.top[i] + (double)vf_log(rows.sum[i])) : 0.0;
    if (prior.kind == TWEEDIE_ISOTROPIC && level.stride == 0) {
      /* logits from products leave |x'|^2 / (2 p) out, which all components share */
      const float *x = rows.x + (rows.begin + first) * prior.dim;
      const squares s = square_rows(prior, (float)level.alpha, x, rows.rows - first, square[w]);
      const float error = vf_logit_error(level.error_scale, level.reach, level.bound, level.widest_half, s.sum);
      if (error <= TWEEDIE_LOGIT_ERROR) of = fma(-level.half[0], s.exact, of);
    }
    if (i < rows.rows) evidence[rows.begin + i] = (float)of;
  }
}

static __global__ void finish_rows(tweedie_prior prior, tweedie_level level, tweedie_rows rows, int64_t width,
                                   float *mean, float *score) {
  const int64_t d = prior.dim;
  const float alpha = (float)level.alpha;
  const bool shared = prior.kind == TWEEDIE_ISOTROPIC && level.stride == 0;
  for (int64_t item = first_item(); item < rows.rows * d; item += item_stride()) {
    const int64_t i = item / d, j = item % d, at = (rows.begin + i) * d + j;
    float *acc = rows.acc + i * width;
    const float centre = prior.centre[j], y = fmaf(-alpha, centre, rows.x[at]), inverse = 1.0f / rows.sum[i];
    const float pulled = acc[j] * inverse, m = mean_of_sums(prior.kind, acc, d, j, inverse, y);
    acc[j] = m;
    if (mean) mean[at] = m + centre;
    if (!score) continue;
    const float of = shared ? pulled + 0.0f : m;
    score[at] = level.form == TWEEDIE_SCORES ? m : fmaf(level.lift, of, -y) * level.back;
  }
}

int32_t tweedie_cuda_evaluate_finish(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_level *level,
                                  const tweedie_rows *rows, float *evidence, float *mean, float *score) {
  call c(cuda, "evaluate_finish");
  if (c.refused()) return c.status;
  if (evidence) launch_strided(c, find_evidence, rows->rows, *prior, *level, *rows, evidence);
  if (rows->acc)
    launch_strided(c, finish_rows, rows->rows * prior->dim, *prior, *level, *rows,
           tweedie_width(prior->kind, prior->dim), mean, score);
  return c.end();
}
