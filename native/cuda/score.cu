/* The score family: groups of rows over one shard of components. */
#include "score_filter.cuh"
#include "score_fused.cuh"
#include "softmax.cuh"
#include "turn.cuh"

/* Rows of a group: as many as fill the device and keep an array over them small. A whole shard has its logits in 264 MB
 * with 8,192 rows; few components need more rows for as many tiles, and so have launches by the hundred thousand rows; many
 * dimensions have fewer. Few rows have shards side by side instead, in no more memory; of many rows four shards are taken,
 * so that tiles fill the device 6.8 times (64 x 7 x 4 of them for d = 784), not 1.7 times. */
#define LOGIT_FLOATS (INT64_C(8192) * TWEEDIE_SHARD)
#define ROW_FLOATS (INT64_C(1) << 25)
#define LARGEST_GROUP (INT64_C(1) << 19)
#define SHARDS_OF_MANY_ROWS 4
#define SOME_COMPONENTS 256

int64_t group_rows(int64_t dim, int64_t most) {
  most = smaller(most, smaller(LARGEST_GROUP, ROW_FLOATS / dim));
#if defined(TWEEDIE_CUDA_EMULATED)
  most = smaller(most, emulated_setting("CUDA_HOST_GROUP", 1 << 30)); /* tests have fewer rows */
#endif
  return most < TILE ? (int64_t)TILE : most / TILE * TILE;
}

