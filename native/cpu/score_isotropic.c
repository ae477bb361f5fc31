/* Components N(m, c I). Per row and component 2 d flops for the logit, 2 d for the mean: both are matrix products
 * with the block of means, d x 84 floats, which stays in the second-level cache between them. */
#include "score.h"

void TIER(isotropic_logits)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const tweedie_level *level = pass->level;
  float *out = pass->s.weight;
  vf top[2] = {vf_load(tile->top), vf_load(tile->top + VF_LANES)};
  if (level->stride == 0) {
    const vf scale = vf_set(level->scale[0]);
    for (int64_t i = 0; i < n; i++, out += TILE) {
      const vf bias = vf_set(level->bias[k + i]);
      for (int v = 0; v < 2; v++)
        top[v] = put_logit(out + v * VF_LANES, vf_fma(scale, vf_load(out + v * VF_LANES), bias), top[v]);
    }
  } else {
    const vf yy[2] = {vf_load(tile->norm), vf_load(tile->norm + VF_LANES)};
    for (int64_t i = 0; i < n; i++, out += TILE) {
      const vf scale = vf_set(level->scale[k + i]), bias = vf_set(level->bias[k + i]);
      const vf shift = vf_set(-level->shift[k + i]);
      for (int v = 0; v < 2; v++) {
        const vf common = vf_fma(shift, yy[v], bias);
        top[v] = put_logit(out + v * VF_LANES, vf_fma(scale, vf_load(out + v * VF_LANES), common), top[v]);
      }
    }
  }
  for (int v = 0; v < 2; v++) vf_store(tile->top + v * VF_LANES, top[v]);
}

static void logits(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const int64_t d = pass->prior->dim;
  TIER(product_rows)(&(struct tweedie_product){.a = pass->prior->means + k * d,
                                               .stride = d,
                                               .m = n,
                                               .k = d,
                                               .b = tile->x,
                                               .c = pass->s.weight,
                                               .ldc = TILE,
                                               .below = 1,
                                               .half = tile->half});
  TIER(isotropic_logits)(pass, tile, k, n);
}

void TIER(isotropic_factors)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const tweedie_level *level = pass->level;
  float *slopes = tile->acc + pass->prior->dim * TILE;
  vf slope[2];
  for (int v = 0; v < 2; v++)
    slope[v] = vf_mul(vf_load(slopes + v * VF_LANES), vf_load(pass->s.fade + v * VF_LANES)); /* times 1 is exact */
  for (int64_t i = 0; i < n; i++) {
    const int64_t at = (k + pass->picked[i]) * level->stride;
    const vf pull = vf_set(level->pull[at]), add = vf_set(level->slope[at]);
    for (int v = 0; v < 2; v++) {
      const vf w = vf_load(pass->s.weight + i * TILE + v * VF_LANES);
      slope[v] = vf_fma(w, add, slope[v]);
      vf_store(pass->s.factor + i * TILE + v * VF_LANES, vf_mul(w, pull));
    }
  }
  for (int v = 0; v < 2; v++) vf_store(slopes + v * VF_LANES, slope[v]);
}

static void accumulate(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n, int fading) {
  const int64_t d = pass->prior->dim;
  TIER(isotropic_factors)(pass, tile, k, n);
  TIER(product_columns)(&(struct tweedie_product){.a = pass->prior->means + k * d,
                                                  .stride = d,
                                                  .m = d,
                                                  .k = n,
                                                  .b = pass->s.factor,
                                                  .c = tile->acc,
                                                  .ldc = TILE,
                                                  .start = fading ? FROM_FADED_C : FROM_C,
                                                  .fade = pass->s.fade,
                                                  .half = tile->half,
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

const struct tweedie_component_kernels TIER(isotropic) = {NULL, logits, accumulate, spread, TIER(times_isotropic)};
