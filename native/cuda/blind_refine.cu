/* Blind rows that no level explains (cpu/blind_refine.c says which and why): logits of all their components in float64.
 * A block of threads takes a row through the whole shard. Few rows are such, and most blocks end at once. */
#include "blind.cuh"

/* What these kernels read of a pass, and where they put it. */
struct refinement : extent {
  tweedie_blind blind;
  int32_t kind;
  int64_t dim, rank, first;
  const float *x, *means, *basis, *rest;
  int *unexplained;
  float *sums;
  double *top;
  float *factor, *slope, *fade; /* isotropic */
  int *live;
  float *part; /* the others, or null where no means are wanted */
  refined_row own;

  explicit refinement(const blind_pass &q)
      : extent(q.p),
        blind(q.blind),
        kind(q.p.prior.kind),
        dim(q.p.prior.dim),
        rank(q.rank),
        first(q.p.first),
        x(q.p.s.x),
        means(q.p.prior.means),
        basis(q.p.prior.basis),
        rest(q.p.prior.rest),
        unexplained(q.unexplained),
        sums(q.sums),
        top(q.p.s.top),
        factor(q.p.s.logit),
        slope(q.slope),
        fade(q.p.s.fade),
        live(q.p.s.live),
        part(q.p.rows.acc ? q.p.s.part : NULL),
        own(q.own) {}
};

/* What a row's first time through the shard shows. */
static __device__ bool is_unexplained(const refinement &q, int64_t row) {
  bool any = false;
  const float top = (float)q.top[row];
  for (int64_t s = 0; s < q.blind.levels; s++) {
    if (!(q.sums[s * q.ld + row] > 0.0f)) continue;
    if (top < q.blind.least[s]) return true;
    any = true;
  }
  return !any;
}

static __global__ void find_unexplained(refinement q) {
  const int64_t row = first_item();
  if (row >= q.size) return;
  q.unexplained[row] = is_unexplained(q, row);
  if (!q.unexplained[row]) return;
  for (int64_t s = 0; s < q.blind.levels; s++) q.sums[s * q.ld + row] = 0.0f;
  const bool parts = q.kind != TWEEDIE_ISOTROPIC && q.part;
  for (int64_t j = 0; parts && j < q.dim; j++) q.part[j * q.ld + row] = 0.0f;
  q.top[row] = -HUGE_VAL;
}

static __device__ double largest(double a, double b) { return a > b ? a : b; }

/* ---- isotropic components ---- */

static __device__ double logit_of(const refinement &q, int64_t component, int64_t s, double squared) {
  const tweedie_blind &b = q.blind;
  const double half = 0.5 / (b.variance[component * b.stride] + b.noise[s]);
  return fma(-half, squared, b.constant[component * b.levels * b.bias_stride + s]);
}

/* By 16 threads, the 16 chains of the contract; every one of them gets it. */
static __device__ double squared_distance(const refinement &q, int64_t row, int64_t component) {
  const float *m = q.means + component * q.dim;
  double sum = 0.0;
  for (int64_t j = threadIdx.x % 16; j < q.dim; j += 16) {
    const double t = (double)q.x[j * q.ld + row] - (double)m[j];
    sum = fma(t, t, sum);
  }
  return fold16(sum);
}

