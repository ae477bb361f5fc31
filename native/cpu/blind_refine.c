/* Blind rows that no level explains. Their squared distances are so large that float32 logits do not tell components
 * apart, which the first time through a shard shows in the end. Then it is gone through once more, and what may weigh is
 * evaluated directly and in float64. */
#include <math.h>

#include "blind.h"
#include "direct.h"

static int is_unexplained(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int lane) {
  int any = 0;
  for (int64_t s = 0; s < pass->blind->levels; s++) {
    if (!(tile->sum[s * TILE + lane] > 0.0f)) continue;
    if (tile->top[lane] < pass->blind->least[s]) return 1;
    any = 1;
  }
  return !any; /* every logit overflowed */
}

/* Far more than rounding may do to either logit. */
static float least_logit(const struct tweedie_pass *pass, float top, float norm) {
  const float size = -top, root = vf_first(vf_sqrt(vf_set(2.0f * size))), row = vf_first(vf_sqrt(vf_set(norm)));
  return top - __builtin_fmaf(pass->blind->steep * row, root, __builtin_fmaf(0x1p-6f, size, TWEEDIE_CUTOFF));
}

void TIER(find_unexplained)(struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  *tile->refined = 0;
  for (int l = 0; l < tile->rows; l++) {
    if (!is_unexplained(pass, tile, l)) continue;
    *tile->refined |= UINT32_C(1) << l;
    tile->lead[l] = least_logit(pass, tile->top[l], tile->norm[l]);
  }
}

/* The maximum moves: s.base and s.fade with it. */
static void move_exact(struct tweedie_pass *pass, const struct tweedie_tile *tile, int lane, double top) {
  pass->s.base[lane] = 0.0f;
  pass->s.fade[lane] = vf_first(vf_weight(vf_set((float)(tile->exact[lane] - top))));
  tile->exact[lane] = top;
}

/* ---- components with eigenvalues of their own ---- */

/* s.direct = logits of component k at all levels */
static void direct_logits(struct tweedie_pass *pass, const struct tweedie_tile *tile, int lane, int64_t k) {
  const tweedie_prior *prior = pass->prior;
  const tweedie_blind *blind = pass->blind;
  const int64_t d = prior->dim, r = prior->kind == TWEEDIE_DIAGONAL ? d : prior->rank;
  double *seen = pass->s.seen, *p = prior->kind == TWEEDIE_DIAGONAL ? seen : pass->s.along, beside = 0.0;
  for (int64_t j = 0; j < d; j++) seen[j] = (double)tile->x[j * TILE + lane] - (double)prior->means[k * d + j];
  if (prior->kind != TWEEDIE_DIAGONAL)
    project_direct(d, r, prior->basis + k * d * r, prior->rest + k * d * r, seen, p);
  if (prior->kind == TWEEDIE_LOW_RANK)
    beside = squared_rest(d, r, prior->basis + k * d * r, prior->rest + k * d * r, seen, p);
  for (int64_t s = 0; s < blind->levels; s++) {
    const double noise = blind->noise[s];
    double lane16[CHAINS] = {0};
    for (int64_t e = 0; e < r; e++)
      lane16[e % CHAINS] =
          __builtin_fma(p[e] * p[e], 0.5 / (blind->variance[k * r + e] + noise), lane16[e % CHAINS]);
    double form = fold(lane16);
    if (prior->kind == TWEEDIE_LOW_RANK) form = __builtin_fma(beside, 0.5 / (blind->floor[k] + noise), form);
    pass->s.direct[s] = blind->constant[k * blind->levels + s] - form;
  }
}

static int may_weigh(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int lane) {
  for (int64_t s = 0; s < pass->blind->levels; s++)
    if (!(pass->s.weight[s * TILE + lane] < tile->lead[lane])) return 1;
  return 0;
}

void TIER(refine_levels)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k) {
  const int64_t levels = pass->blind->levels;
  for (uint32_t some = *tile->refined; some != 0; some &= some - 1) {
    const int lane = __builtin_ctz(some), weighs = may_weigh(pass, tile, lane);
    double top = tile->exact[lane];
    if (weighs) direct_logits(pass, tile, lane, k);
    for (int64_t s = 0; weighs && s < levels; s++) top = pass->s.direct[s] > top ? pass->s.direct[s] : top;
    for (int64_t s = 0; s < levels; s++)
      pass->s.weight[s * TILE + lane] = weighs ? (float)(pass->s.direct[s] - top) : -2.0f * TWEEDIE_CUTOFF;
    move_exact(pass, tile, lane, top);
  }
}

/* ---- isotropic components ---- */

static double squared_distance(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int lane, int64_t k) {
  const int64_t d = pass->prior->dim;
  const float *m = pass->prior->means + k * d;
  double lane16[CHAINS] = {0};
  for (int64_t j = 0; j < d; j++) {
    const double t = (double)tile->x[j * TILE + lane] - (double)m[j];
    lane16[j % CHAINS] = __builtin_fma(t, t, lane16[j % CHAINS]);
  }
  return fold(lane16);
}

static double direct_logit(const tweedie_blind *blind, int64_t k, int64_t s, double squared) {
  const double half = 0.5 / (blind->variance[k * blind->stride] + blind->noise[s]);
  return __builtin_fma(-half, squared, blind->constant[k * blind->levels * blind->bias_stride + s]);
}

void TIER(refine_distances)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                            struct distances *out) {
  for (uint32_t some = *tile->refined; some != 0; some &= some - 1) {
    const int lane = __builtin_ctz(some);
    double best[TWEEDIE_BLOCK_ISOTROPIC], top = tile->exact[lane];
    for (int64_t i = 0; i < n; i++) {
      best[i] = -HUGE_VAL;
      out->squared[i][lane] = -1.0;
      if (pass->s.pulled[i * TILE + lane] < tile->lead[lane]) continue;
      out->squared[i][lane] = squared_distance(pass, tile, lane, k + i);
      for (int64_t s = 0; s < pass->blind->levels; s++) {
        const double logit = direct_logit(pass->blind, k + i, s, out->squared[i][lane]);
        best[i] = logit > best[i] ? logit : best[i];
      }
      top = best[i] > top ? best[i] : top;
    }
    for (int64_t i = 0; i < n; i++) pass->s.pulled[i * TILE + lane] = (float)(best[i] - top);
    move_exact(pass, tile, lane, top);
  }
}

void TIER(refine_logit)(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t s,
                        const double *squared, float *less) {
  for (uint32_t some = *tile->refined; some != 0; some &= some - 1) {
    const int lane = __builtin_ctz(some);
    less[lane] = squared[lane] < 0.0
                     ? -2.0f * TWEEDIE_CUTOFF
                     : (float)(direct_logit(pass->blind, k, s, squared[lane]) - tile->exact[lane]);
  }
}
