/* Blind rows that no level explains (cpu/blind_refine.c says which and why): logits of all their components in float64.
 * A block of threads takes a row through the whole shard. Few rows are such, and most blocks end at once. */
#include "blind.cuh"

/* What a row's first time through the shard shows. */
static __device__ bool is_unexplained(const blind_pass &q, int64_t row) {
  bool any = false;
  const float top = (float)q.p.s.top[row];
  for (int64_t s = 0; s < q.blind.levels; s++) {
    if (!(q.sums[s * q.p.s.ld + row] > 0.0f)) continue;
    if (top < q.blind.least[s]) return true;
    any = true;
  }
  return !any;
}

static __global__ void find_unexplained(blind_pass q) {
  const int64_t row = first_item();
  if (row >= q.p.size) return;
  q.unexplained[row] = is_unexplained(q, row);
  if (!q.unexplained[row]) return;
  for (int64_t s = 0; s < q.blind.levels; s++) q.sums[s * q.p.s.ld + row] = 0.0f;
  const bool parts = q.p.prior.kind != TWEEDIE_ISOTROPIC && q.p.rows.acc;
  for (int64_t j = 0; parts && j < q.p.prior.dim; j++) q.p.s.part[j * q.p.s.ld + row] = 0.0f;
  q.p.s.top[row] = -HUGE_VAL;
}

static __device__ double largest(double a, double b) { return a > b ? a : b; }

/* ---- isotropic components ---- */

static __device__ double logit_of(const blind_pass &q, int64_t component, int64_t s, double squared) {
  const tweedie_blind &b = q.blind;
  const double half = 0.5 / (b.variance[component * b.stride] + b.noise[s]);
  return fma(-half, squared, b.constant[component * b.levels * b.bias_stride + s]);
}

/* By 16 threads, the 16 chains of the contract; every one of them gets it. */
static __device__ double squared_distance(const blind_pass &q, int64_t row, int64_t component) {
  const float *m = q.p.prior.means + component * q.p.prior.dim;
  double sum = 0.0;
  for (int64_t j = threadIdx.x % 16; j < q.p.prior.dim; j += 16) {
    const double t = (double)q.p.s.x[j * q.p.s.ld + row] - (double)m[j];
    sum = fma(t, t, sum);
  }
  return fold16(sum);
}

static __global__ void __launch_bounds__(THREADS) refine_isotropic(blind_pass q) {
  SHARED(double, squared, [TWEEDIE_BLOCK_ISOTROPIC]);
  SHARED(double, best, [TWEEDIE_BLOCK_ISOTROPIC]);
  const score_space &s = q.p.s;
  const int64_t S = q.blind.levels;
  for (int64_t row = blockIdx.x; row < q.p.size; row += gridDim.x) {
    if (!q.unexplained[row]) continue;
    double before = -HUGE_VAL;
    for (int64_t b = 0; b < q.p.blocks; b++) {
      const int64_t k = b * q.p.block, n = q.p.n - k < q.p.block ? q.p.n - k : q.p.block;
      for (int64_t i = threadIdx.x / 16; i < (n + 1) / 2 * 2; i += blockDim.x / 16) { /* whole warps */
        const int64_t component = q.p.first + k + (i < n ? i : n - 1);
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
        for (int64_t i = 0; i < n; i++)
          mass += vf_weight((float)(logit_of(q, q.p.first + k + i, l, squared[i]) - top));
        q.sums[l * s.ld + row] = fmaf(q.sums[l * s.ld + row], fade, mass);
      }
      for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
        const int64_t component = q.p.first + k + i, at = component * S * q.blind.stride;
        float u = 0.0f, slope = 0.0f;
        for (int64_t l = 0; l < S; l++) {
          const float w = vf_weight((float)(logit_of(q, component, l, squared[i]) - top));
          u = fmaf(w, q.blind.pull[at + l], u);
          slope = fmaf(w, q.blind.slope[at + l], slope);
        }
        s.logit[(k + i) * s.ld + row] = u;
        q.slope[(k + i) * s.ld + row] = slope;
      }
      if (threadIdx.x == 0) {
        s.fade[b * s.ld + row] = fade;
        s.live[b * ((q.p.size + TILE - 1) / TILE) + row / TILE] = 1;
      }
      before = top;
      __syncthreads();
    }
    if (threadIdx.x == 0) s.top[row] = before;
  }
}

/* ---- components with eigenvalues of their own ---- */

/* A row in its block of threads; `row` of float64 and float32 beside it. */
struct refining {
  int64_t row, k; /* k of the prior */
  double *along, *logit, *seen64;
  float *seen, *p, *weight;
};

static __device__ double basis_of(const blind_pass &q, int64_t at) {
  return (double)q.p.prior.basis[at] + (double)q.p.prior.rest[at];
}

