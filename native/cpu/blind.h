/* What the kernels of the blind family share, beside score.h. */
#ifndef TWEEDIE_BLIND_H
#define TWEEDIE_BLIND_H

#include "score.h"

tweedie_accumulate_block TIER(blind_isotropic_block), TIER(blind_basis_block);

/* Rows that no level explains (blind_refine.c): in the place of what float32 has, of refined lanes. */

/* s.weight, s.base and s.fade of component k, whose logits at all levels are in s.weight; moves tile.exact. */
void TIER(refine_levels)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k);

/* Of isotropic components of a block: their squared distances, below 0 where nothing weighs. */
struct distances {
  double squared[TWEEDIE_BLOCK_ISOTROPIC][TILE];
};
/* From their largest logits in s.pulled, which become relative to s.base; s.base, s.fade and tile.exact as above. */
void TIER(refine_distances)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                            struct distances *out);
/* less[lane] = logit of component k at level s less the maximum, of squared distances of one component. */
void TIER(refine_logit)(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t s,
                        const double *squared, float *less);

/* Elements of the chain that begins `left` before the end. */
LANE int64_t chain(int64_t left) { return left < TWEEDIE_CHAIN ? left : TWEEDIE_CHAIN; }

/* The running maximum moves from `before`: s.base is the new one, s.fade the factor of the state so far. */
LANE vm move_top(struct tweedie_pass *pass, const struct tweedie_tile *tile, const vf before[2]) {
  vm fading = vf_lt(vf_set(0.0f), vf_set(0.0f));
  for (int v = 0; v < 2; v++) {
    const vf top = vf_load(tile->top + v * VF_LANES), fade = vf_weight(vf_sub(before[v], top));
    vf_store(pass->s.base + v * VF_LANES, top);
    vf_store(pass->s.fade + v * VF_LANES, fade);
    fading = vm_or(fading, vf_lt(fade, vf_set(1.0f)));
  }
  return fading;
}

/* sum_s = fma(sum_s, fade, mass_s) */
LANE void add_masses(struct tweedie_pass *pass, const struct tweedie_tile *tile, const float *mass) {
  const vf fade[2] = {vf_load(pass->s.fade), vf_load(pass->s.fade + VF_LANES)};
  for (int64_t s = 0; s < pass->blind->levels; s++) {
    for (int v = 0; v < 2; v++) {
      const int64_t at = s * TILE + v * VF_LANES;
      vf_store(tile->sum + at, vf_fma(vf_load(tile->sum + at), fade[v], vf_load(mass + at)));
    }
  }
}

/* acc = acc fade, where nothing else is added */
LANE void fade_sums(struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  for (int64_t c = 0; c < pass->s.width; c++)
    for (int v = 0; v < TILE; v += VF_LANES)
      vf_store(tile->acc + c * TILE + v, vf_mul(vf_load(tile->acc + c * TILE + v), vf_load(pass->s.fade + v)));
}

#endif
