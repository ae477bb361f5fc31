/* Components with an eigenbasis U (d x r): full covariances, and low rank plus isotropic. Blocks hold one component, and
 * chunks of components are worked on together: their rows in the eigenbasis, p, and for low rank their rest, z, go
 * through device memory between the products with U. */
#include "score.cuh"

static bool low_rank(const pass &p) { return p.prior.kind == TWEEDIE_LOW_RANK; }

/* Sizes of what components hold: rows, of arrays x rows, dimensions and directions. What belongs to components begins with
 * the first of the chunk. */
struct sizes {
  int64_t rows, ld, d, r;

  explicit sizes(const pass &p) : rows(p.size), ld(p.ld), d(p.prior.dim), r(p.prior.rank) {}
};

/* ---- products ---- */

void basis_project(call &c, const pass &p, int64_t k, int64_t n, const float *z, int64_t batch) {
  const int64_t d = p.prior.dim, r = p.prior.rank;
  product q = {};
  q.m = r, q.n = p.size, q.k = d;
  q.a = {p.prior.basis + (p.first + k) * d * r, r, d * r};
  q.b = {z, p.s.ld, batch};
  q.c = p.s.p, q.ldc = p.s.ld, q.batch_c = r * p.s.ld;
  multiply(c, PRODUCT_COLUMNS, q, n);
}

void basis_expand(call &c, const pass &p, int64_t k, int64_t n, const float *of, float *out) {
  const int64_t d = p.prior.dim, r = p.prior.rank;
  product q = {};
  q.m = d, q.n = p.size, q.k = r, q.onto = 1;
  q.a = {p.prior.basis + (p.first + k) * d * r, r, d * r};
  q.b = {of, p.s.ld, r * p.s.ld};
  q.c = out, q.ldc = p.s.ld, q.batch_c = d * p.s.ld;
  multiply(c, PRODUCT_ROWS, q, n);
}

/* ---- logits ---- */

/* p = p scale - shift, and where there is room its squared norm's logit */
static __global__ void full_logits(sizes of, const float *scale, const float *shift, const float *bias, float *p,
                                   float *logits) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t first = at.i * of.r;
  float *v = p + first * of.ld + at.row, q = 0.0f;
  for (int64_t e = 0; e < of.r; e++) {
    const float z = fmaf(v[e * of.ld], scale[first + e], -shift[first + e]);
    v[e * of.ld] = z;
    q = fmaf(z, z, q);
  }
  if (logits) logits[at.i * of.ld + at.row] = fmaf(-0.5f, q, bias[at.i]);
}

/* z = x' - a m */
static __global__ void low_rank_shift(sizes of, float minus_alpha, const float *means, const float *x, float *z) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t here = at.i * of.d + at.j;
  z[here * of.ld + at.row] = fmaf(minus_alpha, means[here], x[at.j * of.ld + at.row]);
}

/* p = -p, so that expanding it takes the projection away */
static __global__ void negate(sizes of, float *p) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  float *v = p + (at.i * of.r + at.j) * of.ld + at.row;
  *v = -*v;
}

/* From the rest in z and p (of either sign). */
static __global__ void low_rank_logits(sizes of, const float *scale, const float *shift, const float *bias,
                                       const float *p, const float *z, float *logits) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t d = of.d, r = of.r, ld = of.ld;
  const float *v = p + at.i * r * ld + at.row, *seen = z + at.i * d * ld + at.row;
  float rest = 0.0f, q = 0.0f;
  for (int64_t j = 0; j < d; j++) rest = fmaf(seen[j * ld], seen[j * ld], rest);
  for (int64_t e = 0; e < r; e++) {
    const float t = v[e * ld] * scale[at.i * r + e];
    q = fmaf(t, t, q);
  }
  q = fmaf(rest, shift[at.i], q);
  logits[at.i * ld + at.row] = fmaf(-0.5f, q, bias[at.i]);
}

