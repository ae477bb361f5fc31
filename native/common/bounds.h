/* What the float32 logit of an isotropic component can be at most and at least, from products of 8-bit codes, and how far
 * below the top one has no weight: docs/pruning.md derives each term. Over lanes of rows, as formula.h; include lane.h or
 * cpu/simd.h first. */
#ifndef TWEEDIE_BOUNDS_H
#define TWEEDIE_BOUNDS_H

#include <float.h>
#include <math.h>

#include "formula.h"
#include "tweedie.h"

#define BOUNDS_LARGEST 127.0f /* code */
#define BOUNDS_TINY 1e-18f /* what squares that underflowed may hide of a norm */
#define BOUNDS_GREAT 1e30f /* beyond it a row is taken whole: sums could overflow */

/* A row's step between codes; `largest` is that of its elements' sizes. */
struct row_step {
  vf minus_delta, delta, inverse;
};
LANE struct row_step bounds_step(vf largest) {
  const vf whole = vf_set(BOUNDS_LARGEST), none = vf_set(0.0f);
  const vm least = vf_lt(largest, vf_set(1.0f / BOUNDS_GREAT)); /* all lost: its inverse could be infinite */
  const vf delta = vf_select(least, none, vf_div(largest, whole));
  struct row_step step = {vf_sub(none, delta), delta, vf_select(least, none, vf_div(whole, largest))};
  return step;
}

/* The code of an element, a whole number; adds the square of what it loses. */
LANE vu bounds_code(struct row_step step, vf x, vf *lost) {
  const vf sum = vf_fma(x, step.inverse, vf_set(FORMULA_ROUND));
  const vf rest = vf_fma(step.minus_delta, vf_sub(sum, vf_set(FORMULA_ROUND)), x);
  *lost = vf_fma(rest, rest, *lost);
  return vu_sub(vf_bits(sum), vu_set(0x4b400000u));
}

/* A norm from the float32 sum of squares of at most d elements, or more. */
LANE float bounds_chain(int64_t d) { return ((float)d + 8.0f) * 0x1p-23f; }
LANE vf bounds_norm(vf squares, int64_t d) {
  return vf_fma(vf_sqrt(squares), vf_set(1.0f + bounds_chain(d)), vf_set(BOUNDS_TINY));
}
LANE float bounds_scale(float scale) { return scale * (1.0f + 0x1p-20f); }

/* What the bounds of a row's logits need. */
struct row_bounds {
  vf step; /* of codes, times the level's scale */
  vf error; /* of a logit, for each unit of a component's norm */
  vf rest; /* for each unit of its slack */
  vf least; /* whatever the component; infinity where nothing can be said */
  vm usual; /* something can */
};
/* From |x'|^2 and the squares of what the codes lose; `scale` is the level's, `norm` the largest of components. */
LANE struct row_bounds bounds_row(vf squares, vf lost_squares, vf delta, int64_t d, float scale, float norm) {
  const vf size = bounds_norm(squares, d), lost = bounds_norm(lost_squares, d), none = vf_set(0.0f);
  const vf up = vf_set(bounds_scale(scale));
  const vf each = vf_mul(up, vf_fma(size, vf_set(bounds_chain(d) + 0x1p-20f), lost));
  const vf rest = vf_mul(up, vf_add(size, lost));
  const vm usual = vf_lt(vf_mul(rest, vf_set(norm)), vf_set(BOUNDS_GREAT)); /* false for NaN */
  struct row_bounds row = {vf_select(usual, vf_mul(delta, vf_set(scale)), none), vf_select(usual, each, none),
                           vf_select(usual, rest, none),
                           vf_select(usual, vf_set(0x1p-20f + scale * (float)d * 0x1p-148f), vf_set(INFINITY)), usual};
  return row;
}

/* How far a logit may be from what the codes say of it, but for the rounding of its bias. */
LANE vf bounds_width(vf error, vf rest, vf least, float norm, float slack) {
  return vf_fma(error, vf_set(norm), vf_fma(rest, vf_set(slack), least));
}
/* A bias with what may be lost of it; no less than -FLT_MAX, since an infinite row plus that is no NaN. */
LANE float bounds_bias_lost(float bias) {
  const float size = bias < 0.0f ? -bias : bias;
  return size < INFINITY ? 0x1p-21f * size : 0.0f;
}
LANE float bounds_bias_up(float bias) {
  const float up = bias + bounds_bias_lost(bias);
  return up > -FLT_MAX ? up : -FLT_MAX;
}
LANE float bounds_bias_down(float bias) { return bias - bounds_bias_lost(bias); }

/* A logit so far below the top has no weight, and is no candidate of a row that is refined. squares and error are the
 * row's |x'|^2 and the bound on its logits' error, half the level's 1 / (2 p), bound its largest bias. */
LANE vf bounds_margin(vf squares, vf error, int64_t d, float norm, float alpha, float half, float scale, float bound) {
  const float chain = bounds_chain(d);
  const vf size = bounds_norm(squares, d);
  /* how far apart logits of floats and doubles can be */
  const vf reach = vf_add(size, vf_set(alpha * norm));
  const vf doubles = vf_mul(vf_mul(reach, reach), vf_set(0x1p-38f * half));
  const vf floats = vf_fma(vf_mul(size, vf_set(scale * norm)), vf_set(4.0f * chain), vf_set(0x1p-20f * bound));
  const vf refined = vf_fma(error, vf_set(2.0f + 0x1p-19f), vf_add(doubles, floats));
  const vf margin = vf_set(TWEEDIE_CUTOFF + 0x1p-10f);
  const vm is_refined = vf_lt(vf_set(TWEEDIE_LOGIT_ERROR), error);
  return vf_select(is_refined, vf_fma(refined, vf_set(1.0f + 0x1p-20f), margin), margin);
}

/* What no float32 logit of a row's best component in the shards before is below, from its state's top; half as above. */
LANE double bounds_top(double top, int is_refined, double half, float squares, int64_t d) {
  if (!is_refined) return top;
  /* in float64, and with what products leave out */
  const double norm = half * (double)squares, size = top < 0 ? -top : top;
  return top + norm - (norm * (double)(d + 8) + size) * 0x1p-22;
}

#endif
