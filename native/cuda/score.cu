/* The score family: groups of rows over one shard of components. */
#include "score.cuh"

#include "formula.h"

/* Rows of a group: as many as fill the device and keep an array over them small. A whole shard has its logits in 264 MB
 * with 8,192 rows (64 x 7 tiles of sums for d = 784); few components need more rows for as many tiles, and so have launches
 * by the hundred thousand rows; many dimensions have fewer. Components with an eigenbasis take their memory by d and
 * rank: see CHUNK_FLOATS. */
#define LOGIT_FLOATS (INT64_C(8192) * TWEEDIE_SHARD)
#define ROW_FLOATS (INT64_C(1) << 25)
#define LARGEST_GROUP (INT64_C(1) << 19)
#define LARGEST_GROUP_BASIS 1024
#define SOME_COMPONENTS 256
#define CHUNK_FLOATS (INT64_C(1) << 25) /* 128 MB of rows seen from components */

static int64_t group_rows(int64_t shard, int64_t dim) {
  int64_t most = LARGEST_GROUP;
#if defined(TWEEDIE_CUDA_EMULATED)
  most = emulated_setting("CUDA_HOST_GROUP", (int)most); /* tests have fewer rows */
#endif
  most = smaller(most, smaller(LOGIT_FLOATS / shard, ROW_FLOATS / dim));
  return most < TILE ? (int64_t)TILE : most / TILE * TILE;
}

static int64_t padded(int64_t n) { return (n + 31) / 32 * 32; }

int64_t score_space_carve(score_space *s, void *scratch, const tweedie_prior *prior, int64_t rows) {
  const int64_t f = sizeof(float), d = prior->dim, r = prior->rank;
  const bool basis = tweedie_block(prior->kind) == 1;
  uintptr_t at = (uintptr_t)scratch;
  s->shard = smaller(prior->components, TWEEDIE_SHARD);
  s->group = smaller(rows, basis ? LARGEST_GROUP_BASIS : group_rows(s->shard, d));
  s->ld = padded(s->group);
  s->ldk = padded(s->shard);
  s->blocks = tiles(s->shard, tweedie_block(prior->kind));
  s->chunk = basis ? smaller(s->shard, 1 + CHUNK_FLOATS / ((2 * d + r) * s->ld + d)) : 0;
  s->x = (float *)tweedie_take(&at, d * s->ld * f);
  s->norm = (float *)tweedie_take(&at, s->ld * f);
  s->error = (float *)tweedie_take(&at, s->ld * f);
  s->turned = (float *)tweedie_take(&at, basis ? 0 : d * s->ldk * f);
  s->shifted = (float *)tweedie_take(&at, prior->kind == TWEEDIE_DIAGONAL ? d * s->ldk * f : 0);
  s->logit = (float *)tweedie_take(&at, s->shard * s->ld * f);
  s->base = (float *)tweedie_take(&at, s->blocks * s->ld * f);
  s->fade = (float *)tweedie_take(&at, s->blocks * s->ld * f);
  s->mass = (float *)tweedie_take(&at, s->blocks * s->ld * f);
  s->live = (int *)tweedie_take(&at, s->blocks * tiles(s->ld, TILE) * (int64_t)sizeof(int));
  s->top = (double *)tweedie_take(&at, s->ld * (int64_t)sizeof(double));
  s->sum = (float *)tweedie_take(&at, s->ld * f);
  s->keep = (float *)tweedie_take(&at, s->ld * f);
  s->take = (float *)tweedie_take(&at, s->ld * f);
  s->p = (float *)tweedie_take(&at, s->chunk * r * s->ld * f);
  s->z = (float *)tweedie_take(&at, s->chunk * d * s->ld * f);
  s->part = (float *)tweedie_take(&at, d * s->ld * f);
  s->mean = (float *)tweedie_take(&at, d * s->ld * f);
  s->vector = (float *)tweedie_take(&at, d * s->ld * f);
  s->product = (float *)tweedie_take(&at, s->chunk * d * s->ld * f);
  s->some = smaller(s->shard, basis ? s->chunk : SOME_COMPONENTS);
  s->along = (float *)tweedie_take(&at, s->some * s->ld * f);
  s->variance = (float *)tweedie_take(&at, s->chunk * d * f);
  s->along64 = (double *)tweedie_take(&at, 2 * s->ld * r * (int64_t)sizeof(double));
  return (int64_t)(at - (uintptr_t)scratch);
}

