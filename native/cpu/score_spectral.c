/* Logits in float64 of components with variances of their own: diagonal, low rank and full. Their float32 logits are
 * squared norms, so a logit itself says what it may be wrong by, and only those of a refined row that may be wrong by
 * more than TWEEDIE_LOGIT_ERROR, and may weigh, are evaluated again. */
#include <math.h>

#include "direct.h"
#include "score.h"

/* sum of half_i p_i^2 */
static double weighted_squares(int64_t n, const double *half, const double *p) {
  double lane[CHAINS] = {0};
  int64_t i = 0;
  for (; i + CHAINS <= n; i += CHAINS)
    for (int64_t l = 0; l < CHAINS; l++) lane[l] = __builtin_fma(p[i + l] * p[i + l], half[i + l], lane[l]);
  for (int64_t l = 0; i + l < n; l++) lane[l] = __builtin_fma(p[i + l] * p[i + l], half[i + l], lane[l]);
  return fold(lane);
}

static double direct_logit(struct tweedie_pass *pass, const float *x, int64_t k) {
  const tweedie_prior *prior = pass->prior;
  const tweedie_level *level = pass->level;
  const int64_t d = prior->dim, r = prior->rank;
  const float *m = prior->means + k * d;
  for (int64_t j = 0; j < d; j++)
    pass->s.seen[j] = __builtin_fma(-level->alpha, m[j], __builtin_fmaf(-pass->alpha, prior->centre[j], x[j]));
  const double constant = level->constant[k * level->constant_stride];
  if (prior->kind == TWEEDIE_DIAGONAL) return constant - weighted_squares(d, level->half + k * d, pass->s.seen);
  const float *basis = prior->basis + k * d * r, *rest = prior->rest + k * d * r;
  const int low_rank = prior->kind == TWEEDIE_LOW_RANK;
  const double *half = level->half + k * (r + low_rank);
  project_direct(d, r, basis, rest, pass->s.seen, pass->s.along);
  const double form = weighted_squares(r, half, pass->s.along);
  if (!low_rank) return constant - form;
  return constant - __builtin_fma(squared_rest(d, r, basis, rest, pass->s.seen, pass->s.along), half[r], form);
}

/* What the logit of component k may be wrong by. */
LANE vf error_of(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int v, vf logit) {
  const tweedie_level *level = pass->level;
  return vf_spectral_error(level->error_scale, level->bias[k], level->steep[k], level->far[k],
                           vf_sqrt(vf_load(tile->norm + v)), logit);
}

/* No logit of the shard so far is below tile.lead, but for its error. */
static void lead(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  for (int v = 0; v < TILE; v += VF_LANES) {
    vf most = vf_load(tile->lead + v);
    for (int64_t i = 0; i < n; i++) {
      const vf logit = vf_load(pass->s.weight + i * TILE + v);
      most = vf_max(vf_sub(logit, error_of(pass, tile, k + i, v, logit)), most);
    }
    vf_store(tile->lead + v, most);
  }
}

/* The lanes whose logit of component k is to be evaluated again; those that hold no number are among them. */
static uint32_t wanted(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const float *logits) {
  uint32_t fine = 0;
  for (int v = 0; v < TILE; v += VF_LANES) {
    const vf logit = vf_load(logits + v), error = error_of(pass, tile, k, v, logit);
    const vf threshold = vf_sub(vf_load(tile->lead + v), vf_set(TWEEDIE_CUTOFF));
    const vm precise = vf_ge(vf_set(TWEEDIE_LOGIT_ERROR), error), far = vf_lt(vf_add(logit, error), threshold);
    fine |= vm_bits(vm_or(precise, far)) << v;
  }
  return *tile->refined & ~fine;
}

void TIER(refine_spectral)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                           int accumulating) {
  double exact[TWEEDIE_BLOCK_DIAGONAL][TILE], top[TILE];
  const float *x = pass->rows->x + (pass->rows->begin + tile->first) * pass->prior->dim;
  lead(pass, tile, k, n);
  for (int l = 0; l < TILE; l++) top[l] = tile->exact[l];
  for (int64_t i = 0; i < n; i++) {
    const int weightless = pass->level->bias[k + i] == -HUGE_VALF;
    const float *logits = pass->s.weight + i * TILE;
    for (int l = 0; l < TILE; l++) exact[i][l] = weightless ? -HUGE_VAL : (double)logits[l];
    for (uint32_t some = weightless ? 0 : wanted(pass, tile, k + i, logits); some != 0; some &= some - 1) {
      const int lane = __builtin_ctz(some);
      exact[i][lane] = direct_logit(pass, x + lane * pass->prior->dim, k + i);
    }
    for (int l = 0; l < TILE; l++) top[l] = accumulating && exact[i][l] > top[l] ? exact[i][l] : top[l];
  }
  for (uint32_t some = *tile->refined; some != 0; some &= some - 1) {
    const int lane = __builtin_ctz(some);
    for (int64_t i = 0; i < n; i++) pass->s.weight[i * TILE + lane] = (float)(exact[i][lane] - top[lane]);
    pass->s.base[lane] = 0.0f;
    pass->s.fade[lane] = (float)(tile->exact[lane] - top[lane]);
    tile->exact[lane] = top[lane];
  }
}
