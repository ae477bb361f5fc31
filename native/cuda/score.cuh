/* What the score family shares. A call takes the rows in groups; of a group, over one shard of components, or over some
 * side by side, which fill the device where rows are few:
 *
 *   x' = x - alpha centre, turned, so that neighbouring threads have neighbouring rows       (score.cu)
 *   logits, components x rows                            (product.cu, score_basis.cu for components with an eigenbasis)
 *   weights in their place, by the rules of the blocks                                       (softmax.cu)
 *   sums over components                                 (product.cu, score_basis.cu, score_spread.cu)
 *
 * Logits and weights go through device memory: for a data set with d = 784 that is 16 bytes for 3,136 flops. Few components
 * leave them in shared memory, and are accumulated by one kernel (score_fused.cu). */
#ifndef TWEEDIE_CUDA_SCORE_H
#define TWEEDIE_CUDA_SCORE_H

#include <float.h>

#include "launch.cuh"
#include "product.cuh"
#include "sizes.h"

/* Of a component with an eigenbasis, rows seen from components that are kept: 512 MB. And rows of a group at least. */
#define CHUNK_FLOATS (INT64_C(1) << 27)
#define LEAST_GROUP_BASIS 1024

static inline int64_t padded(int64_t n) { return (n + 31) / 32 * 32; }
/* Rows of a group of at most `most`, by their dimension. */
int64_t group_rows(int64_t dim, int64_t most);

/* Components that a filter has left to tiles of rows, by their number in the pass. */
enum { FILTER_TILE = 64 };
struct survivors {
  int64_t ld;   /* from tile to tile */
  int *listed;  /* tiles x ld: all of a tile, in any order */
  int *count;   /* tiles */
  int *member;  /* tiles x ld: those of a block, in order, from the block's place on */
  int *members; /* tiles x blocks: how many */
};

/* How the scratch memory is cut. Arrays "x rows" have ld columns. */
struct score_space {
  int64_t group; /* rows taken together */
  int64_t ld;
  int64_t side;   /* shards side by side */
  int64_t shard;  /* most components worked on together */
  int64_t ldk;    /* of arrays x components */
  int64_t blocks; /* of so many components */
  int64_t chunk;  /* components with an eigenbasis taken together */
  float *x;       /* d x rows: x' */
  float *norm;    /* rows: |x'|^2 */
  float *error;   /* rows: bound on the error of a logit */
  float *turned;  /* d x components: means, where the prior has none turned; of diagonal components their scale */
  float *shifted; /* d x components: of diagonal components their shift */
  float *logit;   /* components x rows: logits, then weights */
  float *base;    /* blocks x rows: largest logit of the block, then what is subtracted from the logits before exp */
  float *fade;    /* blocks x rows: the logarithm of the factor of the state so far, then the factor */
  float *mass;    /* blocks x rows: largest logit of the block, then the sum of its weights */
  int *live;      /* blocks x tiles of rows: 0 where a block changes nothing */
  double *top;    /* shards x rows: maximum of the shard's logits */
  float *sum;     /* shards x rows: sum of the shard's weights */
  float *slope;   /* shards x rows: its sum of w slope */
  int64_t *chosen; /* shards x rows: the component that was drawn there */
  float *keep;    /* shards x rows: factor of the state in a merge */
  float *take;    /* shards x rows: factor of the shard in a merge */
  float *sums;    /* shards x rows x ldd: the shards' sums over components, where there are several */
  int64_t ldd;
  float *p;       /* chunk x rank x rows: rows seen in the eigenbasis */
  float *z;       /* chunk x d x rows: rows less their projection; in a second pass the components' posterior means */
  float *part;    /* d x rows: sums over components */
  float *mean;     /* d x rows: the mean less centre */
  float *vector;   /* d x rows: what the covariance is multiplied with */
  float *product;  /* chunk x d x rows: components' covariances times it */
  float *along;    /* some x rows: components' (M - mean)'vector */
  float *variance; /* chunk x d */
  int64_t some;    /* components that are taken together for it */
  /* of a filter (score_filter.cu): */
  int8_t *codes;             /* rows x its stride: of x' */
  struct row_limits *limits; /* rows */
  survivors left;            /* for each tile of rows */
  double *along64; /* rows x 2 x rank: in float64, what a warp sees of a row in the eigenbases of two components */
};