void basis_split(call &c, const pass &p, int64_t k, int64_t n) {
  const int64_t d = p.prior.dim, r = p.prior.rank;
  launch_places(c, low_rank_shift, p.size, d, n, p, -p.alpha, p.means() + k * d, p.s.x, p.s.z);
  basis_project(c, p, k, n, p.s.z, d * p.s.ld);
  launch_places(c, negate, p.size, r, n, p, p.s.p);
  basis_expand(c, p, k, n, p.s.p, p.s.z);
}

/* Rows seen from components [k, k + n) of the shard: p, for low rank with its sign changed, and z; logits too where
 * they are wanted. */
static void see(call &c, const pass &p, int64_t k, int64_t n, bool wanted) {
  const int64_t first = p.first + k, directions = first * p.prior.rank;
  const float *bias = p.level.bias + first, *scale = p.level.scale + directions;
  float *logits = p.s.logit + k * p.ld;
  if (low_rank(p)) {
    basis_split(c, p, k, n);
    if (wanted)
      launch_places(c, low_rank_logits, p.size, 1, n, p, scale, p.level.shift + first, bias, p.s.p, p.s.z, logits);
  } else {
    basis_project(c, p, k, n, p.s.x, 0);
    launch_places(c, full_logits, p.size, 1, n, p, scale, p.level.shift + directions, bias, p.s.p,
                  wanted ? logits : NULL);
  }
}

void basis_logits(call &c, const pass &p) {
  for (int64_t k = 0; k < p.n; k += p.s.chunk) see(c, p, k, smaller(p.n - k, p.s.chunk), true);
}

/* ---- sums ---- */

/* p = w slope p, with its sign put right; w 1 where there are no weights */
static __global__ void weigh_directions(sizes of, const float *slope, const float *weights, bool negative, float *p) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t here = at.i * of.r + at.j;
  float *v = p + here * of.ld + at.row;
  const float seen = negative ? -*v : *v;
  *v = (weights ? weights[at.i * of.ld + at.row] * slope[here] : slope[here]) * seen;
}
static void weigh_seen(call &c, const pass &p, int64_t k, int64_t n, const float *weights) {
  const int64_t r = p.prior.rank;
  launch_places(c, weigh_directions, p.size, r, n, p, p.level.slope + (p.first + k) * r, weights, low_rank(p), p.s.p);
}

/* acc of the state, `width` apart, = keep acc + take part */
static __global__ void merge_part(sizes of, const float *part, const float *keep, const float *take, float *acc,
                                  int64_t width) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  float *sum = acc + at.row * width + at.j;
  *sum = fmaf(*sum, keep[at.row], part[at.j * of.ld + at.row] * take[at.row]);
}

void basis_merge(call &c, const pass &p) {
  launch_places(c, merge_part, p.size, p.prior.dim, 1, p, p.s.part, p.s.keep, p.s.take, p.acc(), p.width);
}

void clear_part(call &c, const pass &p) {
  c.clear(p.s.part, p.prior.dim * p.s.ld * (int64_t)sizeof(float));
}

product sums_of_components(const pass &p, int64_t k, int64_t n, const float *seen) {
  const int64_t d = p.prior.dim, r = p.prior.rank;
  product q = {};
  q.m = d, q.n = p.size, q.k = r, q.components = n, q.onto = 1;
  q.a = {p.prior.basis + (p.first + k) * d * r, r, d * r};
  q.b = {seen, p.s.ld, r * p.s.ld};
  q.c = p.s.part, q.ldc = p.s.ld;
  q.means = p.means() + k * d;
  if (low_rank(p)) q.z = p.s.z;
  return q;
}

void basis_add_weighted(call &c, const pass &p) {
  clear_part(c, p);
  for (int64_t k = 0; k < p.n; k += p.s.chunk) {
    const int64_t n = smaller(p.n - k, p.s.chunk);
    if (p.n > p.s.chunk) see(c, p, k, n, false); /* else it is still there */
    weigh_seen(c, p, k, n, p.s.logit + k * p.ld);
    product sums = sums_of_components(p, k, n, p.s.p);
    sums.weight = p.s.logit + k * p.s.ld, sums.fade = p.s.fade + k * p.s.ld;
    sums.pull = p.level.pull + p.first + k;
    if (p.level.form != TWEEDIE_MEANS) sums.means = NULL;
    multiply(c, PRODUCT_COMPONENTS, sums);
  }
  basis_merge(c, p);
}

