/* Isotropic logits by direct differences in float64, for rows whose products lose the digits that matter. Only
 * components that may weigh are taken: those whose logit from the product, wrong by `error` at most on either side, is
 * within the cutoff of the largest one so far. */
#include <math.h>

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

/* Logits below this weigh nothing. Where a product overflowed the largest one says nothing either: all may weigh. */
static float threshold_of(float top, float error) {
  return top < HUGE_VALF ? top - __builtin_fmaf(2.0f, error, TWEEDIE_CUTOFF) : -HUGE_VALF;
}

/* Of each lane, the components of a block that may weigh; those whose logit is no number are among them. */
struct candidates {
  uint8_t list[TILE][TWEEDIE_BLOCK_ISOTROPIC];
  int count[TILE];
};

/* All lanes of a component at once; the logits of refined lanes become ones that weigh nothing. Lane after lane, with a
 * stride of a tile, this search took as long as the distances it is there to save. */
static void find(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                 struct candidates *found) {
  float threshold[TILE], is[TILE];
  for (int l = 0; l < TILE; l++) {
    is[l] = (float)(*tile->refined >> l & 1);
    threshold[l] = is[l] > 0 ? threshold_of(tile->top[l], tile->error[l]) : HUGE_VALF;
    found->count[l] = 0;
  }
  const vf rest = vf_set(-2.0f * TWEEDIE_CUTOFF), zero = vf_set(0.0f);
  const vf low0 = vf_load(threshold), low1 = vf_load(threshold + VF_LANES);
  const vm refined0 = vf_lt(zero, vf_load(is)), refined1 = vf_lt(zero, vf_load(is + VF_LANES));
  for (int64_t i = 0; i < n; i++) {
    float *at = pass->s.weight + i * TILE;
    const vf logit0 = vf_load(at), logit1 = vf_load(at + VF_LANES);
    uint32_t near = ~(vm_bits(vf_lt(logit0, low0)) | vm_bits(vf_lt(logit1, low1)) << VF_LANES) & *tile->refined;
    vf_store(at, vf_select(refined0, rest, logit0));
    vf_store(at + VF_LANES, vf_select(refined1, rest, logit1));
    if (near == 0 || pass->level->bias[k + pass->member[i]] == -HUGE_VALF) continue;
    for (; near != 0; near &= near - 1) {
      const int lane = __builtin_ctz(near);
      found->list[lane][found->count[lane]++] = (uint8_t)i;
    }
  }
}

static void refine_lane(struct tweedie_pass *pass, const struct tweedie_tile *tile, int lane, int64_t k,
                        const uint8_t *list, int count, int accumulating) {
  const tweedie_level *level = pass->level;
  const int64_t d = pass->prior->dim;
  const float *x = pass->rows->x + (pass->rows->begin + tile->first + lane) * d;
  const double before = tile->exact[lane];
  double exact[TWEEDIE_BLOCK_ISOTROPIC], top = before;
  for (int c = 0; c < count; c++) {
    const int64_t at = k + pass->member[list[c]];
    const double distance = squared_distance(pass, x, pass->prior->means + at * d);
    exact[c] =
        __builtin_fma(-level->half[at * level->stride], distance, level->constant[at * level->constant_stride]);
    if (accumulating && exact[c] > top) top = exact[c];
  }
  for (int c = 0; c < count; c++) pass->s.weight[list[c] * TILE + lane] = (float)(exact[c] - top);
  pass->s.base[lane] = 0.0f;
  pass->s.fade[lane] = (float)(before - top);
  tile->exact[lane] = top;
}

void TIER(refine)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n, int accumulating) {
  struct candidates found;
  find(pass, tile, k, n, &found);
  for (uint32_t rest = *tile->refined; rest != 0; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    refine_lane(pass, tile, lane, k, found.list[lane], found.count[lane], accumulating);
  }
}