int64_t score_space_carve(score_space *s, void *scratch, const tweedie_prior *prior, int64_t components, int64_t rows,
                          space_use use) {
  const int64_t f = sizeof(float), d = prior->dim, r = prior->rank;
  const bool basis = tweedie_block(prior->kind) == 1, second = use == SPACE_SECOND_PASS;
  const int64_t shard = smaller(prior->components, TWEEDIE_SHARD), shards = tiles(components, TWEEDIE_SHARD);
  /* floats of a row seen from a component */
  const int64_t seen = r + (second ? 2 * d : prior->kind == TWEEDIE_LOW_RANK ? d : 0);
  uintptr_t at = (uintptr_t)scratch;
  const int64_t fit = smaller(LOGIT_FLOATS / shard, basis ? CHUNK_FLOATS / (shard * seen) : LARGEST_GROUP);
  s->group = smaller(rows, group_rows(d, basis && fit < LEAST_GROUP_BASIS ? LEAST_GROUP_BASIS : fit));
  s->ld = padded(s->group);
  s->side = larger(LOGIT_FLOATS / (TWEEDIE_SHARD * s->ld), SHARDS_OF_MANY_ROWS);
  s->side = basis || use != SPACE_ACCUMULATE ? 1 : smaller(shards, s->side);
  s->shard = smaller(prior->components, s->side * TWEEDIE_SHARD);
  s->ldk = padded(s->shard);
  s->ldd = tiles(d, 4) * 4;
  s->blocks = tiles(s->shard, tweedie_block(prior->kind));
  s->chunk = basis ? smaller(s->shard, larger(CHUNK_FLOATS / (seen * s->ld), 1)) : 0;
  s->x = (float *)tweedie_take(&at, d * s->ld * f);
  s->norm = (float *)tweedie_take(&at, s->ld * f);
  s->error = (float *)tweedie_take(&at, s->ld * f);
  s->turned = (float *)tweedie_take(&at, basis || prior->turned ? 0 : d * s->ldk * f);
  s->shifted = (float *)tweedie_take(&at, prior->kind == TWEEDIE_DIAGONAL ? d * s->ldk * f : 0);
  s->logit = (float *)tweedie_take(&at, s->shard * s->ld * f);
  s->base = (float *)tweedie_take(&at, s->blocks * s->ld * f);
  s->fade = (float *)tweedie_take(&at, s->blocks * s->ld * f);
  s->mass = (float *)tweedie_take(&at, s->blocks * s->ld * f);
  s->live = (int *)tweedie_take(&at, s->blocks * tiles(s->ld, TILE) * (int64_t)sizeof(int));
  s->top = (double *)tweedie_take(&at, s->side * s->ld * (int64_t)sizeof(double));
  s->sum = (float *)tweedie_take(&at, s->side * s->ld * f);
  s->slope = (float *)tweedie_take(&at, s->side * s->ld * f);
  s->chosen = (int64_t *)tweedie_take(&at, s->side * s->ld * (int64_t)sizeof(int64_t));
  s->keep = (float *)tweedie_take(&at, s->side * s->ld * f);
  s->take = (float *)tweedie_take(&at, s->side * s->ld * f);
  s->sums = (float *)tweedie_take(&at, s->side > 1 ? s->side * s->group * s->ldd * f : 0);
  s->p = (float *)tweedie_take(&at, s->chunk * r * s->ld * f);
  s->z = (float *)tweedie_take(&at, (second || prior->kind == TWEEDIE_LOW_RANK) * s->chunk * d * s->ld * f);
  s->part = (float *)tweedie_take(&at, basis || second ? d * s->ld * f : 0);
  s->mean = (float *)tweedie_take(&at, second * d * s->ld * f);
  s->vector = (float *)tweedie_take(&at, second * d * s->ld * f);
  s->product = (float *)tweedie_take(&at, second * s->chunk * d * s->ld * f);
  s->some = smaller(s->shard, basis ? s->chunk : SOME_COMPONENTS);
  s->along = (float *)tweedie_take(&at, second * s->some * s->ld * f);
  s->variance = (float *)tweedie_take(&at, second * s->chunk * d * f);
  const int64_t listed = takes_filter(*prior) ? tiles(s->ld, FILTER_TILE) : 0, integer = (int64_t)sizeof(int);
  s->codes = (int8_t *)tweedie_take(&at, listed > 0 ? s->ld * prior->filter->stride : 0);
  s->limits = (row_limits *)tweedie_take(&at, listed > 0 ? s->ld * (int64_t)sizeof(row_limits) : 0);
  s->left.ld = s->shard;
  s->left.listed = (int *)tweedie_take(&at, listed * s->shard * integer);
  s->left.count = (int *)tweedie_take(&at, listed * integer);
  s->left.member = (int *)tweedie_take(&at, listed * s->shard * integer);
  s->left.members = (int *)tweedie_take(&at, listed * s->blocks * integer);
  s->along64 = (double *)tweedie_take(&at, 2 * s->ld * r * (int64_t)sizeof(double));
  return (int64_t)(at - (uintptr_t)scratch);
}

int64_t tweedie_cuda_evaluate_scratch(const tweedie_prior *prior, int64_t rows) {
  score_space s;
  const int64_t n = rows > 0 ? rows : 1, shards = tiles(prior->components, TWEEDIE_SHARD);
  int64_t most = score_space_carve(&s, NULL, prior, prior->components, n, SPACE_SECOND_PASS);
  /* fewer rows have more shards side by side: the most rows of each number of shards */
  for (int64_t side = 1; side <= shards; side++) {
    const int64_t fit = LOGIT_FLOATS / (TWEEDIE_SHARD * side) / 32 * 32;
    if (fit <= 0) break;
    const int64_t of = side <= SHARDS_OF_MANY_ROWS ? n : smaller(n, fit);
    most = larger(most, score_space_carve(&s, NULL, prior, prior->components, of, SPACE_ACCUMULATE));
  }
  return most;
}

/* ---- a pass ---- */

static __global__ void shift_rows(extent e, int64_t d, float minus_alpha, const float *centre, const float *x,
                                  float *turned) {
  const int64_t across = (d + 31) / 32, row = blockIdx.x / across * 32, column = blockIdx.x % across * 32;
  turn_square(
      e.size - row, d - column,
      [&](int i, int j) { return fmaf(minus_alpha, centre[column + j], x[(row + i) * d + column + j]); },
      [&](int j, int i, float v) { turned[(column + j) * e.ld + row + i] = v; });
}

