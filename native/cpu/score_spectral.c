/* Logits in float64 of components with variances of their own: diagonal, low rank and full. Their float32 logits are
 * squared norms, so a logit itself says what it may be wrong by, and only those of a refined row that may be wrong by
 * more than TWEEDIE_LOGIT_ERROR, and may weigh, are evaluated again. */
#include <math.h>

#include "score.h"

#define CHAINS 16

/* A sum of products in float64: 16 chains, folded 8, 4, 2, 1. */
static double fold(double *lane) {
  for (int half = CHAINS / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  return lane[0];
}

/* sum of half_i p_i^2 */
static double weighted_squares(int64_t n, const double *half, const double *p) {
  double lane[CHAINS] = {0};
  int64_t i = 0;
  for (; i + CHAINS <= n; i += CHAINS)
    for (int64_t l = 0; l < CHAINS; l++) lane[l] = __builtin_fma(p[i + l] * p[i + l], half[i + l], lane[l]);
  for (int64_t l = 0; i + l < n; l++) lane[l] = __builtin_fma(p[i + l] * p[i + l], half[i + l], lane[l]);
  return fold(lane);
}

/* s.along = U'z, s.seen = z */
static void project(struct tweedie_pass *pass, const float *basis, const float *rest) {
  const int64_t d = pass->prior->dim, r = pass->prior->rank;
  double *p = pass->s.along;
  for (int64_t e = 0; e < r; e++) p[e] = 0.0;
  for (int64_t j = 0; j < d; j++) {
    const double z = pass->s.seen[j];
    for (int64_t e = 0; e < r; e++) p[e] = __builtin_fma((double)basis[j * r + e] + (double)rest[j * r + e], z, p[e]);
  }
}

/* |z - U p|^2 */
static double squared_rest(struct tweedie_pass *pass, const float *basis, const float *rest) {
  const int64_t d = pass->prior->dim, r = pass->prior->rank;
  double lane[CHAINS] = {0};
  for (int64_t j = 0; j < d; j++) {
    double off = pass->s.seen[j];
    for (int64_t e = 0; e < r; e++)
      off = __builtin_fma(-((double)basis[j * r + e] + (double)rest[j * r + e]), pass->s.along[e], off);
    lane[j % CHAINS] = __builtin_fma(off, off, lane[j % CHAINS]);
  }
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
  project(pass, basis, rest);
  const double form = weighted_squares(r, half, pass->s.along);
  return constant - (low_rank ? __builtin_fma(squared_rest(pass, basis, rest), half[r], form) : form);
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
    const int weightless = !(pass->level->bias[k + i] > -1e29f);
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
