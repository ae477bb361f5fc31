/* Components with an eigenbasis U (d x r): full covariances, and low rank plus isotropic. Blocks hold one component, and
 * chunks of components are worked on together: their rows in the eigenbasis, p, and for low rank their rest, z, go
 * through device memory between the products with U. */
#include "score.cuh"

static bool low_rank(const pass &p) { return p.prior.kind == TWEEDIE_LOW_RANK; }

static __device__ __forceinline__ place_in_chunk here(const pass &p) { return place_here(p.size); }
static void launch_chunk(call &c, void (*kernel)(pass, int64_t), const pass &p, int64_t k, int64_t n, int64_t elements) {
  launch_places(c, kernel, p.size, elements, n, p, k);
}

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

/* p = p scale - shift, and its squared norm's logit */
static __global__ void full_logits(pass p, int64_t k) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  const int64_t r = p.prior.rank, component = p.first + k + at.i;
  float *v = p.s.p + at.i * r * p.s.ld + at.row, q = 0.0f;
  for (int64_t e = 0; e < r; e++) {
    const float z = fmaf(v[e * p.s.ld], p.level.scale[component * r + e], -p.level.shift[component * r + e]);
    v[e * p.s.ld] = z;
    q = fmaf(z, z, q);
  }
  if (p.logits) p.s.logit[(k + at.i) * p.s.ld + at.row] = fmaf(-0.5f, q, p.level.bias[component]);
}

/* z = x' - a m */
static __global__ void low_rank_shift(pass p, int64_t k) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  const int64_t d = p.prior.dim;
  p.s.z[(at.i * d + at.j) * p.s.ld + at.row] =
      fmaf(-p.alpha, p.prior.means[(p.first + k + at.i) * d + at.j], p.s.x[at.j * p.s.ld + at.row]);
}

/* p = -p, so that expanding it takes the projection away */
static __global__ void low_rank_negate(pass p, int64_t) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  float *v = p.s.p + (at.i * p.prior.rank + at.j) * p.s.ld + at.row;
  *v = -*v;
}

/* From the rest in z and p (of either sign). */
static __global__ void low_rank_logits(pass p, int64_t k) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  const int64_t d = p.prior.dim, r = p.prior.rank, component = p.first + k + at.i;
  const float *v = p.s.p + at.i * r * p.s.ld + at.row, *z = p.s.z + at.i * d * p.s.ld + at.row;
  float rest = 0.0f, q = 0.0f;
  for (int64_t j = 0; j < d; j++) rest = fmaf(z[j * p.s.ld], z[j * p.s.ld], rest);
  for (int64_t e = 0; e < r; e++) {
    const float t = v[e * p.s.ld] * p.level.scale[component * r + e];
    q = fmaf(t, t, q);
  }
  q = fmaf(rest, p.level.shift[component], q);
  p.s.logit[(k + at.i) * p.s.ld + at.row] = fmaf(-0.5f, q, p.level.bias[component]);
}

void basis_split(call &c, const pass &p, int64_t k, int64_t n) {
  const int64_t d = p.prior.dim;
  launch_chunk(c, low_rank_shift, p, k, n, d);
  basis_project(c, p, k, n, p.s.z, d * p.s.ld);
  launch_chunk(c, low_rank_negate, p, k, n, p.prior.rank);
  basis_expand(c, p, k, n, p.s.p, p.s.z);
}

/* Rows seen from components [k, k + n) of the shard: p, for low rank with its sign changed, and z; logits too where
 * p.logits says so. */
static void see(call &c, const pass &p, int64_t k, int64_t n) {
  if (!low_rank(p)) {
    basis_project(c, p, k, n, p.s.x, 0);
    launch_chunk(c, full_logits, p, k, n, 1);
    return;
  }
  basis_split(c, p, k, n);
  if (p.logits) launch_chunk(c, low_rank_logits, p, k, n, 1);
}

void basis_logits(call &c, const pass &p) {
  pass q = p;
  q.logits = true;
  for (int64_t k = 0; k < p.n; k += p.s.chunk) see(c, q, k, smaller(p.n - k, p.s.chunk));
}

/* ---- sums ---- */

/* p = w slope p, with its sign put right; w 1 in a second pass */
static __global__ void weigh_basis(pass p, int64_t k) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  const int64_t r = p.prior.rank, component = p.first + k + at.i;
  float *v = p.s.p + (at.i * r + at.j) * p.s.ld + at.row;
  const float slope = p.level.slope[component * r + at.j];
  const float seen = p.prior.kind == TWEEDIE_LOW_RANK ? -*v : *v;
  *v = (p.accumulating ? p.s.logit[(k + at.i) * p.s.ld + at.row] * slope : slope) * seen;
}

/* acc of the state = keep acc + take part */
static __global__ void merge_part(pass p) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  float *acc = p.rows.acc + state_row(p, at.row) * p.width + at.j;
  *acc = fmaf(*acc, p.s.keep[at.row], p.s.part[at.j * p.s.ld + at.row] * p.s.take[at.row]);
}