static __global__ void measure_rows(extent e, int64_t d, error_bound of, const float *x, float *norm, float *error) {
  const int64_t row = first_item();
  if (row < e.size) measure_row(row, d, of, x, e.ld, norm, error);
}

int64_t group_step(const pass &p) {
  const int64_t even = tiles(p.rows.rows, tiles(p.rows.rows, p.s.group));
  return smaller(p.s.group, tiles(even, TILE) * TILE);
}

void open_group(call &c, pass &p, int64_t group) {
  p.group = group;
  p.size = smaller(p.rows.rows - group, group_step(p));
  launch(c, shift_rows, tiles(p.size, 32) * tiles(p.prior.dim, 32), 1, THREADS, p, p.prior.dim, -p.alpha,
         p.prior.centre, p.x(), p.s.x);
  /* a pass over a grid of levels has no logits to refine, and no room for it */
  const int threads = walk_threads(p.size);
  if (p.s.norm)
    launch(c, measure_rows, tiles(p.size, threads), 1, threads, p, p.prior.dim, error_bound(p), p.s.x, p.s.norm,
           p.s.error);
}

pass open_pass(call &c, const tweedie_prior *prior, const tweedie_level *level, int64_t components, int64_t first,
               int64_t last, const tweedie_rows *rows, void *scratch, space_use use) {
  pass p = {};
  p.prior = *prior, p.level = *level, p.rows = *rows;
  score_space_carve(&p.s, scratch, prior, components, rows->rows > 0 ? rows->rows : 1, use);
  p.first = first, p.n = last - first;
  p.block = tweedie_block(prior->kind), p.blocks = tiles(p.n, p.block), p.shards = tiles(p.n, TWEEDIE_SHARD);
  p.ld = p.s.ld;
  p.width = tweedie_width(prior->kind, prior->dim);
  p.alpha = (float)level->alpha;
  p.accumulating = use != SPACE_SECOND_PASS;
  p.base = c.cuda->base;
  return p;
}

int64_t tweedie_cuda_turned(const tweedie_prior *prior) {
  if (prior->kind != TWEEDIE_ISOTROPIC) return 0;
  return prior->dim * padded(prior->components) * (int64_t)sizeof(float);
}

int32_t tweedie_cuda_turn(tweedie_cuda *cuda, const tweedie_prior *prior, float *out) {
  call c(cuda, "turn");
  if (c.refused()) return c.status;
  transpose(c, prior->components, prior->dim, prior->means, prior->dim, out, padded(prior->components));
  return c.end();
}

operand turn_means(call &c, const tweedie_prior *prior, int64_t first, int64_t n, const score_space &s) {
  const int64_t d = prior->dim;
  if (prior->turned) return {prior->turned + first, padded(prior->components), 0};
  transpose(c, n, d, prior->means + first * d, d, s.turned, s.ldk);
  return {s.turned, s.ldk, 0};
}

/* A pass whose products are made here: what they need of the components is turned. */
static pass exact_pass(call &c, const tweedie_prior *prior, const tweedie_level *level, int64_t components,
                       int64_t first, int64_t last, const tweedie_rows *rows, void *scratch, space_use use) {
  pass p = open_pass(c, prior, level, components, first, last, rows, scratch, use);
  const int64_t d = prior->dim;
  p.turned = {p.s.turned, p.s.ldk, 0};
  p.filters = takes_filter(*prior) && level->stride == 0;
  if (prior->kind == TWEEDIE_ISOTROPIC && !p.filters) p.turned = turn_means(c, prior, first, p.n, p.s);
  if (prior->kind == TWEEDIE_DIAGONAL) {
    transpose(c, p.n, d, level->scale + first * d, d, p.s.turned, p.s.ldk);
    transpose(c, p.n, d, level->shift + first * d, d, p.s.shifted, p.s.ldk);
  }
  return p;
}

