/* The blind family: groups of rows over one shard of components, and what is made of the state. */
#include "blind.cuh"

#define PAIRS_OF_A_GROUP (INT64_C(4096) * TWEEDIE_SHARD) /* of rows and isotropic components */

/* Returns the bytes needed; scratch may be null where only they are asked for. */
static int64_t carve(blind_pass *q, void *scratch, const tweedie_prior *prior, int64_t levels, int64_t rows) {
  const bool isotropic = prior->kind == TWEEDIE_ISOTROPIC, low_rank = prior->kind == TWEEDIE_LOW_RANK;
  const int64_t f = sizeof(float), d = prior->dim, r = prior->kind == TWEEDIE_DIAGONAL ? d : prior->rank;
  score_space *s = &q->p.s;
  uintptr_t at = (uintptr_t)scratch;
  s->shard = smaller(prior->components, TWEEDIE_SHARD);
  const int64_t seen = 2 * r + levels + low_rank * d; /* floats of a row seen from a component */
  const int64_t fit = isotropic ? PAIRS_OF_A_GROUP / s->shard : larger(CHUNK_FLOATS / (s->shard * seen), LEAST_GROUP_BASIS);
  s->group = smaller(rows > 0 ? rows : 1, group_rows(larger(d, levels), fit));
  s->ld = padded(s->group);
  s->ldk = padded(s->shard);
  s->chunk = isotropic ? 0 : smaller(s->shard, larger(CHUNK_FLOATS / (seen * s->ld), 1));
  s->blocks = isotropic ? tiles(s->shard, TWEEDIE_BLOCK_ISOTROPIC) : s->chunk;
  q->rank = r;
  s->x = (float *)tweedie_take(&at, d * s->ld * f);
  s->turned = (float *)tweedie_take(&at, isotropic && !prior->turned ? d * s->ldk * f : 0);
  s->logit = (float *)tweedie_take(&at, isotropic ? s->shard * s->ld * f : 0);
  q->slope = (float *)tweedie_take(&at, isotropic ? s->shard * s->ld * f : 0);
  s->live = (int *)tweedie_take(&at, s->blocks * tiles(s->ld, TILE) * (int64_t)sizeof(int));
  s->base = (float *)tweedie_take(&at, s->blocks * s->ld * f);
  s->fade = (float *)tweedie_take(&at, s->blocks * s->ld * f);
  s->mass = (float *)tweedie_take(&at, s->chunk * s->ld * f);
  q->pull = (float *)tweedie_take(&at, s->chunk * s->ld * f);
  s->p = (float *)tweedie_take(&at, s->chunk * r * s->ld * f);
  s->z = (float *)tweedie_take(&at, low_rank * s->chunk * d * s->ld * f);
  q->square = (float *)tweedie_take(&at, s->chunk * r * s->ld * f);
  q->level = (float *)tweedie_take(&at, s->chunk * levels * s->ld * f);
  s->part = (float *)tweedie_take(&at, isotropic ? 0 : d * s->ld * f);
  q->sums = (float *)tweedie_take(&at, levels * s->ld * f);
  s->top = (double *)tweedie_take(&at, s->ld * (int64_t)sizeof(double));
  q->unexplained = (int *)tweedie_take(&at, s->ld * (int64_t)sizeof(int));
  const int64_t own = REFINED_AT_ONCE, e = sizeof(double);
  q->own.along = (double *)tweedie_take(&at, isotropic ? 0 : own * (r + d) * e);
  q->own.logit = (double *)tweedie_take(&at, isotropic ? 0 : own * levels * e);
  q->own.seen = (float *)tweedie_take(&at, isotropic ? 0 : own * d * f);
  q->own.p = (float *)tweedie_take(&at, isotropic ? 0 : own * r * f);
  q->own.weight = (float *)tweedie_take(&at, isotropic ? 0 : own * levels * f);
  s->keep = (float *)tweedie_take(&at, s->ld * f);
  s->take = (float *)tweedie_take(&at, s->ld * f);
  return (int64_t)(at - (uintptr_t)scratch);
}

int64_t tweedie_cuda_blind_scratch(const tweedie_prior *prior, int64_t levels, int64_t rows) {
  blind_pass q = {};
  return carve(&q, NULL, prior, levels, rows);
}

/* ---- maxima and masses ---- */

static __global__ void run_blind_tops(extent e, int64_t blocks, bool more, float *__restrict__ bases,
                                      float *__restrict__ fades, double *tops) {
  const int64_t row = first_item();
  if (row >= e.size) return;
  float top = more ? (float)tops[row] : -FLT_MAX;
  float *base = bases + row, *fade = fades + row;
  walk_column(base, e.ld, blocks, [&](int64_t b, float own) {
    const float before = top;
    top = vf_max(own, top);
    base[b * e.ld] = top;
    fade[b * e.ld] = vf_weight(before - top);
  });
  tops[row] = top;
}

void blind_tops(call &c, const blind_pass &q, int64_t blocks, bool more) {
  const score_space &s = q.p.s;
  launch_places(c, run_blind_tops, q.p.size, 1, 1, q.p, blocks, more, s.base, s.fade, s.top);
}

