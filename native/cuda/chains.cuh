/* What a thread does with its part of a tile, however slices of the operands come to shared memory: the steps of its
 * chains, which is what exact mode promises of a product, and C from them. */
#ifndef TWEEDIE_CUDA_CHAINS_H
#define TWEEDIE_CUDA_CHAINS_H

#include "tile.cuh"

/* What the forms have in common. */
template <product_form FORM>
struct shape {
  static constexpr bool rows = FORM == PRODUCT_ROWS || FORM == PRODUCT_COMPONENTS;
  static constexpr bool pair = FORM == PRODUCT_QUADRATIC;
  static constexpr bool fades = FORM == PRODUCT_ACCUMULATE || FORM == PRODUCT_SUMS;
  /* both operands lie in scratch memory, where vectors are whole */
  static constexpr bool scratch = pair || FORM == PRODUCT_LOGITS || FORM == PRODUCT_DISTANCES;
};

/* The part of the product that a block of threads has: its tile, and the steps of k. */
template <product_form FORM, class T>
struct block_part {
  int row, column; /* where the tile begins */
  int begin, end;  /* steps: of a batch that accumulates, its part of all */
  __device__ __forceinline__ explicit block_part(const product &p) {
    const unsigned tall = ((unsigned)p.m + T::tall::edge - 1) / T::tall::edge;
    row = (int)(blockIdx.x % tall) * T::tall::edge, column = (int)(blockIdx.x / tall) * T::wide::edge;
    begin = shape<FORM>::fades ? (int)(blockIdx.y * p.k) : 0;
    end = shape<FORM>::fades && p.all < begin + p.k ? (int)p.all : begin + (int)p.k;
  }
};

/* Where a block is in the steps of k: in a slice of STEPS, and of which component. */
template <product_form FORM, class T, int STEPS>
struct slices {
  int first, component; /* step, of the component's k */
  __device__ __forceinline__ bool inside(const product &p, int k) const {
    return FORM == PRODUCT_COMPONENTS ? component < (int)p.components : first < k;
  }
  /* To the next slice that changes something. */
  __device__ __forceinline__ void next(const product &p, int k, int row) {
    first += STEPS;
    if (FORM == PRODUCT_COMPONENTS && first >= k) first = 0, component++;
    if (shape<FORM>::fades) skip(p, k, row);
  }
  __device__ __forceinline__ void skip(const product &p, int k, int row) {
    while (first < k && first % TWEEDIE_BLOCK_ISOTROPIC == 0 && dead(p, row)) first += TWEEDIE_BLOCK_ISOTROPIC;
  }
  __device__ __forceinline__ bool dead(const product &p, int row) const {
    const int at = row / TILE, *live = p.live + first / TWEEDIE_BLOCK_ISOTROPIC * p.live_tiles + at;
    return !live[0] && ((int)T::tall::edge <= TILE || at + 1 >= p.live_tiles || !live[1]);
  }
};

/* A step of all chains of a thread: a and a2 are lines of A and A2, b one of B. */
template <product_form FORM, class T>
static __device__ __forceinline__ void one_step(const float *a, const float *a2, const float *b, int ty, int tx,
                                                float acc[T::tall::own][T::wide::own]) {
  float u[T::tall::own], v[T::wide::own], w[T::tall::own];
  T::tall::take(a, ty, u);
  T::wide::take(b, tx, v);
  if (shape<FORM>::pair) T::tall::take(a2, ty, w);
#pragma unroll
  for (int i = 0; i < T::tall::own; i++) {
#pragma unroll
    for (int j = 0; j < T::wide::own; j++) {
      if (FORM == PRODUCT_QUADRATIC || FORM == PRODUCT_DISTANCES) {
        const float z = shape<FORM>::pair ? fmaf(v[j], u[i], -w[i]) : v[j] - u[i];
        acc[i][j] = fmaf(z, z, acc[i][j]);
      } else {
        acc[i][j] = fmaf(u[i], v[j], acc[i][j]);
      }
    }
  }
}