void make_logits(call &c, const pass &p) {
  if (p.block == 1) return basis_logits(c, p);
  if (p.filters) return make_logits_left(c, p);
  const bool isotropic = p.prior.kind == TWEEDIE_ISOTROPIC;
  product q = {};
  q.m = p.n, q.n = p.size, q.k = p.prior.dim;
  q.a = p.turned;
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

/* acc of the state, `width` apart, = keep acc + take sums, shard after shard */
static __global__ void merge_shard_sums(extent e, int64_t d, const float *sums, int64_t group, int64_t ldd,
                                        const float *keep, const float *take, float *acc, int64_t width) {
  for (int64_t item = first_item(); item < e.size * d; item += item_stride()) {
    const int64_t row = item / d, j = item % d;
    float sum = acc[row * width + j];
    for (int64_t shard = 0; shard < e.shards; shard++) {
      const int64_t of = shard * e.ld + row;
      sum = fmaf(sum, keep[of], sums[(shard * group + row) * ldd + j] * take[of]);
    }
    acc[row * width + j] = sum;
  }
}

void add_columns(call &c, const pass &p, const float *columns, int64_t at) {
  product q = {};
  const int64_t d = p.prior.dim;
  q.m = p.size, q.n = d, q.k = smaller(p.n, TWEEDIE_SHARD), q.all = p.n;
  q.a = {p.s.logit, p.s.ld, 0};
  q.b = {columns + p.first * d, d, 0};
  q.fade = p.s.fade, q.ld_rows = p.s.ld, q.live = p.s.live, q.live_tiles = (int)tiles(p.size, TILE);
  if (p.shards == 1) {
    q.c = p.acc() + at, q.ldc = p.width;
    q.keep = p.s.keep, q.take = p.s.take;
    return p.filters ? add_columns_left(c, p, q) : multiply(c, PRODUCT_ACCUMULATE, q);
  }
  q.c = p.s.sums, q.ldc = p.s.ldd, q.batch_c = p.s.group * p.s.ldd;
  p.filters ? add_columns_left(c, p, q) : multiply(c, PRODUCT_SUMS, q, p.shards);
  launch_strided(c, merge_shard_sums, p.size * d, p, d, p.s.sums, p.s.group, p.s.ldd, p.s.keep, p.s.take, p.acc() + at,
                 p.width);
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
  score_space s;
  score_space_carve(&s, NULL, prior, last - first, rows->rows, SPACE_ACCUMULATE);
  for (int64_t from = first; from < last; from += s.side * TWEEDIE_SHARD) {
    const int64_t to = smaller(last, from + s.side * TWEEDIE_SHARD);
    pass p = exact_pass(c, prior, level, last - first, from, to, rows, scratch, SPACE_ACCUMULATE);
    if (!p.filters && takes_fused(c, *prior, p.n, rows->rows)) {
      accumulate_fused(c, p);
      continue;
    }
    for (int64_t group = 0; group < rows->rows; group += group_step(p)) {
      open_group(c, p, group);
      make_logits(c, p);
      make_weights(c, p);
      if (rows->acc) add_weighted(c, p);
    }
  }
  return c.end();
}

int32_t tweedie_cuda_evaluate_responsibilities(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_level *level,
                                            int64_t first, int64_t last, const tweedie_rows *rows, float *out,
                                            void *scratch) {
  call c(cuda, "evaluate_responsibilities");
  if (c.refused() || rows->rows <= 0) return c.status;
  pass p = exact_pass(c, prior, level, last - first, first, last, rows, scratch, SPACE_SECOND_PASS);
  for (int64_t group = 0; group < rows->rows; group += group_step(p)) {
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
  pass p = exact_pass(c, prior, level, last - first, first, last, rows, scratch, SPACE_SECOND_PASS);
  for (int64_t group = 0; group < rows->rows; group += group_step(p)) {
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
