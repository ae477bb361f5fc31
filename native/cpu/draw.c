/* The Gaussian part of the exact reverse kernel, row by row: elements of a row in vectors, since rows have components
 * of their own. */
#include "score.h"

struct draw {
  const tweedie_prior *prior;
  const tweedie_reverse *reverse;
  vf minus_alpha, target;
};

/* out = target centre + keep x' + pull m + noise xi */
static void draw_axes(const struct draw *draw, int64_t k, const float *x, const float *xi, float *out) {
  const tweedie_prior *prior = draw->prior;
  const tweedie_reverse *reverse = draw->reverse;
  const int64_t d = prior->dim, at = prior->kind == TWEEDIE_DIAGONAL ? k * d : k * reverse->stride;
  for (int64_t j = 0; j < d; j += VF_LANES) {
    const int64_t n = d - j;
    vf keep, pull, noise;
    if (prior->kind == TWEEDIE_DIAGONAL) {
      keep = load(reverse->keep + at + j, n);
      pull = load(reverse->pull + at + j, n);
      noise = load(reverse->noise + at + j, n);
    } else {
      keep = vf_set(reverse->keep[at]);
      pull = vf_set(reverse->pull[at]);
      noise = vf_set(reverse->noise[at]);
    }
    const vf centre = load(prior->centre + j, n);
    vf o = vf_fma(keep, vf_fma(draw->minus_alpha, centre, load(x + j, n)), vf_mul(draw->target, centre));
    o = vf_fma(pull, load(prior->means + k * d + j, n), o);
    store(out + j, vf_fma(noise, load(xi + j, n), o), n);
  }
}

/* p = U'z (r): chains over the rows of U */
static void project(const float *u, int64_t d, int64_t r, const float *z, float *p) {
  for (int64_t e = 0; e < r; e += VF_LANES) {
    vf sum = vf_set(0.0f);
    for (int64_t j = 0; j < d; j++) sum = vf_fma(vf_set(z[j]), load(u + j * r + e, r - e), sum);
    store(p + e, sum, r - e);
  }
}

/* out = out + U v (d): chains over the columns of U */
static void expand(const float *u, int64_t d, int64_t r, const float *v, float *out) {
  for (int64_t j = 0; j < d; j += VF_LANES) {
    vf sum = load(out + j, d - j);
    for (int64_t e = 0; e < r; e += VF_LANES) {
      vf t[VF_LANES];
      for (int64_t i = 0; i < VF_LANES; i++)
        t[i] = j + i < d ? load(u + (j + i) * r + e, r - e) : vf_set(0.0f);
      vf_transpose(t);
      for (int64_t i = 0; i < VF_LANES && e + i < r; i++) sum = vf_fma(vf_set(v[e + i]), t[i], sum);
    }
    store(out + j, sum, d - j);
  }
}

static void draw_basis(const struct draw *draw, struct tweedie_space *s, int64_t k, const float *x, const float *xi,
                       float *out) {
  const tweedie_prior *prior = draw->prior;
  const tweedie_reverse *reverse = draw->reverse;
  const int64_t d = prior->dim, r = prior->rank;
  const int low_rank = prior->kind == TWEEDIE_LOW_RANK;
  const float *u = prior->basis + k * d * r, *keep = reverse->keep + k * r, *noise = reverse->noise + k * r;
  float *z = s->z, *p = s->p, *v = s->v;
  for (int64_t j = 0; j < d; j += VF_LANES) {
    const int64_t n = d - j;
    const vf centre = load(prior->centre + j, n), m = load(prior->means + k * d + j, n);
    const vf seen = vf_fma(draw->minus_alpha, m, vf_fma(draw->minus_alpha, centre, load(x + j, n)));
    vf o = vf_mul(draw->target, vf_add(centre, m));
    if (low_rank) {
      o = vf_fma(vf_set(reverse->keep_rest[k]), seen, o);
      o = vf_fma(vf_set(reverse->noise_rest[k]), load(xi + j, n), o);
    }
    store(z + j, seen, n);
    store(out + j, o, n);
  }
  project(u, d, r, z, p);
  if (low_rank) project(u, d, r, xi, v);
  const float *fresh = low_rank ? v : xi;
  for (int64_t e = 0; e < r; e++) v[e] = __builtin_fmaf(noise[e], fresh[e], keep[e] * p[e]);
  expand(u, d, r, v, out);
}

int32_t TIER(draw)(const tweedie_prior *prior, const tweedie_reverse *reverse, const tweedie_rows *rows, float *out,
                   void *scratch) {
  const int64_t d = prior->dim;
  const struct draw draw = {prior, reverse, vf_set(-(float)reverse->alpha), vf_set((float)reverse->target)};
  struct tweedie_space s;
  tweedie_space_carve(&s, scratch, prior, TILE, 0);
  for (int64_t first = 0; first < rows->rows; first += TILE) {
    const int64_t n = rows->rows - first < TILE ? rows->rows - first : TILE;
    tweedie_noise at = rows->noise;
    at.row += (uint32_t)(rows->begin + first);
    TIER(normal)(&at, n, d, s.x);
    for (int64_t i = 0; i < n; i++) {
      const int64_t row = rows->begin + first + i, k = rows->chosen[first + i];
      const float *x = rows->x + row * d, *xi = s.x + i * d;
      if (k < 0) { /* every logit overflowed: there is nothing to draw from */
        for (int64_t j = 0; j < d; j++) out[row * d + j] = NAN;
        continue;
      }
      if (prior->kind == TWEEDIE_ISOTROPIC || prior->kind == TWEEDIE_DIAGONAL)
        draw_axes(&draw, k, x, xi, out + row * d);
      else
        draw_basis(&draw, &s, k, x, xi, out + row * d);
    }
  }
  return TWEEDIE_OK;
}
