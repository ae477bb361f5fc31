/* Components with an eigenbasis U (d x r): full covariances, and low rank plus isotropic. Per row and component
 * 4 d r flops full, 6 d r low rank, all of them products with U, which stays in cache between them and for a whole
 * group of rows. Blocks hold one component. */
#include "score.h"

/* v = weight slope p (full: of z = p scale - shift) */
static void weigh(struct tweedie_pass *pass, int64_t k, const float *weight) {
  const int64_t r = pass->prior->rank;
  const float *slope = pass->level->slope + k * r;
  const vf w[2] = {weight ? vf_load(weight) : vf_set(1.0f), weight ? vf_load(weight + VF_LANES) : vf_set(1.0f)};
  for (int64_t e = 0; e < r; e++) {
    const vf s = vf_set(slope[e]);
    for (int v = 0; v < 2; v++) {
      const int64_t at = e * TILE + v * VF_LANES;
      vf_store(pass->s.v + at, vf_mul(weight ? vf_mul(w[v], s) : s, vf_load(pass->s.p + at)));
    }
  }
}

void TIER(expand)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const float *v, float *out) {
  const int64_t d = pass->prior->dim, r = pass->prior->rank;
  TIER(product_rows)(&(struct tweedie_product){
      .a = pass->prior->basis + k * d * r, .stride = r, .m = d, .k = r, .b = v, .c = out, .ldc = TILE, .start = FROM_C,
      .half = tile->half});
}

void TIER(project)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const float *z) {
  const int64_t d = pass->prior->dim, r = pass->prior->rank;
  TIER(product_columns)(&(struct tweedie_product){
      .a = pass->prior->basis + k * d * r, .stride = r, .m = r, .k = d, .b = z, .c = pass->s.p, .ldc = TILE,
      .half = tile->half});
}

/* The logit of squared distance q. */
LANE void finish_logit(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const vf q[2]) {
  for (int v = 0; v < 2; v++) {
    const vf logit = vf_fma(vf_set(-0.5f), q[v], vf_set(pass->level->bias[k])), top = vf_load(tile->top + v * VF_LANES);
    vf_store(tile->top + v * VF_LANES, put_logit(pass->s.weight + v * VF_LANES, logit, top));
  }
}

void TIER(add_mean)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const vf w[2],
                    const float *rest, const vf g[2]) {
  const int64_t d = pass->prior->dim;
  const float *m = pass->prior->means + k * d;
  const vf fade[2] = {vf_load(pass->s.fade), vf_load(pass->s.fade + VF_LANES)};
  const int means = sums_means(pass);
  for (int64_t j = 0; j < d; j++) {
    const vf mean = vf_set(means ? m[j] : 0.0f);
#pragma GCC unroll 2
    for (int v = 0; v < 2; v++) {
      const int64_t at = j * TILE + v * VF_LANES;
      vf acc = vf_fma(w[v], mean, vf_mul(vf_load(tile->acc + at), fade[v]));
      if (rest) acc = vf_fma(g[v], vf_load(rest + at), acc);
      vf_store(tile->acc + at, acc);
    }
  }
}

/* Whether the floor is of what lies outside of the basis alone. */
static int floor_is_outside(const struct tweedie_pass *pass) {
  return pass->prior->kind == TWEEDIE_LOW_RANK && pass->level->form == TWEEDIE_SCORES;
}

/* s.variance_j = floor + sum over e of U_je^2 spread_e, floor times what U_j lacks of 1 where it is of that alone: the
 * same for all rows */
static void variance(struct tweedie_pass *pass, int64_t k, float floor) {
  const int64_t d = pass->prior->dim, r = pass->prior->rank;
  const float *u = pass->prior->basis + k * d * r, *spread = pass->level->spread + k * r;
  for (int64_t j = 0; j < d; j++, u += r) {
    float outside = 1.0f;
    for (int64_t e = 0; floor_is_outside(pass) && e < r; e++) outside = __builtin_fmaf(-u[e], u[e], outside);
    float h = floor * outside;
    for (int64_t e = 0; e < r; e++) h = __builtin_fmaf(u[e] * u[e], spread[e], h);
    pass->s.variance[j] = h;
  }
}