int64_t tweedie_cuda_evaluate_scratch(const tweedie_prior *prior, int64_t rows) {
  score_space s;
  return score_space_carve(&s, NULL, prior, rows > 0 ? rows : 1);
}

/* ---- a pass ---- */

/* x' by 32 x 32, so that both sides of memory see whole lines. */
static __global__ void shift_rows(pass p) {
  SHARED(float, square, [32][33]);
  const int64_t d = p.prior.dim, across = (d + 31) / 32;
  const int64_t row = blockIdx.x / across * 32, column = blockIdx.x % across * 32;
  const int lane = (int)threadIdx.x % 32, line = (int)threadIdx.x / 32;
  const float *x = p.rows.x + batch_row(p, row) * d;
  const int64_t j = column + lane;
  for (int i = line; i < 32; i += THREADS / 32)
    if (row + i < p.size && j < d) square[i][lane] = fmaf(-p.alpha, p.prior.centre[j], x[i * d + j]);
  __syncthreads();
  for (int i = line; i < 32; i += THREADS / 32)
    if (column + i < d && row + lane < p.size) p.s.x[(column + i) * p.s.ld + row + lane] = square[lane][i];
}

static __global__ void measure_rows(pass p) {
  const int64_t row = first_item();
  if (row >= p.size) return;
  float yy = 0.0f;
  for (int64_t j = 0; j < p.prior.dim; j++) {
    const float x = p.s.x[j * p.s.ld + row];
    yy = fmaf(x, x, yy);
  }
  p.s.norm[row] = yy;
  const tweedie_level &level = p.level;
  float error = vf_logit_error(level.error_scale, level.reach, level.bound, level.widest_half, yy);
  /* coarse factors make no more rows refined, but the others' search for what may matter wider */
  if (!(error <= TWEEDIE_LOGIT_ERROR))
    error = vf_logit_error(level.error_scale + p.coarse, level.reach, level.bound, level.widest_half, yy);
  p.s.error[row] = error;
}

void open_group(call &c, pass &p, int64_t group) {
  p.group = group;
  p.size = smaller(p.rows.rows - group, p.s.group);
  launch(c, shift_rows, tiles(p.size, 32) * tiles(p.prior.dim, 32), 1, THREADS, p);
  /* a pass over a grid of levels has no logits to refine, and no room for it */
  const int threads = walk_threads(p.size);
  if (p.s.norm) launch(c, measure_rows, tiles(p.size, threads), 1, threads, p);
}

pass open_pass(call &c, const tweedie_prior *prior, const tweedie_level *level, int64_t first, int64_t last,
               const tweedie_rows *rows, void *scratch, bool accumulating) {
  pass p = {};
  p.prior = *prior, p.level = *level, p.rows = *rows;
  score_space_carve(&p.s, scratch, prior, rows->rows > 0 ? rows->rows : 1);
  p.first = first, p.n = last - first;
  p.block = tweedie_block(prior->kind), p.blocks = tiles(p.n, p.block);
  p.width = tweedie_width(prior->kind, prior->dim);
  p.alpha = (float)level->alpha;
  p.accumulating = accumulating;
  p.base = c.cuda->base;
  return p;
}

/* A pass whose products are made here: what they need of the components is turned. */
static pass exact_pass(call &c, const tweedie_prior *prior, const tweedie_level *level, int64_t first, int64_t last,
                       const tweedie_rows *rows, void *scratch, bool accumulating) {
  const pass p = open_pass(c, prior, level, first, last, rows, scratch, accumulating);
  const int64_t d = prior->dim;
  if (prior->kind == TWEEDIE_ISOTROPIC) transpose(c, p.n, d, prior->means + first * d, d, p.s.turned, p.s.ldk);
  if (prior->kind == TWEEDIE_DIAGONAL) {
    transpose(c, p.n, d, level->scale + first * d, d, p.s.turned, p.s.ldk);
    transpose(c, p.n, d, level->shift + first * d, d, p.s.shifted, p.s.ldk);
  }
  return p;
}

