/* Products of fast mode by oneMKL, and the softmax between them.
 *
 * Data set of N points, B rows: the flops of score.c. A block's logits are components x rows, a row to a lane as there,
 * but a block is FAST_BLOCK components and a group all rows of a call, since sgemm packs both factors anew each time. */
#include <string.h>

#include "fast.h"
#include "score.h"

int32_t TIER(fast_gemm)(const struct tweedie_blas *blas, int64_t m, int64_t n, int64_t k, const float *a,
                        const float *b, float *c) {
  const int before = blas->threads(1);
  for (int64_t i = 0; i < m; i += INT32_MAX) {
    const int rows = (int)(m - i < INT32_MAX ? m - i : INT32_MAX);
    blas->sgemm(BLAS_ROW_MAJOR, BLAS_PLAIN, BLAS_PLAIN, rows, (int)n, (int)k, 1.0f, a + i * k, (int)k, b, (int)n, 0.0f,
                c + i * n, (int)n);
  }
  blas->threads(before);
  return TWEEDIE_OK;
}

struct group {
  const struct tweedie_blas *blas;
  const tweedie_prior *prior;
  const tweedie_level *level;
  tweedie_rows rows;
  struct tweedie_fast_space s;
  int lanes; /* rows rounded up to a vector; what is over is zero rows, which weigh nothing */
};

/* x' = x - alpha centre, and |x'|^2; false where a row's logits need float64. */
static int load_rows(struct group *g) {
  const int64_t d = g->prior->dim, rows = g->rows.rows;
  const vf alpha = vf_set(-(float)g->level->alpha);
  for (int64_t i = 0; i < g->lanes; i++) {
    const float *x = g->rows.x + (g->rows.begin + i) * d;
    float *out = g->s.x + i * d, lanes[VF_LANES], norm = 0.0f;
    vf yy = vf_set(0.0f);
    for (int64_t j = 0; j < d; j += VF_LANES) {
      const vf y = i < rows ? vf_fma(alpha, load(g->prior->centre + j, d - j), load(x + j, d - j)) : vf_set(0.0f);
      store(out + j, y, d - j);
      yy = vf_fma(y, y, yy);
    }
    vf_store(lanes, yy);
    for (int l = 0; l < VF_LANES; l++) norm += lanes[l];
    g->s.norm[i] = norm;
    const float error = vf_first(logit_error(g->level, vf_set(norm)));
    if (!(error <= TWEEDIE_LOGIT_ERROR * (1 - LOGIT_ERROR_MARGIN))) return 0;
    g->s.top[i] = i < rows ? -FLT_MAX : FLT_MAX;
    g->s.sum[i] = g->s.slope[i] = 0.0f;
  }
  return 1;
}

/* Of components [k, k + n), to s.weight; the running maximum to s.top, and what the state so far fades by to s.fade. */
static void logits(struct group *g, int64_t k, int64_t n) {
  const tweedie_level *level = g->level;
  const int64_t d = g->prior->dim;
  g->blas->sgemm(BLAS_ROW_MAJOR, BLAS_PLAIN, BLAS_TRANSPOSED, (int)n, g->lanes, (int)d, 1.0f, g->prior->means + k * d,
                 (int)d, g->s.x, (int)d, 0.0f, g->s.weight, g->lanes);
  for (int64_t v = 0; v < g->lanes; v += VF_LANES) vf_store(g->s.fade + v, vf_load(g->s.top + v));
  for (int64_t i = 0; i < n; i++) {
    const int64_t at = (k + i) * level->stride;
    const vf scale = vf_set(level->scale[at]), bias = vf_set(level->bias[k + i]);
    const vf shift = vf_set(level->stride == 0 ? 0.0f : -level->shift[at]);
    float *logit = g->s.weight + i * g->lanes;
    for (int64_t v = 0; v < g->lanes; v += VF_LANES) {
      const vf common = vf_fma(shift, vf_load(g->s.norm + v), bias);
      vf_store(g->s.top + v,
               put_logit(logit + v, vf_fma(scale, vf_load(logit + v), common), vf_load(g->s.top + v)));
    }
  }
  for (int64_t v = 0; v < g->lanes; v += VF_LANES)
    vf_store(g->s.fade + v, vf_weight(vf_sub(vf_load(g->s.fade + v), vf_load(g->s.top + v))));
}

