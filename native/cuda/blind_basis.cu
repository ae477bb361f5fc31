/* Components with eigenvalues of their own (diagonal, low rank, full) on a grid of levels. Only 1 / P depends on the
 * level: the distances of all levels are one product of the table of 1 / P (S x r) with the squares of the row in the
 * eigenbasis, the gains one product of the weights with the same table. Blocks hold one component, and chunks of
 * components are worked on together. */
#include "blind.cuh"

static bool low_rank(const blind_pass &q) { return q.p.prior.kind == TWEEDIE_LOW_RANK; }

/* ---- distances ---- */

/* p less the component's centre, and its squares */
static __global__ void square_places(blind_pass q, int64_t k) {
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  const int64_t here = (at.i * q.rank + at.j) * q.p.s.ld + at.row, centre = (q.p.first + k + at.i) * q.rank + at.j;
  float v;
  switch (q.p.prior.kind) {
    case TWEEDIE_DIAGONAL: v = q.p.s.x[at.j * q.p.s.ld + at.row] - q.p.prior.means[centre]; break;
    case TWEEDIE_FULL: v = q.p.s.p[here] - q.blind.projected[centre]; break;
    default: v = -q.p.s.p[here]; break; /* as basis_split leaves it */
  }
  q.p.s.p[here] = v;
  q.square[here] = v * v;
}

/* level = shift times the squared norm of the rest, which a low rank's distances start from */
static __global__ void start_distances(blind_pass q, int64_t k) {
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  const int64_t d = q.p.prior.dim, S = q.blind.levels;
  const float *z = q.p.s.z + at.i * d * q.p.s.ld + at.row, *shift = q.blind.shift + (q.p.first + k + at.i) * S;
  float rest = 0.0f, chain = 0.0f;
  for (int64_t j = 0; j < d; j++) {
    chain = fmaf(z[j * q.p.s.ld], z[j * q.p.s.ld], chain);
    if ((j + 1) % TWEEDIE_CHAIN != 0 && j + 1 < d) continue;
    rest = rest + chain;
    chain = 0.0f;
  }
  for (int64_t s = 0; s < S; s++) q.level[(at.i * S + s) * q.p.s.ld + at.row] = rest * shift[s];
}

static void find_distances(call &c, const blind_pass &q, int64_t k, int64_t n) {
  const int64_t S = q.blind.levels, r = q.rank, ld = q.p.s.ld;
  if (low_rank(q)) {
    basis_split(c, q.p, k, n);
    launch_places(c, start_distances, q.p.size, 1, n, q, k);
  } else if (q.p.prior.kind == TWEEDIE_FULL) {
    basis_project(c, q.p, k, n, q.p.s.x, 0);
  }
  launch_places(c, square_places, q.p.size, r, n, q, k);
  product distances = {};
  distances.m = S, distances.n = q.p.size;
  distances.c = q.level, distances.ldc = ld, distances.batch_c = S * ld;
  for (int64_t e = 0; e < r; e += TWEEDIE_CHAIN) {
    distances.k = smaller(r - e, TWEEDIE_CHAIN), distances.goes_on = e > 0 || low_rank(q);
    distances.a = {q.blind.inverse + (q.p.first + k) * S * r + e, r, S * r};
    distances.b = {q.square + e * ld, ld, r * ld};
    multiply(c, PRODUCT_ROWS, distances, n);
  }
}

/* ---- weights ---- */

/* level = logits, base = the component's largest */
static __global__ void find_logits(blind_pass q, int64_t k) {
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  const int64_t S = q.blind.levels;
  const float *bias = q.blind.bias + (q.p.first + k + at.i) * S;
  float *level = q.level + at.i * S * q.p.s.ld + at.row, top = -FLT_MAX;
  for (int64_t s = 0; s < S; s++) {
    const float logit = fmaf(-0.5f, level[s * q.p.s.ld], bias[s]);
    level[s * q.p.s.ld] = logit;
    top = vf_max(logit, top);
  }
  q.p.s.base[at.i * q.p.s.ld + at.row] = top;
}

