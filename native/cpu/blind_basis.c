/* Components with eigenvalues of their own (diagonal, low rank, full) on a grid of levels. In their eigenbasis only
 * 1 / P depends on the level, so the logits of all levels are one product of the table of 1 / P (S x r) with the
 * squares of the projections, and the gains one product of the weights with the same table: 4 S r flops beside the
 * 4 d r of the projections. Blocks hold one component. */
#include "blind.h"

static void square_rest(int64_t d, const float *z, vf rest[2]) {
  rest[0] = rest[1] = vf_set(0.0f);
  for (int64_t j = 0; j < d; j += TWEEDIE_CHAIN) {
    vf sum[2] = {vf_set(0.0f), vf_set(0.0f)};
    add_squares(chain(d - j), z + j * TILE, sum);
    for (int v = 0; v < 2; v++) rest[v] = vf_add(rest[v], sum[v]);
  }
}

/* s.p = the row in the component's eigenbasis, s.v = its squares; s.weight = what a distance starts from: the rest of
 * a low rank, else nothing. */
static void project_squares(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t r) {
  const tweedie_prior *prior = pass->prior;
  const tweedie_blind *blind = pass->blind;
  if (prior->kind == TWEEDIE_LOW_RANK) {
    vf rest[2];
    TIER(split)(pass, tile, k);
    square_rest(prior->dim, pass->s.z, rest);
    for (int64_t s = 0; s < blind->levels; s++) {
      const vf shift = vf_set(blind->shift[k * blind->levels + s]);
      for (int v = 0; v < 2; v++) vf_store(pass->s.weight + s * TILE + v * VF_LANES, vf_mul(rest[v], shift));
    }
  } else if (prior->kind == TWEEDIE_FULL) {
    TIER(project)(pass, tile, k, tile->x);
  }
  const float *from = prior->kind == TWEEDIE_DIAGONAL ? tile->x : pass->s.p;
  const float *centre = prior->kind == TWEEDIE_DIAGONAL ? prior->means + k * r
                        : prior->kind == TWEEDIE_FULL   ? blind->projected + k * r
                                                        : NULL;
  for (int64_t e = 0; e < r; e++) {
    for (int64_t at = e * TILE; at < (e + 1) * TILE; at += VF_LANES) {
      const vf p = centre ? vf_sub(vf_load(from + at), vf_set(centre[e])) : vf_load(from + at);
      vf_store(pass->s.p + at, p);
      vf_store(pass->s.v + at, vf_mul(p, p));
    }
  }
}

/* s.weight = the squared distances: the products of 1 / P with s.v, onto what a low rank's start from. s.mass takes a
 * chain that is added. */
static void find_distances(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t r) {
  const int64_t levels = pass->blind->levels;
  for (int64_t e = 0; e < r; e += TWEEDIE_CHAIN) {
    const int goes_on = e > 0 || pass->prior->kind == TWEEDIE_LOW_RANK;
    float *to = goes_on ? pass->s.mass : pass->s.weight;
    TIER(product_rows)(&(struct tweedie_product){.a = pass->blind->inverse + k * levels * r + e,
                                                 .stride = r,
                                                 .m = levels,
                                                 .k = chain(r - e),
                                                 .b = pass->s.v + e * TILE,
                                                 .c = to,
                                                 .ldc = TILE,
                                                 .half = tile->half});
    for (int64_t at = 0; goes_on && at < levels * TILE; at += VF_LANES)
      vf_store(pass->s.weight + at, vf_add(vf_load(pass->s.weight + at), vf_load(to + at)));
  }
}

/* The gain in each direction, sum of w value / P, times the projection: to s.v. Weightless levels at both ends of the
 * grid, most of it, are left out: their zeros would change no sum. */