/* What the values of a row of C are made of beside their chains: loaded once a row. */
template <product_form FORM>
struct row_factors {
  float scale, bias, shift;
  __device__ __forceinline__ row_factors(const product &p, int i) : scale(1.0f), bias(0.0f), shift(0.0f) {
    if (FORM == PRODUCT_LOGITS) {
      scale = p.scale[i * p.stride], bias = p.bias[i];
      if (p.stride) shift = p.shift[i];
    }
    if (FORM == PRODUCT_QUADRATIC) bias = p.bias[i];
    if (FORM == PRODUCT_ACCUMULATE) scale = p.take[i], bias = p.keep[i];
  }
  /* from the chain's end, |x'|^2 of the column and what C was */
  __device__ __forceinline__ float settle(const product &p, float sum, float norm, float was) const {
    if (FORM == PRODUCT_LOGITS) return fmaf(scale, sum, p.stride ? fmaf(-shift, norm, bias) : bias);
    if (FORM == PRODUCT_QUADRATIC) return fmaf(-0.5f, sum, bias);
    if (FORM == PRODUCT_ACCUMULATE) return fmaf(was, bias, sum * scale);
    if ((FORM == PRODUCT_ROWS || FORM == PRODUCT_DISTANCES) && p.goes_on) return was + sum;
    return sum;
  }
};

/* Four numbers of a line, of which `left` are there. */
static __device__ __forceinline__ void load_four(const float *at, int left, bool whole, float v[4]) {
  if (whole) {
    const float4 q = *reinterpret_cast<const float4 *>(at);
    v[0] = q.x, v[1] = q.y, v[2] = q.z, v[3] = q.w;
  } else {
#pragma unroll
    for (int j = 0; j < 4; j++)
      if (j < left) v[j] = at[j];
  }
}

/* C from the chains. A row's numbers are loaded together, before any is stored, and by vectors where they lie so. */
template <product_form FORM, class T>
static __device__ __forceinline__ void settle_tile(const product &p, int row, int column, int ty, int tx, float *c,
                                                   float acc[T::tall::own][T::wide::own]) {
  constexpr bool ADDS = FORM == PRODUCT_ROWS || FORM == PRODUCT_DISTANCES;
  const int m = (int)p.m, n = (int)p.n;
  /* of the first two forms not: both ways of storing do not fit into their registers */
  const bool vectors = FORM > PRODUCT_COLUMNS && p.ldc % 4 == 0 && (uintptr_t)c % 16 == 0;
  constexpr bool ROOM = T::tall::own <= 8; /* for norms beside the chains; else they are loaded when it is their turn */
  float norms[ROOM ? T::wide::own : 4] = {};
  if (FORM == PRODUCT_LOGITS && ROOM && p.stride) {
#pragma unroll
    for (int j = 0; j < T::wide::own; j++)
      if (column + T::wide::place(j, tx) < n) norms[j] = p.norm[column + T::wide::place(j, tx)];
  }
#pragma unroll
  for (int i = 0; i < T::tall::own; i++) {
    asm volatile("" ::: "memory"); /* a row's numbers are loaded when it is its turn: all at once would not fit */
    int at_row = row + T::tall::place(i, ty), begin = column;
    /* and so are its addresses made, where they would not fit either */
    if (!ROOM || FORM == PRODUCT_ACCUMULATE) asm volatile("" : "+r"(at_row), "+r"(begin));
    if (at_row >= m) continue;
    const row_factors<FORM> factors(p, at_row);
    float *line = c + (int64_t)at_row * p.ldc + begin;
#pragma unroll
    for (int part = 0; part < T::wide::parts; part++) {
      const int of = T::wide::first_of(part), length = T::wide::length(part), at = T::wide::place(of, tx),
                left = n - begin - at;
      float *v = &acc[i][of], *norm = norms + (ROOM ? of : 0), was[4] = {};
      const bool whole = length == 4 && vectors && left >= 4;
      if (FORM == PRODUCT_ACCUMULATE || (ADDS && p.goes_on)) load_four(line + at, left, whole, was);
      if (FORM == PRODUCT_LOGITS && !ROOM && p.stride) load_four(p.norm + begin + at, left, left >= 4, norm);
#pragma unroll
      for (int j = 0; j < length; j++) v[j] = factors.settle(p, v[j], norm[j], was[j]);
      if (whole) {
        *reinterpret_cast<float4 *>(line + at) = float4{v[0], v[1], v[2], v[3]};
      } else {
#pragma unroll
        for (int j = 0; j < length; j++)
          if (j < left) line[at + j] = v[j];
      }
    }
  }
}

/* Between blocks of components the chains of a row fade. */
template <class T>
static __device__ __forceinline__ void fade_chains(const product &p, int first, int row, int ty,
                                                   float acc[T::tall::own][T::wide::own]) {
  const int64_t block = first / TWEEDIE_BLOCK_ISOTROPIC;
#pragma unroll
  for (int i = 0; i < T::tall::own; i++) {
    const int at_row = row + T::tall::place(i, ty);
    const float fade = at_row < (int)p.m ? p.fade[block * p.ld_rows + at_row] : 0.0f;
#pragma unroll
    for (int j = 0; j < T::wide::own; j++) acc[i][j] = acc[i][j] * fade;
  }
}

#endif