/* top of the state, and the factors that the state and the shard are merged with */
static __global__ void merge_tops(extent e, const double *of_shard, double *of_state, float *keep, float *take) {
  const int64_t row = first_item();
  if (row >= e.size) return;
  const double before = of_state[row], other = of_shard[row], top = other > before ? other : before;
  of_state[row] = top;
  keep[row] = vf_weight((float)(before - top));
  take[row] = vf_weight((float)(other - top));
}

static __global__ void merge_sums(extent e, int64_t levels, const float *of_shard, const float *keep, const float *take,
                                  float *of_state) {
  const place_in_chunk at = place_here(e.size);
  if (at.row >= e.size) return;
  float *sum = of_state + at.row * levels + at.j;
  *sum = fmaf(*sum, keep[at.row], of_shard[at.j * e.ld + at.row] * take[at.row]);
}

void merge_masses(call &c, const blind_pass &q) {
  const score_space &s = q.p.s;
  const int64_t S = q.blind.levels;
  launch_places(c, merge_tops, q.p.size, 1, 1, q.p, s.top, q.p.top(), s.keep, s.take);
  launch_places(c, merge_sums, q.p.size, S, 1, q.p, S, q.sums, s.keep, s.take, q.p.rows.sum + q.p.group * S);
}

/* ---- states ---- */

int32_t tweedie_cuda_blind_accumulate(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_blind *blind,
                                  int64_t first, int64_t last, const tweedie_rows *rows, void *scratch) {
  call c(cuda, "blind_accumulate");
  if (c.refused() || rows->rows <= 0) return c.status;
  const bool isotropic = prior->kind == TWEEDIE_ISOTROPIC;
  blind_pass q = {};
  pass &p = q.p;
  carve(&q, scratch, prior, blind->levels, rows->rows);
  q.blind = *blind;
  p.prior = *prior, p.rows = *rows;
  p.first = first, p.n = last - first;
  p.block = isotropic ? TWEEDIE_BLOCK_ISOTROPIC : TWEEDIE_BLOCK_BASIS, p.blocks = tiles(p.n, p.block), p.shards = 1;
  p.width = tweedie_blind_width(prior->kind, prior->dim);
  p.ld = p.s.ld;
  p.alpha = 1.0f;
  p.accumulating = true;
  if (isotropic) p.turned = turn_means(c, prior, first, p.n, p.s);
  for (int64_t group = 0; group < rows->rows; group += group_step(p)) {
    open_group(c, p, group);
    if (isotropic)
      blind_isotropic(c, q);
    else
      blind_basis(c, q);
  }
  return c.end();
}

int32_t tweedie_cuda_blind_reset(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_blind *blind,
                                 const tweedie_rows *rows) {
  call c(cuda, "blind_reset");
  if (!c.refused()) reset_states(c, *rows, blind->levels, tweedie_blind_width(prior->kind, prior->dim));
  return c.end();
}

int32_t tweedie_cuda_blind_merge(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_blind *blind,
                                 const tweedie_rows *into, const tweedie_rows *from) {
  call c(cuda, "blind_merge");
  if (!c.refused())
    merge_states(c, 0, *into, *from, blind->levels, tweedie_blind_width(prior->kind, prior->dim));
  return c.end();
}

/* A block of threads for a row; the first of them adds the masses up, in order. */
static __global__ void finish_blind(tweedie_prior prior, tweedie_blind blind, tweedie_rows rows, int64_t width,
                                    float *mean, float *levels, float *evidence) {
  SHARED(float, total, [1]);
  const int64_t i = blockIdx.x, row = rows.begin + i, d = prior.dim, S = blind.levels;
  const float *sum = rows.sum + i * S;
  if (threadIdx.x == 0) {
    float all = 0.0f;
    for (int64_t s = 0; s < S; s++) all += sum[s];
    total[0] = all;
    if (evidence) evidence[row] = (float)(blind.offset + (rows.top[i] + (double)vf_log(all)));
  }
  __syncthreads();
  for (int64_t s = threadIdx.x; levels && s < S; s += blockDim.x) levels[row * S + s] = sum[s] / total[0];
  if (!mean) return;
  /* the sums of a mean are those of full covariances, but for isotropic ones */
  const int32_t kind = prior.kind == TWEEDIE_ISOTROPIC ? TWEEDIE_ISOTROPIC : TWEEDIE_FULL;
  float *acc = rows.acc + i * width;
  const float inverse = 1.0f / total[0];
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    const float centre = prior.centre[j];
    const float m = mean_of_sums(kind, acc, d, j, inverse, fmaf(-1.0f, centre, rows.x[row * d + j]));
    acc[j] = m;
    mean[row * d + j] = m + centre;
  }
}

int32_t tweedie_cuda_blind_finish(tweedie_cuda *cuda, const tweedie_prior *prior, const tweedie_blind *blind,
                                  const tweedie_rows *rows, float *mean, float *levels, float *evidence) {
  call c(cuda, "blind_finish");
  if (!c.refused())
    launch(c, finish_blind, rows->rows, 1, THREADS, *prior, *blind, *rows,
           tweedie_blind_width(prior->kind, prior->dim), mean, levels, evidence);
  return c.end();
}