/* ---- second passes ---- */

/* z = m, or for low rank m + pull z; m 0 where there are no means */
static __global__ void start_means(sizes of, const float *means, const float *pull, float *z) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t here = at.i * of.d + at.j;
  float *v = z + here * of.ld + at.row;
  const float m = means ? means[here] : 0.0f;
  *v = pull ? fmaf(pull[at.i], *v, m) : m;
}

void basis_means(call &c, const pass &p, int64_t k, int64_t n) {
  const int64_t d = p.prior.dim;
  if (p.n > p.s.chunk) see(c, p, k, n, false);
  weigh_seen(c, p, k, n, NULL);
  launch_places(c, start_means, p.size, d, n, p, p.level.form == TWEEDIE_MEANS ? p.means() + k * d : NULL,
                low_rank(p) ? p.level.pull + p.first + k : NULL, p.s.z);
  basis_expand(c, p, k, n, p.s.p, p.s.z);
}

/* Whether the floor is of what lies outside of the basis alone. */
static bool floor_is_outside(const pass &p) { return low_rank(p) && p.level.form == TWEEDIE_SCORES; }

/* variance_j = floor, if there is one, + sum over e of U_je^2 spread_e, floor times what U_j lacks of 1 where it is of that
 * alone: the same for all rows */
static __global__ void find_variances(sizes of, int64_t components, const float *basis, const float *spreads,
                                      const float *floor, bool outside_alone, float *variance) {
  const int64_t d = of.d, r = of.r, item = first_item();
  if (item >= components * d) return;
  const int64_t component = item / d;
  const float *u = basis + item * r, *spread = spreads + component * r;
  float h = floor ? floor[component] : 0.0f, outside = 1.0f;
  for (int64_t e = 0; outside_alone && e < r; e++) outside = fmaf(-u[e], u[e], outside);
  h = h * outside;
  for (int64_t e = 0; e < r; e++) h = fmaf(u[e] * u[e], spread[e], h);
  variance[item] = h;
}

void basis_variances(call &c, const pass &p, int64_t k, int64_t n) {
  const int64_t d = p.prior.dim, r = p.prior.rank, first = p.first + k;
  launch(c, find_variances, tiles(n * d, THREADS), 1, THREADS, p, n, p.prior.basis + first * d * r,
         p.level.spread + first * r, low_rank(p) ? p.level.floor + first : NULL, floor_is_outside(p), p.s.variance);
}

/* p = spread p, with its sign put right */
static __global__ void spread_seen(sizes of, const float *spread, bool negative, float *p) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t here = at.i * of.r + at.j;
  float *v = p + here * of.ld + at.row;
  *v = spread[here] * (negative ? -*v : *v);
}

/* product = v, or 0 where there is none */
static __global__ void start_product(sizes of, const float *vector, float *product) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  product[(at.i * of.d + at.j) * of.ld + at.row] = vector ? vector[at.j * of.ld + at.row] : 0.0f;
}

/* product = floor product */
static __global__ void floor_product(sizes of, const float *floor, float *product) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  float *v = product + (at.i * of.d + at.j) * of.ld + at.row;
  *v = floor[at.i] * *v;
}

void basis_times(call &c, const pass &p, int64_t k, int64_t n) {
  const int64_t d = p.prior.dim, r = p.prior.rank, first = p.first + k;
  basis_project(c, p, k, n, p.s.vector, 0);
  launch_places(c, start_product, p.size, d, n, p, low_rank(p) ? p.s.vector : NULL, p.s.product);
  if (floor_is_outside(p)) {
    launch_places(c, negate, p.size, r, n, p, p.s.p);
    basis_expand(c, p, k, n, p.s.p, p.s.product);
  }
  if (low_rank(p)) launch_places(c, floor_product, p.size, d, n, p, p.level.floor + first, p.s.product);
  launch_places(c, spread_seen, p.size, r, n, p, p.level.spread + first * r, floor_is_outside(p), p.s.p);
  basis_expand(c, p, k, n, p.s.p, p.s.product);
}
