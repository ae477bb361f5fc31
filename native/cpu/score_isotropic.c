/* Components N(m, c I). Per row and component 2 d flops for the logit, 2 d for the mean: both are matrix products
 * with the block of means, d x 84 floats, which stays in the second-level cache between them. */
#include "score.h"

static const float zeros[TILE];

/* Where components share their variance, the norm is left out. */
struct tweedie_logits TIER(isotropic_logits)(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k) {
  const tweedie_level *level = pass->level;
  const int64_t at = k * level->stride;
  const int shared = level->stride == 0;
  return (struct tweedie_logits){.scale = level->scale + at,
                                 .shift = shared ? zeros : level->shift + at,
                                 .bias = level->bias + k,
                                 .stride = level->stride,
                                 .norm = shared ? zeros : tile->norm,
                                 .top = tile->top};
}

static void logits(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const int64_t d = pass->prior->dim;
  const struct tweedie_logits to = TIER(isotropic_logits)(pass, tile, k);
  TIER(product_rows)(&(struct tweedie_product){.a = pass->prior->means + k * d,
                                               .stride = d,
                                               .m = n,
                                               .k = d,
                                               .b = tile->x,
                                               .c = pass->s.weight,
                                               .ldc = TILE,
                                               .below = 1,
                                               .half = tile->half,
                                               .logits = &to});
}

/* The same of components whose products are there. */
static void logits_of_products(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const struct tweedie_logits to = TIER(isotropic_logits)(pass, tile, k);
  const vf scale = vf_set(*to.scale), shift = vf_set(-*to.shift); /* shared: a filter is of one variance */
  for (int v = 0; v < TILE; v += VF_LANES) {
    const vf norm = vf_load(to.norm + v);
    vf top = vf_load(to.top + v);
    for (int64_t i = 0; i < n; i++) {
      const vf from = vf_fma(shift, norm, vf_set(to.bias[pass->member[i]]));
      top = put_logit(pass->s.weight + i * TILE + v, vf_fma(scale, vf_load(pass->products + i * TILE + v), from), top);
    }
    vf_store(to.top + v, top);
  }
}

/* A vector of lanes whose sums neither fade nor grow. */
static int stays(const struct tweedie_pass *pass, int v) {
  const vf fade = vf_load(pass->s.fade + v * VF_LANES), mass = vf_load(pass->s.mass + v * VF_LANES);
  return !vm_any(vm_or(vf_lt(fade, vf_set(1.0f)), vf_lt(vf_set(0.0f), mass)));
}

/* At small sigma few components weigh, and what takes time is to read and write the sums. So of a vector that stays they
 * are left alone. */
static void add_weighted(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n, int fading) {
  const int64_t d = pass->prior->dim, begin = stays(pass, 0) ? VF_LANES : 0;
  TIER(product_columns)(&(struct tweedie_product){.a = pass->prior->means + k * d,
                                                  .stride = d,
                                                  .m = d,
                                                  .k = n,
                                                  .b = pass->s.pulled + begin,
                                                  .c = tile->acc + begin,
                                                  .ldc = TILE,
                                                  .start = fading ? FROM_FADED_C : FROM_C,
                                                  .fade = pass->s.fade + begin,
                                                  .half = tile->half || begin > 0 || stays(pass, 1),
                                                  .picked = pass->picked});
}

static void spread(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const tweedie_level *level = pass->level;
  const int64_t d = pass->prior->dim;
  for (int64_t j = 0; j < d; j++) {
    const vf x[2] = {vf_load(tile->x + j * TILE), vf_load(tile->x + j * TILE + VF_LANES)};
    const vf mean[2] = {vf_load(tile->mean + j * TILE), vf_load(tile->mean + j * TILE + VF_LANES)};
    vf part[2] = {vf_load(tile->acc + j * TILE), vf_load(tile->acc + j * TILE + VF_LANES)};
    for (int64_t i = 0; i < n; i++) {
      const int64_t component = k + pass->picked[i], at = component * level->stride;
      const vf slope = vf_set(level->slope[at]), h = vf_set(level->spread[at]);
      const vf pulled = vf_set(level->pull[at] * pass->prior->means[component * d + j]);
      for (int v = 0; v < 2; v++)
        part[v] = moment(vf_load(pass->s.weight + i * TILE + v * VF_LANES), vf_fma(slope, x[v], pulled), mean[v], h,
                         part[v]);
    }
    vf_store(tile->acc + j * TILE, part[0]);
    vf_store(tile->acc + j * TILE + VF_LANES, part[1]);
  }
}

const struct tweedie_component_kernels TIER(isotropic) = {NULL,   logits, TIER(weigh_pulled), add_weighted,
                                                            spread, TIER(times_isotropic)};
const struct tweedie_component_kernels TIER(isotropic_survivors) = {
    NULL, logits_of_products, TIER(weigh_pulled), add_weighted, spread, TIER(times_isotropic)};