/* level = weights; their sum, and that of w pull */
static __global__ void weigh_levels(blind_pass q, int64_t k) {
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  const int64_t S = q.blind.levels, here = at.i * q.p.s.ld + at.row;
  const float base = q.p.s.base[here];
  const bool pulled = q.p.prior.kind == TWEEDIE_LOW_RANK;
  float *level = q.level + at.i * S * q.p.s.ld + at.row, mass = 0.0f, pull = 0.0f;
  for (int64_t s = 0; s < S; s++) {
    const float w = vf_weight(level[s * q.p.s.ld] - base);
    level[s * q.p.s.ld] = w;
    mass = mass + w;
    if (pulled) pull = fmaf(w, q.blind.pull[(q.p.first + k + at.i) * S + s], pull);
  }
  q.p.s.mass[here] = mass;
  q.pull[here] = pull;
}

/* sums = sums fade + w, component after component */
static __global__ void add_masses(blind_pass q, int64_t k, int64_t n) {
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  float *sums = q.sums + at.j * q.p.s.ld + at.row, sum = k == 0 ? 0.0f : *sums;
  for (int64_t i = 0; i < n; i++)
    sum = fmaf(sum, q.p.s.fade[i * q.p.s.ld + at.row], q.level[(i * q.blind.levels + at.j) * q.p.s.ld + at.row]);
  *sums = sum;
}

/* ---- sums ---- */

/* square = gain value p */
static __global__ void weigh_gains(blind_pass q, int64_t k) {
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  const int64_t here = (at.i * q.rank + at.j) * q.p.s.ld + at.row;
  q.square[here] = q.square[here] * q.blind.value[(q.p.first + k + at.i) * q.rank + at.j] * q.p.s.p[here];
}

/* Of diagonal components, whose basis is the unit matrix: a whole chunk. */
static __global__ void add_axes(blind_pass q, int64_t k, int64_t n) {
  const place_in_chunk at = place_here(q.p.size);
  if (at.row >= q.p.size) return;
  float *part = q.p.s.part + at.j * q.p.s.ld + at.row, sum = *part;
  for (int64_t i = 0; i < n; i++) {
    const int64_t here = i * q.p.s.ld + at.row;
    sum = fmaf(q.p.s.mass[here], q.p.prior.means[(q.p.first + k + i) * q.rank + at.j], sum * q.p.s.fade[here]) +
          q.square[(i * q.rank + at.j) * q.p.s.ld + at.row];
  }
  *part = sum;
}

static void add_weighted(call &c, const blind_pass &q, int64_t k, int64_t n) {
  const int64_t S = q.blind.levels, r = q.rank, ld = q.p.s.ld;
  product gains = {};
  gains.m = r, gains.n = q.p.size, gains.k = S;
  gains.a = {q.blind.inverse + (q.p.first + k) * S * r, r, S * r};
  gains.b = {q.level, ld, S * ld};
  gains.c = q.square, gains.ldc = ld, gains.batch_c = r * ld;
  multiply(c, PRODUCT_COLUMNS, gains, n);
  launch_places(c, weigh_gains, q.p.size, r, n, q, k);
  if (q.p.prior.kind == TWEEDIE_DIAGONAL) return launch_places(c, add_axes, q.p.size, q.p.prior.dim, 1, q, k, n);
  product sums = sums_of_components(q.p, k, n, q.square);
  sums.weight = q.p.s.mass, sums.fade = q.p.s.fade, sums.pulls = q.pull;
  multiply(c, PRODUCT_COMPONENTS, sums);
}

void blind_basis(call &c, const blind_pass &q) {
  if (q.p.rows.acc) clear_part(c, q.p);
  for (int64_t k = 0; k < q.p.n; k += q.p.s.chunk) {
    const int64_t n = smaller(q.p.n - k, q.p.s.chunk);
    find_distances(c, q, k, n);
    launch_places(c, find_logits, q.p.size, 1, n, q, k);
    run_tops(c, q, n, k > 0);
    launch_places(c, weigh_levels, q.p.size, 1, n, q, k);
    launch_places(c, add_masses, q.p.size, q.blind.levels, 1, q, k, n);
    if (q.p.rows.acc) add_weighted(c, q, k, n);
  }
  blind_refine(c, q);
  merge_masses(c, q);
  if (q.p.rows.acc) basis_merge(c, q.p);
}
