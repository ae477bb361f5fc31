/* Components N(m, c I) on a grid of levels: the squared distances of a block once, then S logits of each. Logits are
 * made twice, for the maximum and for the weights, which is cheaper than to keep S x 84 of them. */
#include "blind.h"

struct columns {
  int64_t levels;
  const float *bias, *shift, *pull, *slope;
};

static struct columns columns_of(const tweedie_blind *blind, int64_t k) {
  const int64_t at = k * blind->levels * blind->stride;
  return (struct columns){blind->levels, blind->bias + k * blind->levels * blind->bias_stride, blind->shift + at,
                          blind->pull + at, blind->slope + at};
}

LANE vf logit(const struct columns *c, int64_t s, vf q) { return vf_fma(vf_set(-c->shift[s]), q, vf_set(c->bias[s])); }

/* The largest logit of each component to s.pulled; the running maximum with it. */
static void largest(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  vf top[2] = {vf_load(tile->top), vf_load(tile->top + VF_LANES)};
  for (int64_t i = 0; i < n; i++) {
    const struct columns c = columns_of(pass->blind, k + i);
    const float *q = pass->s.weight + i * TILE;
    const vf q0 = vf_load(q), q1 = vf_load(q + VF_LANES);
    vf best[2] = {vf_set(-FLT_MAX), vf_set(-FLT_MAX)};
    for (int64_t s = 0; s < c.levels; s++) {
      best[0] = vf_max(logit(&c, s, q0), best[0]);
      best[1] = vf_max(logit(&c, s, q1), best[1]);
    }
    for (int v = 0; v < 2; v++) top[v] = put_logit(pass->s.pulled + i * TILE + v * VF_LANES, best[v], top[v]);
  }
  for (int v = 0; v < 2; v++) vf_store(tile->top + v * VF_LANES, top[v]);
}

/* Adds the weights of one component, squared distances q, to the masses of the levels; u and b are their sums times
 * pull and slope. */
static void weigh_levels(struct tweedie_pass *pass, const struct columns *c, const float *q, vf u[2], vf b[2]) {
  for (int v = 0; v < 2; v++) {
    const vf distance = vf_load(q + v * VF_LANES), base = vf_load(pass->s.base + v * VF_LANES);
    float *mass = pass->s.mass + v * VF_LANES;
    u[v] = b[v] = vf_set(0.0f);
    for (int64_t s = 0; s < c->levels; s++, mass += TILE) {
      const vf w = vf_weight(vf_sub(logit(c, s, distance), base));
      vf_store(mass, vf_add(vf_load(mass), w));
      u[v] = vf_fma(w, vf_set(c->pull[s]), u[v]);
      b[v] = vf_fma(w, vf_set(c->slope[s]), b[v]);
    }
  }
}

/* The same where lanes are refined. */
static void weigh_refined(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const struct columns *c,
                          const float *q, const double *squared, vf u[2], vf b[2]) {
  u[0] = u[1] = b[0] = b[1] = vf_set(0.0f);
  for (int64_t s = 0; s < c->levels; s++) {
    float less[TILE];
    for (int v = 0; v < TILE; v += VF_LANES)
      vf_store(less + v, vf_sub(logit(c, s, vf_load(q + v)), vf_load(pass->s.base + v)));
    TIER(refine_logit)(pass, tile, k, s, squared, less);
    for (int v = 0; v < 2; v++) {
      float *mass = pass->s.mass + s * TILE + v * VF_LANES;
      const vf w = vf_weight(vf_load(less + v * VF_LANES));
      vf_store(mass, vf_add(vf_load(mass), w));
      u[v] = vf_fma(w, vf_set(c->pull[s]), u[v]);
      b[v] = vf_fma(w, vf_set(c->slope[s]), b[v]);
    }
  }
}

/* Whether a component of largest logits `best` has a weight in some lane. */
LANE int weighs(const struct tweedie_pass *pass, const float *best) {
  vm any = vf_lt(vf_set(0.0f), vf_set(0.0f));
  for (int v = 0; v < TILE; v += VF_LANES)
    any = vm_or(any, vf_ge(vf_sub(vf_load(best + v), vf_load(pass->s.base + v)), vf_set(FORMULA_WEIGHT_FLOOR)));
  return vm_any(any);
}

/* `exact` is null where no lane is refined. */
LANE void accumulate(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                     struct distances *exact) {
  const int64_t d = pass->prior->dim, levels = pass->blind->levels;
  const float *means = pass->prior->means + k * d;
  const vf before[2] = {vf_load(tile->top), vf_load(tile->top + VF_LANES)};
  for (int64_t j = 0; j < d; j += TWEEDIE_CHAIN)
    TIER(squared_distances)(n, means + j, d, chain(d - j), tile->x + j * TILE, j > 0, pass->s.weight);
  largest(pass, tile, k, n);
  int fading = vm_any(move_top(pass, tile, before));
  if (exact) {
    TIER(refine_distances)(pass, tile, k, n, exact);
    const vf one = vf_set(1.0f);
    fading = vm_any(vm_or(vf_lt(vf_load(pass->s.fade), one), vf_lt(vf_load(pass->s.fade + VF_LANES), one)));
  }
  for (int64_t at = 0; at < levels * TILE; at += VF_LANES) vf_store(pass->s.mass + at, vf_set(0.0f));
  float *slopes = tile->acc + d * TILE;
  vf slope[2];
  for (int v = 0; v < 2; v++) slope[v] = vf_mul(vf_load(slopes + v * VF_LANES), vf_load(pass->s.fade + v * VF_LANES));
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) {
    if (!weighs(pass, pass->s.pulled + i * TILE)) continue; /* its zeros would change no sum */
    const struct columns c = columns_of(pass->blind, k + i);
    vf u[2], b[2];
    if (exact)
      weigh_refined(pass, tile, k + i, &c, pass->s.weight + i * TILE, exact->squared[i], u, b);
    else
      weigh_levels(pass, &c, pass->s.weight + i * TILE, u, b);
    for (int v = 0; v < 2; v++) {
      slope[v] = vf_add(slope[v], b[v]);
      vf_store(pass->s.pulled + count * TILE + v * VF_LANES, u[v]);
    }
    pass->picked[count++] = i;
  }
  add_masses(pass, tile, pass->s.mass);
  if (!pass->rows->acc) return;
  if (count == 0 && !fading) return;
  for (int v = 0; v < 2; v++) vf_store(slopes + v * VF_LANES, slope[v]);
  TIER(product_columns)(&(struct tweedie_product){.a = means,
                                                  .stride = d,
                                                  .m = d,
                                                  .k = count,
                                                  .b = pass->s.pulled,
                                                  .c = tile->acc,
                                                  .ldc = TILE,
                                                  .start = fading ? FROM_FADED_C : FROM_C,
                                                  .fade = pass->s.fade,
                                                  .half = tile->half,
                                                  .picked = pass->picked});
}

static void accumulate_refined(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  struct distances exact;
  accumulate(pass, tile, k, n, &exact);
}

void TIER(blind_isotropic_block)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  if (*tile->refined != 0)
    accumulate_refined(pass, tile, k, n);
  else
    accumulate(pass, tile, k, n, NULL);
}
