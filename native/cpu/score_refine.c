/* Isotropic logits by direct differences in float64, for rows whose products lose the digits that matter. Only
 * components that may weigh are taken: those whose logit from the product, wrong by `error` at most on either side, is
 * within the cutoff of the largest one so far. */
#include "score.h"

/* |x' - alpha m|^2: 16 chains, folded 8, 4, 2, 1. */
static double squared_distance(const struct tweedie_pass *pass, const float *x, const float *m) {
  const double alpha = pass->level->alpha;
  const float *centre = pass->prior->centre;
  const int64_t d = pass->prior->dim;
  double lane[16] = {0};
  int64_t j = 0;
  for (; j + 16 <= d; j += 16) {
    for (int64_t l = 0; l < 16; l++) {
      double t = __builtin_fma(-alpha, m[j + l], __builtin_fmaf(-pass->alpha, centre[j + l], x[j + l]));
      lane[l] = __builtin_fma(t, t, lane[l]);
    }
  }
  for (int64_t l = 0; j + l < d; l++) {
    double t = __builtin_fma(-alpha, m[j + l], __builtin_fmaf(-pass->alpha, centre[j + l], x[j + l]));
    lane[l] = __builtin_fma(t, t, lane[l]);
  }
  for (int half = 8; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  return lane[0];
}

void TIER(refine)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int lane, int64_t k, int64_t n,
                  int gathering) {
  const tweedie_level *level = pass->level;
  const int64_t d = pass->prior->dim;
  const float *x = pass->rows->x + (pass->rows->begin + tile->first + lane) * d;
  const float threshold = tile->top[lane] - __builtin_fmaf(2.0f, tile->error[lane], TWEEDIE_CUTOFF);
  float *logit = pass->s.weight + lane;
  double exact[TWEEDIE_BLOCK_ISOTROPIC];
  const double before = tile->exact[lane];
  double top = before;
  for (int64_t i = 0; i < n; i++) {
    exact[i] = -DBL_MAX;
    if (!(logit[i * TILE] >= threshold && level->bias[k + i] > -1e29f)) continue;
    double distance = squared_distance(pass, x, pass->prior->means + (k + i) * d);
    exact[i] = __builtin_fma(-level->half[(k + i) * level->stride], distance,
                             level->constant[(k + i) * level->constant_stride]);
    if (gathering && exact[i] > top) top = exact[i];
  }
  for (int64_t i = 0; i < n; i++) {
    float rest = -2.0f * TWEEDIE_CUTOFF; /* weighs nothing */
    logit[i * TILE] = exact[i] == -DBL_MAX ? rest : (float)(exact[i] - top);
  }
  pass->s.base[lane] = 0.0f;
  pass->s.fade[lane] = (float)(before - top);
  tile->exact[lane] = top;
}