static void gain(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t r) {
  const tweedie_blind *blind = pass->blind;
  const vf zero = vf_set(0.0f);
  int64_t from = blind->levels, to = 0;
  for (int64_t s = 0; s < blind->levels; s++) {
    const float *w = pass->s.weight + s * TILE;
    if (!vm_any(vm_or(vf_lt(zero, vf_load(w)), vf_lt(zero, vf_load(w + VF_LANES))))) continue;
    from = s < from ? s : from;
    to = s + 1;
  }
  if (from > to) from = to;
  TIER(product_columns)(&(struct tweedie_product){.a = blind->inverse + (k * blind->levels + from) * r,
                                                  .stride = r,
                                                  .m = r,
                                                  .k = to - from,
                                                  .b = pass->s.weight + from * TILE,
                                                  .c = pass->s.v,
                                                  .ldc = TILE,
                                                  .half = tile->half});
  const float *value = blind->value + k * r;
  for (int64_t e = 0; e < r; e++) {
    const vf l = vf_set(value[e]);
    for (int64_t at = e * TILE; at < (e + 1) * TILE; at += VF_LANES)
      vf_store(pass->s.v + at, vf_mul(vf_mul(vf_load(pass->s.v + at), l), vf_load(pass->s.p + at)));
  }
}

static void add_weighted(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t r,
                       const vf w[2]) {
  const tweedie_blind *blind = pass->blind;
  const int low_rank = pass->prior->kind == TWEEDIE_LOW_RANK;
  vf g[2] = {vf_set(0.0f), vf_set(0.0f)};
  for (int64_t s = 0; low_rank && s < blind->levels; s++) {
    const vf pull = vf_set(blind->pull[k * blind->levels + s]);
    for (int v = 0; v < 2; v++) g[v] = vf_fma(vf_load(pass->s.weight + s * TILE + v * VF_LANES), pull, g[v]);
  }
  TIER(add_mean)(pass, tile, k, w, low_rank ? pass->s.z : NULL, g);
  gain(pass, tile, k, r);
  if (pass->prior->kind != TWEEDIE_DIAGONAL) {
    TIER(expand)(pass, tile, k, pass->s.v, tile->acc);
    return;
  }
  for (int64_t at = 0; at < r * TILE; at += VF_LANES)
    vf_store(tile->acc + at, vf_add(vf_load(tile->acc + at), vf_load(pass->s.v + at)));
}

void TIER(blind_basis_block)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  (void)n;
  const tweedie_prior *prior = pass->prior;
  const tweedie_blind *blind = pass->blind;
  const int64_t levels = blind->levels, r = prior->kind == TWEEDIE_DIAGONAL ? prior->dim : prior->rank;
  const vf before[2] = {vf_load(tile->top), vf_load(tile->top + VF_LANES)};
  project_squares(pass, tile, k, r);
  find_distances(pass, tile, k, r);
  vf top[2] = {before[0], before[1]};
  for (int64_t s = 0; s < levels; s++) {
    const vf bias = vf_set(blind->bias[k * levels + s]);
    for (int v = 0; v < 2; v++) {
      float *at = pass->s.weight + s * TILE + v * VF_LANES;
      top[v] = put_logit(at, vf_fma(vf_set(-0.5f), vf_load(at), bias), top[v]);
    }
  }
  for (int v = 0; v < 2; v++) vf_store(tile->top + v * VF_LANES, top[v]);
  vm fading = move_top(pass, tile, before);
  if (*tile->refined != 0) {
    TIER(refine_levels)(pass, tile, k);
    fading = vm_or(vf_lt(vf_load(pass->s.fade), vf_set(1.0f)), vf_lt(vf_load(pass->s.fade + VF_LANES), vf_set(1.0f)));
  }
  const int any = TIER(weigh)(pass, levels);
  const vf w[2] = {vf_load(pass->s.mass), vf_load(pass->s.mass + VF_LANES)};
  add_masses(pass, tile, pass->s.weight);
  if (!pass->rows->acc) return;
  if (any)
    add_weighted(pass, tile, k, r, w);
  else if (vm_any(fading)) /* an infinite logit */
    fade_sums(pass, tile);
}