/* Logits to weights, and the masses. Components that weigh nothing for any row are left out: s.picked has the others. */
static int64_t weigh(struct group *g, int64_t k, int64_t n) {
  const tweedie_level *level = g->level;
  const vf zero = vf_set(0.0f);
  int64_t count = 0;
  for (int64_t v = 0; v < g->lanes; v += VF_LANES) {
    vf_store(g->s.sum + v, vf_mul(vf_load(g->s.sum + v), vf_load(g->s.fade + v)));
    vf_store(g->s.slope + v, vf_mul(vf_load(g->s.slope + v), vf_load(g->s.fade + v)));
  }
  for (int64_t i = 0; i < n; i++) {
    const int64_t at = (k + i) * level->stride;
    const vf pull = vf_set(level->pull[at]), slope = vf_set(level->slope[at]);
    const float *logit = g->s.weight + i * g->lanes;
    float *out = g->s.weight + count * g->lanes;
    vm any = vf_lt(zero, zero);
    for (int64_t v = 0; v < g->lanes; v += VF_LANES) {
      const vf w = vf_weight(vf_sub(vf_load(logit + v), vf_load(g->s.top + v)));
      any = vm_or(any, vf_lt(zero, w));
      vf_store(g->s.sum + v, vf_add(vf_load(g->s.sum + v), w));
      vf_store(g->s.slope + v, vf_fma(w, slope, vf_load(g->s.slope + v)));
      vf_store(out + v, vf_mul(w, pull));
    }
    g->s.picked[count] = i;
    count += vm_any(any);
  }
  return count;
}

/* The weighted sums; their last column, the slopes, is kept apart until the end. */
static void add_weighted(struct group *g, int64_t k, int64_t count, int64_t n) {
  const int64_t d = g->prior->dim, width = d + 1;
  for (int64_t i = 0; i < g->rows.rows; i++) {
    if (!(g->s.fade[i] < 1.0f)) continue;
    for (int64_t j = 0; j < d; j++) g->s.acc[i * width + j] *= g->s.fade[i];
  }
  if (count == 0) return;
  const float *means = g->prior->means + k * d;
  if (count < n) {
    for (int64_t i = 0; i < count; i++)
      memcpy(g->s.means + i * d, means + g->s.picked[i] * d, (size_t)d * sizeof(float));
    means = g->s.means;
  }
  g->blas->sgemm(BLAS_ROW_MAJOR, BLAS_TRANSPOSED, BLAS_PLAIN, (int)g->rows.rows, (int)d, (int)count, 1.0f, g->s.weight,
                 g->lanes, means, (int)d, 1.0f, g->s.acc, (int)width);
}

static void accumulate(struct group *g, int64_t first, int64_t last) {
  const int64_t d = g->prior->dim, width = d + 1, rows = g->rows.rows;
  if (g->rows.acc) memset(g->s.acc, 0, (size_t)(rows * width) * sizeof(float));
  for (int64_t k = first, n; k < last; k += n) {
    n = last - k < FAST_BLOCK ? last - k : FAST_BLOCK;
    logits(g, k, n);
    const int64_t count = weigh(g, k, n);
    if (g->rows.acc) add_weighted(g, k, count, n);
  }
  tweedie_rows from = g->rows;
  from.top = g->s.exact;
  from.sum = g->s.sum;
  from.acc = g->rows.acc ? g->s.acc : NULL;
  for (int64_t i = 0; i < rows; i++) {
    g->s.exact[i] = g->s.top[i];
    if (from.acc) from.acc[i * width + d] = g->s.slope[i];
  }
  TIER(merge_rows)((uint32_t)(first / TWEEDIE_SHARD), &g->rows, &from, 1, width);
}

int32_t TIER(fast_evaluate_accumulate)(const struct tweedie_blas *blas, const tweedie_prior *prior, const tweedie_level *level,
                                int64_t first, int64_t last, const tweedie_rows *rows, void *scratch) {
  if (prior->kind != TWEEDIE_ISOTROPIC || prior->dim < FAST_DIM || rows->chosen)
    return TIER(evaluate_accumulate)(prior, level, first, last, rows, scratch);
  struct group g = {.blas = blas, .prior = prior, .level = level};
  tweedie_fast_carve(&g.s, scratch, prior);
  const int before = blas->threads(1);
  for (int64_t i = 0; i < rows->rows; i += g.s.group) {
    g.rows = *rows;
    g.rows.begin += i;
    g.rows.rows = rows->rows - i < g.s.group ? rows->rows - i : g.s.group;
    g.rows.top += i;
    g.rows.sum += i;
    if (rows->acc) g.rows.acc += i * (prior->dim + 1);
    g.lanes = (int)((g.rows.rows + VF_LANES - 1) / VF_LANES * VF_LANES);
    if (load_rows(&g))
      accumulate(&g, first, last);
    else
      TIER(evaluate_accumulate)(prior, level, first, last, &g.rows, scratch);
  }
  blas->threads(before);
  return TWEEDIE_OK;
}
