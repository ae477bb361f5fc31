/* Logits of a block to weights, several vectors at a time (formula.h says why). */
#include "score.h"

/* Components at a time: what the registers of a tier hold of their two vectors each. */
#if defined(TWEEDIE_TIER_AVX512)
#define AT_A_TIME 3
#else
#define AT_A_TIME 2
#endif

/* Weights of `components` components, and their sums. */
LANE void weigh(const int components, const float *logit, const vf base[2], vf w[], vf mass[2]) {
  FORMULA_EACH(i, 2 * components) w[i] = vf_sub(vf_load(logit + i * VF_LANES), base[i % 2]);
  vf_weights(2 * components, w, w);
  FORMULA_EACH(i, 2 * components) mass[i % 2] = vf_add(mass[i % 2], w[i]);
}

LANE int store_mass(struct tweedie_pass *pass, const vf mass[2]) {
  const vf zero = vf_set(0.0f);
  vf_store(pass->s.mass, mass[0]);
  vf_store(pass->s.mass + VF_LANES, mass[1]);
  return vm_any(vm_or(vf_lt(zero, mass[0]), vf_lt(zero, mass[1])));
}

LANE void weigh_some(const int components, float *logit, const vf base[2], vf mass[2]) {
  vf w[FORMULA_VECTORS];
  weigh(components, logit, base, w, mass);
  FORMULA_EACH(i, 2 * components) vf_store(logit + i * VF_LANES, w[i]);
}

int TIER(weigh)(struct tweedie_pass *pass, int64_t n) {
  const vf base[2] = {vf_load(pass->s.base), vf_load(pass->s.base + VF_LANES)};
  vf mass[2] = {vf_set(0.0f), vf_set(0.0f)};
  float *logit = pass->s.weight;
  int64_t i = 0;
  for (; i + AT_A_TIME <= n; i += AT_A_TIME) weigh_some(AT_A_TIME, logit + i * TILE, base, mass);
  for (; i < n; i++) weigh_some(1, logit + i * TILE, base, mass);
  return store_mass(pass, mass);
}

struct sums {
  vf base[2], mass[2], slope[2];
  int weights; /* whether they are wanted beside the factors */
};

/* `shared`: components share pull and slope, which point to the first one's else. */
LANE void factor_some(const int components, const int shared, const float *pull, const float *slope, float *logit,
                        float *factor, struct sums *s) {
  vf w[FORMULA_VECTORS];
  weigh(components, logit, s->base, w, s->mass);
  if (s->weights) FORMULA_EACH(i, 2 * components) vf_store(logit + i * VF_LANES, w[i]);
  FORMULA_EACH(i, 2 * components) s->slope[i % 2] = vf_fma(w[i], vf_set(slope[shared ? 0 : i / 2]), s->slope[i % 2]);
  FORMULA_EACH(i, 2 * components) vf_store(factor + i * VF_LANES, vf_mul(w[i], vf_set(pull[shared ? 0 : i / 2])));
}

LANE int factor_all(const int shared, struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k,
                     int64_t n) {
  const tweedie_level *level = pass->level;
  const float *pull = level->pull + (shared ? 0 : k), *slope = level->slope + (shared ? 0 : k);
  float *slopes = tile->acc + pass->prior->dim * TILE;
  struct sums s = {.weights = pass->rows->chosen != NULL};
  for (int v = 0; v < 2; v++) {
    s.base[v] = vf_load(pass->s.base + v * VF_LANES);
    s.mass[v] = vf_set(0.0f);
    s.slope[v] = vf_mul(vf_load(slopes + v * VF_LANES), vf_load(pass->s.fade + v * VF_LANES)); /* times 1 is exact */
  }
  for (int64_t i = 0, few; i < n; i += few) {
    float *logit = pass->s.weight + i * TILE, *factor = pass->s.factor + i * TILE;
    const int64_t at = shared ? 0 : i;
    few = i + AT_A_TIME <= n ? AT_A_TIME : 1;
    if (few == AT_A_TIME)
      factor_some(AT_A_TIME, shared, pull + at, slope + at, logit, factor, &s);
    else
      factor_some(1, shared, pull + at, slope + at, logit, factor, &s);
  }
  for (int v = 0; v < 2; v++) vf_store(slopes + v * VF_LANES, s.slope[v]);
  return store_mass(pass, s.mass);
}

int TIER(weigh_factors)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  return pass->level->stride == 0 ? factor_all(1, pass, tile, k, n) : factor_all(0, pass, tile, k, n);
}