/* The row seen from the component, in its basis, in both precisions. */
static __device__ void see(const blind_pass &q, const refining &o) {
  const int64_t d = q.p.prior.dim, r = q.rank, first = o.k * d * r;
  const int32_t kind = q.p.prior.kind;
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    const float x = q.p.s.x[j * q.p.s.ld + o.row], m = q.p.prior.means[o.k * d + j];
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
      p = fmaf(q.p.prior.basis[first + j * r + e], o.seen[j], p);
    }
    o.along[e] = v;
    o.p[e] = kind == TWEEDIE_FULL ? p - q.blind.projected[o.k * r + e] : p;
  }
  __syncthreads();
  if (kind != TWEEDIE_LOW_RANK) return;
  for (int64_t j = threadIdx.x; j < d; j += blockDim.x) {
    float z = o.seen[j];
    for (int64_t e = 0; e < r; e++) z = fmaf(q.p.prior.basis[first + j * r + e], -o.p[e], z);
    o.seen[j] = z;
  }
}

/* |z - U p|^2 of a low rank: chain i of 16 */
static __device__ double chain_of_rest(const blind_pass &q, const refining &o, int64_t i) {
  const int64_t d = q.p.prior.dim, r = q.rank, first = o.k * d * r;
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

static __device__ double logit_at(const blind_pass &q, const refining &o, int64_t s, const double *rest) {
  const double noise = q.blind.noise[s];
  double chain[16] = {};
  for (int64_t e = 0; e < q.rank; e++)
    chain[e % 16] =
        fma(o.along[e] * o.along[e], 0.5 / (q.blind.variance[o.k * q.rank + e] + noise), chain[e % 16]);
  double form = fold_chains(chain);
  if (q.p.prior.kind == TWEEDIE_LOW_RANK) {
    double beside[16];
    for (int l = 0; l < 16; l++) beside[l] = rest[l];
    form = fma(fold_chains(beside), 0.5 / (q.blind.floor[o.k] + noise), form);
  }
  return q.blind.constant[o.k * q.blind.levels + s] - form;
}

/* part = part fade + what the component adds */
static __device__ void add_weighted(const blind_pass &q, const refining &o, float fade) {
  const int64_t d = q.p.prior.dim, r = q.rank, S = q.blind.levels;
  const bool low_rank = q.p.prior.kind == TWEEDIE_LOW_RANK;
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
    float *part = q.p.s.part + j * q.p.s.ld + o.row;
    float sum = fmaf(mass, q.p.prior.means[o.k * d + j], *part * fade);
    if (low_rank) sum = fmaf(pull, o.seen[j], sum);
    if (q.p.prior.kind == TWEEDIE_DIAGONAL)
      sum = sum + o.p[j];
    else
      for (int64_t e = 0; e < r; e++) sum = fmaf(q.p.prior.basis[(o.k * d + j) * r + e], o.p[e], sum);
    *part = sum;
  }
}

static __global__ void __launch_bounds__(THREADS) refine_basis(blind_pass q) {
  SHARED(double, rest, [16]);
  const int64_t d = q.p.prior.dim, r = q.rank, S = q.blind.levels, slot = blockIdx.x;
  refining o = {};
  o.along = q.own.along + slot * (r + d), o.seen64 = o.along + r, o.logit = q.own.logit + slot * S;
  o.seen = q.own.seen + slot * d, o.p = q.own.p + slot * r, o.weight = q.own.weight + slot * S;
  for (o.row = slot; o.row < q.p.size; o.row += gridDim.x) {
    if (!q.unexplained[o.row]) continue;
    double before = -HUGE_VAL;
    for (int64_t k = 0; k < q.p.n; k++) {
      o.k = q.p.first + k;
      see(q, o);
      __syncthreads();
      if (q.p.prior.kind == TWEEDIE_LOW_RANK && threadIdx.x < 16) rest[threadIdx.x] = chain_of_rest(q, o, threadIdx.x);
      __syncthreads();
      for (int64_t s = threadIdx.x; s < S; s += blockDim.x) o.logit[s] = logit_at(q, o, s, rest);
      __syncthreads();
      double top = before;
      for (int64_t s = 0; s < S; s++) top = largest(o.logit[s], top);
      const float fade = vf_weight((float)(before - top));
      for (int64_t s = threadIdx.x; s < S; s += blockDim.x) {
        const float w = vf_weight((float)(o.logit[s] - top));
        float *sum = q.sums + s * q.p.s.ld + o.row;
        o.weight[s] = w;
        *sum = fmaf(*sum, fade, w);
      }
      before = top;
      __syncthreads();
      if (q.p.rows.acc) add_weighted(q, o, fade);
      __syncthreads();
    }
    if (threadIdx.x == 0) q.p.s.top[o.row] = before;
  }
}

void blind_refine(call &c, const blind_pass &q) {
  const int64_t rows = smaller(q.p.size, REFINED_AT_ONCE);
  const int walk = walk_threads(q.p.size);
  launch(c, find_unexplained, tiles(q.p.size, walk), 1, walk, q);
  if (q.p.prior.kind == TWEEDIE_ISOTROPIC)
    launch(c, refine_isotropic, rows, 1, THREADS, q);
  else
    launch(c, refine_basis, rows, 1, THREADS, q);
}
