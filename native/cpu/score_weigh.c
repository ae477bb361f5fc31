/* Logits of a block to weights, several components at a time (formula.h says why), one vector of the tile after the
 * other: then the registers hold all that is live, and on a Zen 5 every store of a vector takes the place of two fma. */
#include "score.h"

/* Components at a time: what the registers of a tier hold. */
#if defined(TWEEDIE_TIER_AVX512)
#define AT_A_TIME 6
#else
#define AT_A_TIME 4
#endif

/* Weights of `count` components in one vector of lanes, and their sum. */
LANE void weigh(const int count, const float *logit, vf base, vf w[], vf *mass) {
  FORMULA_EACH(i, count) w[i] = vf_sub(vf_load(logit + i * TILE), base);
  vf_weights(count, w, w);
  FORMULA_EACH(i, count) *mass = vf_add(*mass, w[i]);
}

LANE void store_group(const int count, const vf w[], float *out) {
  FORMULA_EACH(i, count) vf_store(out + i * TILE, w[i]);
}

LANE void weigh_group(const int count, float *logit, vf base, vf *mass) {
  vf w[FORMULA_VECTORS];
  weigh(count, logit, base, w, mass);
  store_group(count, w, logit);
}

int TIER(weigh)(struct tweedie_pass *pass, int64_t n) {
  vm any = vf_lt(vf_set(0.0f), vf_set(0.0f));
  for (int v = 0; v < TILE; v += VF_LANES) {
    const vf base = vf_load(pass->s.base + v);
    vf mass = vf_set(0.0f);
    float *logit = pass->s.weight + v;
    int64_t i = 0;
    for (; i + AT_A_TIME <= n; i += AT_A_TIME) weigh_group(AT_A_TIME, logit + i * TILE, base, &mass);
    for (; i < n; i++) weigh_group(1, logit + i * TILE, base, &mass);
    vf_store(pass->s.mass + v, mass);
    any = vm_or(any, vf_lt(vf_set(0.0f), mass));
  }
  return vm_any(any);
}

struct sums {
  vf mass, slope;
};

/* `shared`: components share pull and slope, which point to the first one's else. */
LANE void pull_group(const int count, const int shared, const int chosen, const float *pull, const float *slope,
                      vf base, float *logit, float *pulled, struct sums *s) {
  vf w[FORMULA_VECTORS];
  weigh(count, logit, base, w, &s->mass);
  if (chosen) store_group(count, w, logit);
  FORMULA_EACH(i, count) s->slope = vf_fma(w[i], vf_set(slope[shared ? 0 : i]), s->slope);
  FORMULA_EACH(i, count) vf_store(pulled + i * TILE, vf_mul(w[i], vf_set(pull[shared ? 0 : i])));
}

LANE int pull_block(const int shared, struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k,
                    int64_t n) {
  const tweedie_level *level = pass->level;
  const int64_t next = shared ? 0 : 1;
  const float *pull = level->pull + k * next, *slope = level->slope + k * next;
  const int chosen = pass->rows->chosen != NULL;
  vm any = vf_lt(vf_set(0.0f), vf_set(0.0f));
  for (int v = 0; v < TILE; v += VF_LANES) {
    const vf base = vf_load(pass->s.base + v);
    float *logit = pass->s.weight + v, *pulled = pass->s.pulled + v;
    float *slopes = tile->acc + pass->prior->dim * TILE + v;
    struct sums s = {vf_set(0.0f), vf_mul(vf_load(slopes), vf_load(pass->s.fade + v))}; /* times 1 is exact */
    int64_t i = 0;
    for (; i + AT_A_TIME <= n; i += AT_A_TIME)
      pull_group(AT_A_TIME, shared, chosen, pull + i * next, slope + i * next, base, logit + i * TILE,
                  pulled + i * TILE, &s);
    for (; i < n; i++)
      pull_group(1, shared, chosen, pull + i * next, slope + i * next, base, logit + i * TILE, pulled + i * TILE, &s);
    vf_store(slopes, s.slope);
    vf_store(pass->s.mass + v, s.mass);
    any = vm_or(any, vf_lt(vf_set(0.0f), s.mass));
  }
  return vm_any(any);
}

int TIER(weigh_pulled)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  return pass->level->stride == 0 ? pull_block(1, pass, tile, k, n) : pull_block(0, pass, tile, k, n);
}
