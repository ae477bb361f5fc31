/* Components with eigenvalues of their own (diagonal, low rank, full) on a grid of levels. Only 1 / P depends on the
 * level: the distances of all levels are one product of the table of 1 / P (S x r) with the squares of the row in the
 * eigenbasis, the gains one product of the weights with the same table. Blocks hold one component, and chunks of
 * components are worked on together. */
#include "blind.cuh"

static bool low_rank(const blind_pass &q) { return q.p.prior.kind == TWEEDIE_LOW_RANK; }

/* ---- distances ---- */

/* Sizes of what a chunk of components holds, as in score_basis.cu: rows, of arrays x rows, directions and levels. */
struct chunk {
  int64_t rows, ld, r, levels;

  explicit chunk(const blind_pass &q) : rows(q.p.size), ld(q.p.ld), r(q.rank), levels(q.blind.levels) {}
};

/* p less the component's centre, and its squares: of diagonal components from x', of low rank, which basis_split leaves
 * with the other sign, without a centre. */
static __global__ void square_places(chunk of, const float *x, const float *centres, float *p, float *squares) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t centre = at.i * of.r + at.j, here = centre * of.ld + at.row;
  const float v = !centres ? -p[here] : (x ? x[at.j * of.ld + at.row] : p[here]) - centres[centre];
  p[here] = v;
  squares[here] = v * v;
}

/* level = shift times the squared norm of the rest, which a low rank's distances start from */
static __global__ void start_distances(chunk of, int64_t d, const float *rests, const float *shifts, float *distances) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t S = of.levels;
  const float *z = rests + at.i * d * of.ld + at.row, *shift = shifts + at.i * S;
  float rest = 0.0f, chain = 0.0f;
  for (int64_t j = 0; j < d; j++) {
    chain = fmaf(z[j * of.ld], z[j * of.ld], chain);
    if ((j + 1) % TWEEDIE_CHAIN != 0 && j + 1 < d) continue;
    rest = rest + chain;
    chain = 0.0f;
  }
  for (int64_t s = 0; s < S; s++) distances[(at.i * S + s) * of.ld + at.row] = rest * shift[s];
}

static void find_distances(call &c, const blind_pass &q, int64_t k, int64_t n) {
  const int64_t S = q.blind.levels, r = q.rank, ld = q.p.s.ld;
  if (low_rank(q)) {
    basis_split(c, q.p, k, n);
    launch_places(c, start_distances, q.p.size, 1, n, q, q.p.prior.dim, q.p.s.z, q.blind.shift + (q.p.first + k) * S,
                  q.level);
  } else if (q.p.prior.kind == TWEEDIE_FULL) {
    basis_project(c, q.p, k, n, q.p.s.x, 0);
  }
  const bool diagonal = q.p.prior.kind == TWEEDIE_DIAGONAL;
  const float *centres = low_rank(q) ? NULL : (diagonal ? q.p.prior.means : q.blind.projected) + (q.p.first + k) * r;
  launch_places(c, square_places, q.p.size, r, n, q, diagonal ? q.p.s.x : NULL, centres, q.p.s.p, q.square);
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

/* Distances become logits; base = the component's largest */
static __global__ void find_logits(chunk of, const float *biases, float *distances, float *base) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t S = of.levels;
  const float *bias = biases + at.i * S;
  float *level = distances + at.i * S * of.ld + at.row, top = -FLT_MAX;
  for (int64_t s = 0; s < S; s++) {
    const float logit = fmaf(-0.5f, level[s * of.ld], bias[s]);
    level[s * of.ld] = logit;
    top = vf_max(logit, top);
  }
  base[at.i * of.ld + at.row] = top;
}

/* Logits become weights; their sum, and where there are pulls that of w pull */
static __global__ void weigh_levels(chunk of, const float *base, const float *pulls, float *logits, float *masses,
                                    float *pulled) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t S = of.levels, here = at.i * of.ld + at.row;
  float *level = logits + at.i * S * of.ld + at.row, mass = 0.0f, pull = 0.0f;
  for (int64_t s = 0; s < S; s++) {
    const float w = vf_weight(level[s * of.ld] - base[here]);
    level[s * of.ld] = w;
    mass = mass + w;
    if (pulls) pull = fmaf(w, pulls[at.i * S + s], pull);
  }
  masses[here] = mass;
  pulled[here] = pull;
}