/* tile.acc += w (h + (M - mean)^2), M in s.z */
static void add_moments(struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  for (int64_t j = 0; j < pass->prior->dim; j++) {
    const vf h = vf_set(pass->s.variance[j]);
    for (int v = 0; v < TILE; v += VF_LANES) {
      const int64_t at = j * TILE + v;
      vf_store(tile->acc + at, moment(vf_load(pass->s.weight + v), vf_load(pass->s.z + at), vf_load(tile->mean + at), h,
                                      vf_load(tile->acc + at)));
    }
  }
}

/* tile.acc += w ((M - mean)'vector (M - mean) + V vector), M in s.z, V = U diag(spread) U', plus floor I or floor
 * (I - U U') where there is one */
static void add_product(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const float *floor) {
  const int64_t d = pass->prior->dim, r = pass->prior->rank;
  const float *z = pass->s.z;
  float *s = pass->s.rows;
  TIER(project)(pass, tile, k, tile->vector);
  for (int64_t at = 0; at < d * TILE; at += VF_LANES)
    vf_store(s + at, floor ? vf_load(tile->vector + at) : vf_set(0.0f));
  if (floor_is_outside(pass)) {
    for (int64_t at = 0; at < r * TILE; at += VF_LANES) vf_store(pass->s.v + at, vf_negate(vf_load(pass->s.p + at)));
    TIER(expand)(pass, tile, k, pass->s.v, s);
  }
  for (int64_t at = 0; floor && at < d * TILE; at += VF_LANES)
    vf_store(s + at, vf_mul(vf_set(*floor), vf_load(s + at)));
  for (int64_t e = 0; e < r; e++) {
    const vf spread = vf_set(pass->level->spread[k * r + e]);
    for (int v = 0; v < TILE; v += VF_LANES)
      vf_store(pass->s.v + e * TILE + v, vf_mul(spread, vf_load(pass->s.p + e * TILE + v)));
  }
  TIER(expand)(pass, tile, k, pass->s.v, s);
  for (int v = 0; v < TILE; v += VF_LANES) {
    const vf w = vf_load(pass->s.weight + v);
    vf c = vf_set(0.0f);
    for (int64_t at = v; at < d * TILE; at += TILE)
      c = vf_fma(vf_sub(vf_load(z + at), vf_load(tile->mean + at)), vf_load(tile->vector + at), c);
    for (int64_t at = v; at < d * TILE; at += TILE) {
      const vf t = vf_sub(vf_load(z + at), vf_load(tile->mean + at));
      vf_store(tile->acc + at, add_times(w, c, t, vf_load(s + at), vf_load(tile->acc + at)));
    }
  }
}

/* ---- full ---- */

static void full_logits(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  (void)n;
  const tweedie_level *level = pass->level;
  const int64_t r = pass->prior->rank;
  TIER(project)(pass, tile, k, tile->x);
  vf q[2] = {vf_set(0.0f), vf_set(0.0f)};
  for (int64_t e = 0; e < r; e++) {
    const vf scale = vf_set(level->scale[k * r + e]), shift = vf_set(level->shift[k * r + e]);
    for (int v = 0; v < 2; v++) {
      const int64_t at = e * TILE + v * VF_LANES;
      const vf z = vf_fms(vf_load(pass->s.p + at), scale, shift);
      vf_store(pass->s.p + at, z);
      q[v] = vf_fma(z, z, q[v]);
    }
  }
  finish_logit(pass, tile, k, q);
}

static void full_add_weighted(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                            int fading) {
  (void)n;
  (void)fading;
  const vf w[2] = {vf_load(pass->s.weight), vf_load(pass->s.weight + VF_LANES)};
  TIER(add_mean)(pass, tile, k, w, NULL, w);
  weigh(pass, k, pass->s.weight);
  TIER(expand)(pass, tile, k, pass->s.v, tile->acc);
}

/* The components' posterior means to s.z. */
static void full_means(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k) {
  const int64_t d = pass->prior->dim;
  const int means = sums_means(pass);
  weigh(pass, k, NULL);
  for (int64_t j = 0; j < d; j++) {
    const vf m = vf_set(means ? pass->prior->means[k * d + j] : 0.0f);
    for (int v = 0; v < TILE; v += VF_LANES) vf_store(pass->s.z + j * TILE + v, m);
  }
  TIER(expand)(pass, tile, k, pass->s.v, pass->s.z);
}