void make_logits(call &c, const pass &p) {
  if (p.block == 1) return basis_logits(c, p);
  const bool isotropic = p.prior.kind == TWEEDIE_ISOTROPIC;
  product q = {};
  q.m = p.n, q.n = p.size, q.k = p.prior.dim;
  q.a = {p.s.turned, p.s.ldk, 0};
  q.a2 = {p.s.shifted, p.s.ldk, 0};
  q.b = {p.s.x, p.s.ld, 0};
  q.c = p.s.logit, q.ldc = p.s.ld;
  q.bias = p.level.bias + p.first;
  if (isotropic) {
    q.stride = p.level.stride;
    q.scale = p.level.scale + p.first * q.stride;
    q.shift = p.level.shift + p.first * q.stride;
    q.norm = p.s.norm;
  }
  multiply(c, isotropic ? PRODUCT_LOGITS : PRODUCT_QUADRATIC, q);
}

void add_columns(call &c, const pass &p, const float *columns, int64_t at) {
  product q = {};
  q.m = p.size, q.n = p.prior.dim, q.k = p.n;
  q.a = {p.s.logit, p.s.ld, 0};
  q.b = {columns + p.first * p.prior.dim, p.prior.dim, 0};
  q.c = p.rows.acc + p.group * p.width + at, q.ldc = p.width;
  q.fade = p.s.fade, q.ld_rows = p.s.ld, q.live = p.s.live;
  q.keep = p.s.keep, q.take = p.s.take;
  multiply(c, PRODUCT_ACCUMULATE, q);
}

static void add_weighted(call &c, const pass &p) {
  if (p.block == 1) return basis_add_weighted(c, p);
  if (p.prior.kind == TWEEDIE_ISOTROPIC) return add_columns(c, p, p.prior.means, 0);
  add_columns(c, p, p.level.slope, 0);
  add_columns(c, p, p.level.pull, p.prior.dim);
}

int32_t tweedie_cuda_evaluate_accumulate(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_level *level,
                                  int64_t first, int64_t last, const tweedie_rows *rows, void *scratch) {
  call c(cuda, "evaluate_accumulate");
  if (c.refused() || rows->rows <= 0) return c.status;
  pass p = exact_pass(c, prior, level, first, last, rows, scratch, true);
  for (int64_t group = 0; group < rows->rows; group += p.s.group) {
    open_group(c, p, group);
    make_logits(c, p);
    make_weights(c, p);
    if (rows->acc) add_weighted(c, p);
  }
  return c.end();
}

int32_t tweedie_cuda_evaluate_responsibilities(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_level *level,
                                            int64_t first, int64_t last, const tweedie_rows *rows, float *out,
                                            void *scratch) {
  call c(cuda, "evaluate_responsibilities");
  if (c.refused() || rows->rows <= 0) return c.status;
  pass p = exact_pass(c, prior, level, first, last, rows, scratch, false);
  for (int64_t group = 0; group < rows->rows; group += p.s.group) {
    open_group(c, p, group);
    make_logits(c, p);
    make_weights(c, p);
    divide_by_sum(c, p, out);
  }
  return c.end();
}

static int32_t add_covariance(tweedie_cuda *cuda, const char *name, const tweedie_prior *prior,
                              const tweedie_level *level, int64_t first, int64_t last, const tweedie_rows *rows,
                              const float *v, void *scratch) {
  call c(cuda, name);
  if (c.refused() || rows->rows <= 0) return c.status;
  pass p = exact_pass(c, prior, level, first, last, rows, scratch, false);
  for (int64_t group = 0; group < rows->rows; group += p.s.group) {
    open_group(c, p, group);
    make_logits(c, p);
    make_weights(c, p);
    add_spread(c, p, v);
  }
  return c.end();
}

int32_t tweedie_cuda_evaluate_diagonal(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_level *level,
                                    int64_t first, int64_t last, const tweedie_rows *rows, void *scratch) {
  return add_covariance(cuda, "evaluate_diagonal", prior, level, first, last, rows, NULL, scratch);
}

int32_t tweedie_cuda_covariance_times(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_level *level,
                                     int64_t first, int64_t last, const tweedie_rows *rows, const float *v,
                                     void *scratch) {
  return add_covariance(cuda, "covariance_times", prior, level, first, last, rows, v, scratch);
}