static __global__ void __launch_bounds__(THREADS, 2) refine_blind_isotropic(refinement q) {
  SHARED(double, squared, [TWEEDIE_BLOCK_ISOTROPIC]);
  SHARED(double, best, [TWEEDIE_BLOCK_ISOTROPIC]);
  const int64_t S = q.blind.levels;
  for (int64_t row = blockIdx.x; row < q.size; row += gridDim.x) {
    if (!q.unexplained[row]) continue;
    double before = -HUGE_VAL;
    for (int64_t b = 0; b < q.blocks; b++) {
      const int64_t k = b * q.block, n = q.n - k < q.block ? q.n - k : q.block;
      for (int64_t i = threadIdx.x / 16; i < (n + 1) / 2 * 2; i += blockDim.x / 16) { /* whole warps */
        const int64_t component = q.first + k + (i < n ? i : n - 1);
        const double distance = squared_distance(q, row, component);
        double most = -HUGE_VAL;
        for (int64_t l = threadIdx.x % 16; l < S; l += 16) most = largest(logit_of(q, component, l, distance), most);
        for (int half = 8; half > 0; half /= 2)
          most = largest(__shfl_xor_sync(0xffffffffu, most, half, 16), most);
        if (threadIdx.x % 16 == 0 && i < n) squared[i] = distance, best[i] = most;
      }
      __syncthreads();
      double top = before;
      for (int64_t i = 0; i < n; i++) top = largest(best[i], top);
      const float fade = vf_weight((float)(before - top));
      for (int64_t l = threadIdx.x; l < S; l += blockDim.x) {
        float mass = 0.0f;
        for (int64_t i = 0; i < n; i++) mass += vf_weight((float)(logit_of(q, q.first + k + i, l, squared[i]) - top));
        q.sums[l * q.ld + row] = fmaf(q.sums[l * q.ld + row], fade, mass);
      }
      for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
        const int64_t component = q.first + k + i, at = component * S * q.blind.stride;
        float u = 0.0f, slope = 0.0f;
        for (int64_t l = 0; l < S; l++) {
          const float w = vf_weight((float)(logit_of(q, component, l, squared[i]) - top));
          u = fmaf(w, q.blind.pull[at + l], u);
          slope = fmaf(w, q.blind.slope[at + l], slope);
        }
        q.factor[(k + i) * q.ld + row] = u;
        q.slope[(k + i) * q.ld + row] = slope;
      }
      if (threadIdx.x == 0) {
        q.fade[b * q.ld + row] = fade;
        q.live[b * ((q.size + TILE - 1) / TILE) + row / TILE] = 1;
      }
      before = top;
      __syncthreads();
    }
    if (threadIdx.x == 0) q.top[row] = before;
  }
}

/* ---- components with eigenvalues of their own ---- */

/* A row in its block of threads; `row` of float64 and float32 beside it. */
struct refining {
  int64_t row, k; /* k of the prior */
  double *along, *logit, *seen64;
  float *seen, *p, *weight;
};

static __device__ double basis_of(const refinement &q, int64_t at) { return (double)q.basis[at] + (double)q.rest[at]; }

/* The row seen from the component, in its basis, in both precisions. */
static __device__ void see_row(const refinement &q, const refining &o) {
  const int64_t d = q.dim, r = q.rank, first = o.k * d * r;
  const int32_t kind = q.kind;
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    const float x = q.x[j * q.ld + o.row], m = q.means[o.k * d + j];
    o.seen64[j] = (double)x - (double)m;
    o.seen[j] = kind == TWEEDIE_FULL ? x : fmaf(-1.0f, m, x);
    if (kind == TWEEDIE_DIAGONAL) o.along[j] = o.seen64[j], o.p[j] = o.seen[j];
  }
  __syncthreads();
  if (kind == TWEEDIE_DIAGONAL) return;
  for (int64_t e = threadIdx.x; e < r; e += blockDim.x) {
    double v = 0.0;
    float p = 0.0f;
    for (int64_t j = 0; j < d; j++) {
      v = fma(basis_of(q, first + j * r + e), o.seen64[j], v);
      p = fmaf(q.basis[first + j * r + e], o.seen[j], p);
    }
    o.along[e] = v;
    o.p[e] = kind == TWEEDIE_FULL ? p - q.blind.projected[o.k * r + e] : p;
  }
  __syncthreads();
  if (kind != TWEEDIE_LOW_RANK) return;
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    float z = o.seen[j];
    for (int64_t e = 0; e < r; e++) z = fmaf(q.basis[first + j * r + e], -o.p[e], z);
    o.seen[j] = z;
  }
}

/* |z - U p|^2 of a low rank: chain i of 16 */
static __device__ double chain_of_rest(const refinement &q, const refining &o, int64_t i) {
  const int64_t d = q.dim, r = q.rank, first = o.k * d * r;
  double sum = 0.0;
  for (int64_t j = i; j < d; j += 16) {
    double off = o.seen64[j];
    for (int64_t e = 0; e < r; e++) off = fma(-basis_of(q, first + j * r + e), o.along[e], off);
    sum = fma(off, off, sum);
  }
  return sum;
}

static __device__ double fold_chains(double *chain) {
  for (int half = 8; half > 0; half /= 2)
    for (int l = 0; l < half; l++) chain[l] += chain[l + half];
  return chain[0];
}