enum space_use {
  SPACE_ACCUMULATE, /* the state is made, of shards side by side */
  SPACE_ONE_SHARD,  /* the same of one */
  SPACE_SECOND_PASS /* over a complete state */
};
/* For calls of `components` of the prior at most. Returns the bytes needed; scratch may be null where only they are asked
 * for. */
int64_t score_space_carve(score_space *s, void *scratch, const tweedie_prior *prior, int64_t components, int64_t rows,
                          space_use use);

/* Rows of a group, components and their blocks, as most kernels know them. Arrays "x rows" have ld columns. */
struct extent {
  int64_t size, ld; /* rows */
  int64_t n;        /* components */
  int64_t block, blocks, shards;
};

/* Blocks of a shard but the last, and where a shard's begin and end among all. */
static __host__ __device__ __forceinline__ int64_t shard_blocks(const extent &e) { return TWEEDIE_SHARD / e.block; }
static __device__ __forceinline__ int64_t first_block(const extent &e, int64_t shard) { return shard * shard_blocks(e); }
static __device__ __forceinline__ int64_t last_block(const extent &e, int64_t shard) {
  return shard + 1 < e.shards ? (shard + 1) * shard_blocks(e) : e.blocks;
}
/* Components of block b. */
static __device__ __forceinline__ int64_t block_size(const extent &e, int64_t b) {
  return e.n - b * e.block < e.block ? e.n - b * e.block : e.block;
}

/* A pass of one group over one shard, or over several, on the host. Kernels are given their extent and the arrays that they
 * read and write: what belongs to rows begins with those of the group, what belongs to components with the first. */
struct pass : extent {
  tweedie_prior prior;
  tweedie_level level;
  tweedie_rows rows; /* all of the call */
  score_space s;
  int64_t first;     /* component */
  operand turned;    /* d x components: as in the space, or the prior's own */
  int64_t group;     /* the first row of the group */
  int64_t width;
  float alpha;
  bool accumulating; /* else the state is complete, and weights are relative to its maximum */
  float coarse;      /* what fast mode adds to error_scale */
  bool filters;      /* components that provably have no weight are left out (score_filter.cu) */
  bool products;     /* its logits are products, until their maxima are found */
  const tweedie_noise *base;

  int64_t batch_row() const { return rows.begin + group; }
  const float *x() const { return rows.x + batch_row() * prior.dim; }
  const float *means() const { return prior.means + first * prior.dim; }
  /* of the state; acc and chosen may be null */
  double *top() const { return rows.top + group; }
  float *sum() const { return rows.sum + group; }
  float *acc() const { return rows.acc ? rows.acc + group * width : NULL; }
  int64_t *chosen() const { return rows.chosen ? rows.chosen + group : NULL; }
  /* the maximum that weights are relative to, or null while it is not known */
  const double *final_top() const { return accumulating ? NULL : top(); }
};

/* Rows that a block of threads refines, a warp each; their logits share sectors of memory. */
enum { REFINE_ROWS = 8 };
/* Whether a row's logits are found again in float64, by the bound on their error. */
static __device__ __forceinline__ bool refined(float error) { return !(error <= TWEEDIE_LOGIT_ERROR); }

/* The sum over 16 threads, folded 8, 4, 2, 1; every one of them gets it. */
static __device__ __forceinline__ double fold16(double sum) {
  for (int half = 8; half > 0; half /= 2) sum += __shfl_down_sync(0xffffffffu, sum, half, 16);
  return __shfl_sync(0xffffffffu, sum, 0, 16);
}

/* Numbers of a column that a thread has in flight: a load that waits for the store before it takes a trip to memory each.
 * A divisor of the blocks of 84 components. */
enum { AT_ONCE = 6 };

/* Hands n numbers that lie ld apart to `take`, in order, with their index. */
template <class T>
static __device__ __forceinline__ void walk_column(const float *from, int64_t ld, int64_t n, T take) {
  int64_t i = 0;
  for (; i + AT_ONCE <= n; i += AT_ONCE) {
    float v[AT_ONCE];
#pragma unroll
    for (int j = 0; j < AT_ONCE; j++) v[j] = from[(i + j) * ld];
#pragma unroll
    for (int j = 0; j < AT_ONCE; j++) take(i + j, v[j]);
  }
  for (; i < n; i++) take(i, from[i * ld]);
}

/* Components [first, last) in the space of a call of `components`. */
pass open_pass(call &c, const tweedie_prior *prior, const tweedie_level *level, int64_t components, int64_t first,
               int64_t last, const tweedie_rows *rows, void *scratch, space_use use);