static void full_spread(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  (void)n;
  variance(pass, k, 0.0f);
  full_means(pass, tile, k);
  add_moments(pass, tile);
}

static void full_times(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  (void)n;
  full_means(pass, tile, k);
  add_product(pass, tile, k, NULL);
}

/* ---- low rank: z = x' - a m, p = U'z, s.z the rest z - U p ---- */

void TIER(split)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k) {
  const int64_t d = pass->prior->dim, r = pass->prior->rank;
  float *z = pass->s.z;
  for (int64_t j = 0; j < d; j++) {
    const vf m = vf_set(pass->prior->means[k * d + j]);
    for (int v = 0; v < TILE; v += VF_LANES) {
      const int64_t at = j * TILE + v;
      vf_store(z + at, vf_fma(vf_set(-pass->alpha), m, vf_load(tile->x + at)));
    }
  }
  TIER(project)(pass, tile, k, z);
  for (int64_t at = 0; at < r * TILE; at += VF_LANES) vf_store(pass->s.v + at, vf_negate(vf_load(pass->s.p + at)));
  TIER(expand)(pass, tile, k, pass->s.v, z);
}

static void low_rank_logits(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  (void)n;
  const tweedie_level *level = pass->level;
  const int64_t r = pass->prior->rank;
  vf s1[2] = {vf_set(0.0f), vf_set(0.0f)}, s2[2] = {vf_set(0.0f), vf_set(0.0f)};
  TIER(split)(pass, tile, k);
  add_squares(pass->prior->dim, pass->s.z, s1);
  for (int64_t e = 0; e < r; e++) {
    const vf scale = vf_set(level->scale[k * r + e]);
    for (int v = 0; v < 2; v++) {
      const vf t = vf_mul(vf_load(pass->s.p + e * TILE + v * VF_LANES), scale);
      s2[v] = vf_fma(t, t, s2[v]);
    }
  }
  for (int v = 0; v < 2; v++) s2[v] = vf_fma(s1[v], vf_set(level->shift[k]), s2[v]);
  finish_logit(pass, tile, k, s2);
}

static void low_rank_add_weighted(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                                int fading) {
  (void)n;
  (void)fading;
  const vf w[2] = {vf_load(pass->s.weight), vf_load(pass->s.weight + VF_LANES)}, pull = vf_set(pass->level->pull[k]);
  TIER(add_mean)(pass, tile, k, w, pass->s.z, (vf[]){vf_mul(w[0], pull), vf_mul(w[1], pull)});
  weigh(pass, k, pass->s.weight);
  TIER(expand)(pass, tile, k, pass->s.v, tile->acc);
}

static void low_rank_means(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k) {
  const int64_t d = pass->prior->dim;
  const vf pull = vf_set(pass->level->pull[k]);
  const int means = sums_means(pass);
  weigh(pass, k, NULL);
  for (int64_t j = 0; j < d; j++) {
    const vf m = vf_set(means ? pass->prior->means[k * d + j] : 0.0f);
    for (int v = 0; v < TILE; v += VF_LANES) {
      const int64_t at = j * TILE + v;
      vf_store(pass->s.z + at, vf_fma(pull, vf_load(pass->s.z + at), m));
    }
  }
  TIER(expand)(pass, tile, k, pass->s.v, pass->s.z);
}

static void low_rank_spread(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  (void)n;
  variance(pass, k, pass->level->floor[k]);
  low_rank_means(pass, tile, k);
  add_moments(pass, tile);
}

static void low_rank_times(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  (void)n;
  low_rank_means(pass, tile, k);
  add_product(pass, tile, k, pass->level->floor + k);
}

const struct tweedie_component_kernels TIER(full) = {NULL, full_logits, NULL, full_add_weighted, full_spread, full_times};
const struct tweedie_component_kernels TIER(low_rank) = {NULL, low_rank_logits, NULL, low_rank_add_weighted, low_rank_spread,
                                                           low_rank_times};