static __device__ double logit_at(const refinement &q, const refining &o, int64_t s, const double *rest) {
  const double noise = q.blind.noise[s];
  double chain[16] = {};
  for (int64_t e = 0; e < q.rank; e++)
    chain[e % 16] =
        fma(o.along[e] * o.along[e], 0.5 / (q.blind.variance[o.k * q.rank + e] + noise), chain[e % 16]);
  double form = fold_chains(chain);
  if (q.kind == TWEEDIE_LOW_RANK) {
    double beside[16];
    for (int l = 0; l < 16; l++) beside[l] = rest[l];
    form = fma(fold_chains(beside), 0.5 / (q.blind.floor[o.k] + noise), form);
  }
  return q.blind.constant[o.k * q.blind.levels + s] - form;
}

/* part = part fade + what the component adds */
static __device__ void add_refined(const refinement &q, const refining &o, float fade) {
  const int64_t d = q.dim, r = q.rank, S = q.blind.levels;
  const bool low_rank = q.kind == TWEEDIE_LOW_RANK;
  float mass = 0.0f, pull = 0.0f;
  for (int64_t s = 0; s < S; s++) {
    mass = mass + o.weight[s];
    if (low_rank) pull = fmaf(o.weight[s], q.blind.pull[o.k * S + s], pull);
  }
  for (int64_t e = threadIdx.x; e < r; e += blockDim.x) {
    float gain = 0.0f;
    for (int64_t s = 0; s < S; s++) gain = fmaf(q.blind.inverse[(o.k * S + s) * r + e], o.weight[s], gain);
    o.p[e] = gain * q.blind.value[o.k * r + e] * o.p[e];
  }
  __syncthreads();
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    float *part = q.part + j * q.ld + o.row;
    float sum = fmaf(mass, q.means[o.k * d + j], *part * fade);
    if (low_rank) sum = fmaf(pull, o.seen[j], sum);
    if (q.kind == TWEEDIE_DIAGONAL)
      sum = sum + o.p[j];
    else
      for (int64_t e = 0; e < r; e++) sum = fmaf(q.basis[(o.k * d + j) * r + e], o.p[e], sum);
    *part = sum;
  }
}

static __global__ void __launch_bounds__(THREADS) refine_blind_basis(refinement q) {
  SHARED(double, rest, [16]);
  const int64_t d = q.dim, r = q.rank, S = q.blind.levels, slot = blockIdx.x;
  refining o = {};
  o.along = q.own.along + slot * (r + d), o.seen64 = o.along + r, o.logit = q.own.logit + slot * S;
  o.seen = q.own.seen + slot * d, o.p = q.own.p + slot * r, o.weight = q.own.weight + slot * S;
  for (o.row = slot; o.row < q.size; o.row += gridDim.x) {
    if (!q.unexplained[o.row]) continue;
    double before = -HUGE_VAL;
    for (int64_t k = 0; k < q.n; k++) {
      o.k = q.first + k;
      see_row(q, o);
      __syncthreads();
      if (q.kind == TWEEDIE_LOW_RANK && threadIdx.x < 16) rest[threadIdx.x] = chain_of_rest(q, o, threadIdx.x);
      __syncthreads();
      for (int64_t s = threadIdx.x; s < S; s += blockDim.x) o.logit[s] = logit_at(q, o, s, rest);
      __syncthreads();
      double top = before;
      for (int64_t s = 0; s < S; s++) top = largest(o.logit[s], top);
      const float fade = vf_weight((float)(before - top));
      for (int64_t s = threadIdx.x; s < S; s += blockDim.x) {
        const float w = vf_weight((float)(o.logit[s] - top));
        float *sum = q.sums + s * q.ld + o.row;
        o.weight[s] = w;
        *sum = fmaf(*sum, fade, w);
      }
      before = top;
      __syncthreads();
      if (q.part) add_refined(q, o, fade);
      __syncthreads();
    }
    if (threadIdx.x == 0) q.top[o.row] = before;
  }
}

void blind_refine(call &c, const blind_pass &q) {
  const int64_t rows = smaller(q.p.size, REFINED_AT_ONCE);
  const int walk = walk_threads(q.p.size);
  launch(c, find_unexplained, tiles(q.p.size, walk), 1, walk, q);
  if (q.p.prior.kind == TWEEDIE_ISOTROPIC)
    launch(c, refine_blind_isotropic, rows, 1, THREADS, q);
  else
    launch(c, refine_blind_basis, rows, 1, THREADS, q);
}