/* The means of components [first, first + n), turned: the prior's own, or made now, in the space. */
operand turn_means(call &c, const tweedie_prior *prior, int64_t first, int64_t n, const score_space &s);
/* Rows from one group to the next: all groups are about as large. */
int64_t group_step(const pass &p);
/* Rows x' and their norms, for the group that begins at row `group`. */
void open_group(call &c, pass &p, int64_t group);
/* Logits of all components of the shard. */
void make_logits(call &c, const pass &p);
/* Weights from the logits; while accumulating, also the shard's maximum, sum and choice, merged into the state but for acc,
 * which still needs keep and take. */
void make_weights(call &c, const pass &p);
void divide_by_sum(call &c, const pass &p, float *out);
/* Between the two, for components that are not isotropic (refine_spectral.cu): logits of refined rows in float64. */
void refine_spectral(call &c, const pass &p);

/* part = 0 */
void clear_part(call &c, const pass &p);

/* diagonal += the shard's part of the covariance's diagonal, or of its product with v where that is not null */
void add_spread(call &c, const pass &p, const float *v);

/* acc of the state, columns from `at` on = keep acc + take (weights times components' columns), d of them */
void add_columns(call &c, const pass &p, const float *columns, int64_t at);

/* An empty state of `sums` masses and `width` weighted sums a row. */
void reset_states(call &c, const tweedie_rows &rows, int64_t sums, int64_t width);
/* into = merge(into, from), of such states */
void merge_states(call &c, uint32_t shard, const tweedie_rows &into, const tweedie_rows &from, int64_t sums,
                  int64_t width);

/* Element j of a posterior mean less centre; kind as in tweedie_kind, but of the sums. y = x - alpha centre. */
static __device__ __forceinline__ float mean_of_sums(int32_t kind, const float *acc, int64_t d, int64_t j, float inverse,
                                                     float y) {
  float m = acc[j] * inverse;
  if (kind == TWEEDIE_ISOTROPIC) m = fmaf(acc[d] * inverse, y, m);
  if (kind == TWEEDIE_DIAGONAL) m = fmaf(m, y, acc[d + j] * inverse);
  return m + 0.0f; /* the sign of a zero may depend on which zero weights were skipped */
}

/* A grid of elements x rows for each component of a chunk: the element, the row and the component of a thread. */
struct place_in_chunk {
  int64_t j, row, i;
};
static __device__ __forceinline__ place_in_chunk place_here(int64_t rows) {
  const unsigned across = ((unsigned)rows + blockDim.x - 1) / blockDim.x; /* a division of int64_t is 100 instructions */
  return {blockIdx.x / across, (int64_t)(blockIdx.x % across) * blockDim.x + threadIdx.x, blockIdx.y};
}
template <class... P, class... A>
void launch_places(call &c, void (*kernel)(P...), int64_t rows, int64_t elements, int64_t components, A... arguments) {
  const int threads = row_threads(rows);
  launch(c, kernel, tiles(rows, threads) * elements, components, threads, arguments...);
}

/* ---- components with an eigenbasis (score_basis.cu); [k, k + n) of the shard where that is said ---- */

/* p = U'z; z is x' of every component (batch 0), or its own */
void basis_project(call &c, const pass &p, int64_t k, int64_t n, const float *z, int64_t batch);
/* out += U of */
void basis_expand(call &c, const pass &p, int64_t k, int64_t n, const float *of, float *out);
/* Low rank: z = x' - a m - U p, and p = -U'(x' - a m) */
void basis_split(call &c, const pass &p, int64_t k, int64_t n);
/* part = for component after component part fade + w m + pull z + U seen: but for fade, w and pull */
product sums_of_components(const pass &p, int64_t k, int64_t n, const float *seen);
/* acc of the state = keep acc + take part */
void basis_merge(call &c, const pass &p);

void basis_logits(call &c, const pass &p);
void basis_add_weighted(call &c, const pass &p);
/* s.z = posterior means */
void basis_means(call &c, const pass &p, int64_t k, int64_t n);
/* s.variance = posterior variances in each direction */
void basis_variances(call &c, const pass &p, int64_t k, int64_t n);
/* s.product = posterior covariances times s.vector */
void basis_times(call &c, const pass &p, int64_t k, int64_t n);

#endif