void basis_merge(call &c, const pass &p) { launch_places(c, merge_part, p.size, p.prior.dim, 1, p); }

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
  q.means = p.prior.means + (p.first + k) * d;
  if (low_rank(p)) q.z = p.s.z;
  return q;
}

void basis_add_weighted(call &c, const pass &p) {
  clear_part(c, p);
  for (int64_t k = 0; k < p.n; k += p.s.chunk) {
    const int64_t n = smaller(p.n - k, p.s.chunk);
    if (p.n > p.s.chunk) see(c, p, k, n); /* else it is still there */
    launch_chunk(c, weigh_basis, p, k, n, p.prior.rank);
    product sums = sums_of_components(p, k, n, p.s.p);
    sums.weight = p.s.logit + k * p.s.ld, sums.fade = p.s.fade + k * p.s.ld;
    sums.pull = p.level.pull + p.first + k;
    if (p.level.form != TWEEDIE_MEANS) sums.means = NULL;
    multiply(c, PRODUCT_COMPONENTS, sums);
  }
  basis_merge(c, p);
}

/* ---- second passes ---- */

/* z = m, or for low rank m + pull z; m only of means */
static __global__ void start_means(pass p, int64_t k) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  const int64_t d = p.prior.dim, component = p.first + k + at.i;
  float *z = p.s.z + (at.i * d + at.j) * p.s.ld + at.row;
  const float m = p.level.form == TWEEDIE_MEANS ? p.prior.means[component * d + at.j] : 0.0f;
  *z = p.prior.kind == TWEEDIE_LOW_RANK ? fmaf(p.level.pull[component], *z, m) : m;
}

void basis_means(call &c, const pass &p, int64_t k, int64_t n) {
  if (p.n > p.s.chunk) see(c, p, k, n);
  launch_chunk(c, weigh_basis, p, k, n, p.prior.rank);
  launch_chunk(c, start_means, p, k, n, p.prior.dim);
  basis_expand(c, p, k, n, p.s.p, p.s.z);
}

/* Whether the floor is of what lies outside of the basis alone. */
static __host__ __device__ bool floor_is_outside(const pass &p) {
  return p.prior.kind == TWEEDIE_LOW_RANK && p.level.form == TWEEDIE_SCORES;
}

/* variance_j = floor + sum over e of U_je^2 spread_e, floor times what U_j lacks of 1 where it is of that alone: the same
 * for all rows */
static __global__ void find_variances(pass p, int64_t k, int64_t n) {
  const int64_t d = p.prior.dim, r = p.prior.rank, item = first_item();
  if (item >= n * d) return;
  const int64_t component = p.first + k + item / d;
  const float *u = p.prior.basis + (component * d + item % d) * r, *spread = p.level.spread + component * r;
  float h = p.prior.kind == TWEEDIE_LOW_RANK ? p.level.floor[component] : 0.0f, outside = 1.0f;
  for (int64_t e = 0; floor_is_outside(p) && e < r; e++) outside = fmaf(-u[e], u[e], outside);
  h = h * outside;
  for (int64_t e = 0; e < r; e++) h = fmaf(u[e] * u[e], spread[e], h);
  p.s.variance[item] = h;
}

void basis_variances(call &c, const pass &p, int64_t k, int64_t n) {
  launch(c, find_variances, tiles(n * p.prior.dim, THREADS), 1, THREADS, p, k, n);
}

/* p = spread p, with its sign put right */
static __global__ void spread_seen(pass p, int64_t k) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  const int64_t r = p.prior.rank;
  float *v = p.s.p + (at.i * r + at.j) * p.s.ld + at.row;
  *v = p.level.spread[(p.first + k + at.i) * r + at.j] * (floor_is_outside(p) ? -*v : *v);
}

/* product = v for low rank, or 0 */
static __global__ void start_product(pass p, int64_t) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  p.s.product[(at.i * p.prior.dim + at.j) * p.s.ld + at.row] =
      p.prior.kind == TWEEDIE_LOW_RANK ? p.s.vector[at.j * p.s.ld + at.row] : 0.0f;
}

/* product = floor product */
static __global__ void floor_product(pass p, int64_t k) {
  const place_in_chunk at = here(p);
  if (at.row >= p.size) return;
  float *product = p.s.product + (at.i * p.prior.dim + at.j) * p.s.ld + at.row;
  *product = p.level.floor[p.first + k + at.i] * *product;
}

void basis_times(call &c, const pass &p, int64_t k, int64_t n) {
  basis_project(c, p, k, n, p.s.vector, 0);
  launch_chunk(c, start_product, p, k, n, p.prior.dim);
  if (floor_is_outside(p)) {
    launch_chunk(c, low_rank_negate, p, k, n, p.prior.rank);
    basis_expand(c, p, k, n, p.s.p, p.s.product);
  }
  if (low_rank(p)) launch_chunk(c, floor_product, p, k, n, p.prior.dim);
  launch_chunk(c, spread_seen, p, k, n, p.prior.rank);
  basis_expand(c, p, k, n, p.s.p, p.s.product);
}