/* sums = sums fade + w, component after component; `more` after others of the shard */
static __global__ void add_masses(chunk of, int64_t components, bool more, const float *fade, const float *weights,
                                  float *sums) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  float *to = sums + at.j * of.ld + at.row, sum = more ? *to : 0.0f;
  for (int64_t i = 0; i < components; i++)
    sum = fmaf(sum, fade[i * of.ld + at.row], weights[(i * of.levels + at.j) * of.ld + at.row]);
  *to = sum;
}

/* ---- sums ---- */

/* Gains become gain value p */
static __global__ void weigh_gains(chunk of, const float *values, const float *p, float *gains) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  const int64_t direction = at.i * of.r + at.j, here = direction * of.ld + at.row;
  gains[here] = gains[here] * values[direction] * p[here];
}

/* Of diagonal components, whose basis is the unit matrix: a whole chunk. */
static __global__ void add_axes(chunk of, int64_t components, const float *means, const float *masses,
                                const float *fades, const float *gains, float *parts) {
  const place_in_chunk at = place_here(of.rows);
  if (at.row >= of.rows) return;
  float *part = parts + at.j * of.ld + at.row, sum = *part;
  for (int64_t i = 0; i < components; i++) {
    const int64_t here = i * of.ld + at.row, direction = i * of.r + at.j;
    sum = fmaf(masses[here], means[direction], sum * fades[here]) + gains[direction * of.ld + at.row];
  }
  *part = sum;
}

static void add_chunk(call &c, const blind_pass &q, int64_t k, int64_t n) {
  const int64_t S = q.blind.levels, r = q.rank, ld = q.p.s.ld;
  product gains = {};
  gains.m = r, gains.n = q.p.size, gains.k = S;
  gains.a = {q.blind.inverse + (q.p.first + k) * S * r, r, S * r};
  gains.b = {q.level, ld, S * ld};
  gains.c = q.square, gains.ldc = ld, gains.batch_c = r * ld;
  multiply(c, PRODUCT_COLUMNS, gains, n);
  launch_places(c, weigh_gains, q.p.size, r, n, q, q.blind.value + (q.p.first + k) * r, q.p.s.p, q.square);
  if (q.p.prior.kind == TWEEDIE_DIAGONAL)
    return launch_places(c, add_axes, q.p.size, q.p.prior.dim, 1, q, n, q.p.means() + k * r, q.p.s.mass, q.p.s.fade,
                         q.square, q.p.s.part);
  product sums = sums_of_components(q.p, k, n, q.square);
  sums.weight = q.p.s.mass, sums.fade = q.p.s.fade, sums.pulls = q.pull;
  multiply(c, PRODUCT_COMPONENTS, sums);
}

void blind_basis(call &c, const blind_pass &q) {
  const score_space &s = q.p.s;
  const int64_t S = q.blind.levels;
  if (q.p.rows.acc) clear_part(c, q.p);
  for (int64_t k = 0; k < q.p.n; k += s.chunk) {
    const int64_t n = smaller(q.p.n - k, s.chunk), at = (q.p.first + k) * S;
    find_distances(c, q, k, n);
    launch_places(c, find_logits, q.p.size, 1, n, q, q.blind.bias + at, q.level, s.base);
    blind_tops(c, q, n, k > 0);
    launch_places(c, weigh_levels, q.p.size, 1, n, q, s.base, low_rank(q) ? q.blind.pull + at : NULL, q.level, s.mass,
                  q.pull);
    launch_places(c, add_masses, q.p.size, S, 1, q, n, k > 0, s.fade, q.level, q.sums);
    if (q.p.rows.acc) add_chunk(c, q, k, n);
  }
  blind_refine(c, q);
  merge_masses(c, q);
  if (q.p.rows.acc) basis_merge(c, q.p);
}
