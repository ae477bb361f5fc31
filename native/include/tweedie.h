/* The whole C ABI of Tweedie. Plain types and opaque handles only; every array is row-major.
 *
 * Exact mode: each function gives the same bits at every tier, because every value it writes is one
 * fixed sequence of + - * / sqrt and fma, whatever the vector width (see common/formula.h). Rows never
 * see each other, so a caller may cut a batch anywhere. Shapes, edges, bounds and costs of an op are on
 * its card: the Javadoc of the method with the same name in dev.tweedie.backend.Backend.
 *
 * Nothing here allocates (but open), starts a thread, prints, or keeps a global. Sizes and pointers are
 * checked in Java, where a message can name the argument.
 */
#ifndef TWEEDIE_H
#define TWEEDIE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TWEEDIE_API __attribute__((visibility("default")))

/* ---- status ------------------------------------------------------------------------------------- */

enum tweedie_status {
  TWEEDIE_OK = 0,
  TWEEDIE_UNSUPPORTED = 1, /* the tier cannot run here */
  TWEEDIE_NO_MEMORY = 2,   /* the handle stays usable */
  TWEEDIE_BAD_ARGUMENT = 3,
  TWEEDIE_FAILED = 4 /* the device or its driver failed: the handle is only good for tweedie_cuda_close */
};

/* ---- handle of the CPU library ------------------------------------------------------------------ */

enum tweedie_tier {
  TWEEDIE_SCALAR = 0,
  TWEEDIE_AVX2 = 1,
  TWEEDIE_AVX512 = 2,
  TWEEDIE_NEON = 3,
  /* TWEEDIE_AVX512 in all that is exact; fast mode has a path for handles of each: of bytes, and of bfloat16 */
  TWEEDIE_AVX512_VNNI = 4,
  TWEEDIE_AVX512_BF16 = 5
};

/* Three answers that matter to a user, and one for a library built for another processor. */
enum tweedie_support {
  TWEEDIE_USABLE = 0,
  TWEEDIE_NO_INSTRUCTIONS = 1, /* the processor lacks them */
  TWEEDIE_NOT_ENABLED = 2,     /* the processor has them, the operating system does not save their registers */
  TWEEDIE_NOT_BUILT = 3
};

typedef struct tweedie_cpu tweedie_cpu;

TWEEDIE_API const char *tweedie_cpu_abi(void); /* sha-256 of this header, compared when Java loads the library */
TWEEDIE_API int32_t tweedie_cpu_support(int32_t tier);
TWEEDIE_API int32_t tweedie_cpu_open(int32_t tier, tweedie_cpu **out);
TWEEDIE_API void tweedie_cpu_close(tweedie_cpu *cpu);
TWEEDIE_API const char *tweedie_cpu_message(const tweedie_cpu *cpu); /* of the last call that failed */

/* ---- noise -------------------------------------------------------------------------------------- */

/* An address, not a state: element j of row i is word j % 4 of
 * Philox4x32-10(key = seed, counter = (block + j / 4, row + i, stream, step)). */
typedef struct tweedie_noise {
  uint64_t seed;
  uint32_t block;
  uint32_t row;
  uint32_t stream;
  uint32_t step;
} tweedie_noise;

/* ---- step --------------------------------------------------------------------------------------- */

typedef struct tweedie_coefficients {
  float a, b, c, e;
} tweedie_coefficients;

/* ---- gemm --------------------------------------------------------------------------------------- */

/* bytes of scratch of a gemm, 64-byte aligned */
TWEEDIE_API int64_t tweedie_cpu_gemm_scratch(int64_t k);

/* ---- score -------------------------------------------------------------------------------------- */

enum tweedie_kind {
  TWEEDIE_ISOTROPIC = 0, /* C_k = c_k I; a data set is c_k = 0 */
  TWEEDIE_DIAGONAL = 1,
  TWEEDIE_LOW_RANK = 2, /* C_k = U diag(l) U' + tau^2 I */
  TWEEDIE_FULL = 3      /* C_k = U diag(l) U' */
};

/* Components are taken in blocks of tweedie_block(kind), and blocks in shards of tweedie_shard: the running
 * maximum of the softmax moves between blocks, states are merged between shards, so both are part of the
 * numbers contract. */
#define TWEEDIE_BLOCK_ISOTROPIC 84
#define TWEEDIE_BLOCK_DIAGONAL 84
#define TWEEDIE_BLOCK_BASIS 1 /* low rank and full */
#define TWEEDIE_SHARD 8064
#define TWEEDIE_LOGIT_ERROR 0.00390625f /* 2^-8 */
#define TWEEDIE_CUTOFF 40.0f            /* exp(logit - top) counts as zero below exp(-40) */

/* What the weighted sums of a level, and the second moments about them, are made of; z_k = x - a m_k, c an eigenvalue of
 * C_k. The means of all components differ from x / a by little where s^2 < a^2 c, so that differences of means cancel:
 * there the covariance is made of remainders, and the score is always summed where it cannot be had from isotropic
 * means of one variance. */
enum tweedie_form {
  TWEEDIE_MEANS = 0,      /* M_k = m_k + a C_k P_k^-1 z_k, covariances V_k = s^2 C_k P_k^-1 */
  TWEEDIE_REMAINDERS = 1, /* M_k - x / a = -(s^2 / a) P_k^-1 z_k, covariances V_k */
  TWEEDIE_SCORES = 2      /* g_k = -P_k^-1 z_k, in the covariances' place -P_k^-1: the Hessian of log p */
};

enum tweedie_dots { /* how products of codes are made; their sums are whole numbers, so both give the same */
  TWEEDIE_DOTS_PLAIN = 0,
  TWEEDIE_DOTS_VNNI = 1 /* of tier avx512, where tweedie_cpu_support(TWEEDIE_AVX512_VNNI) says that it is usable */
};

/* Means of isotropic components in 8 bits, with what rounding took of them: bounds of logits are made from these, and
 * components whose weight is proved to be zero are left out. Not a bit of any result changes. dim is 32 to 32,768, and
 * norms are at most 1e15. Belongs to one thread. libtweedie_cuda reads the struct itself on the host, looks at all codes at
 * once, always, and takes neither scratch nor dots. */
typedef struct tweedie_filter {
  const uint8_t *codes; /* K x stride: m_kj = scale_k (codes_kj' - 128), but for slack; anything from dim on */
  int64_t stride;       /* from point to point, a multiple of 64 */
  const int32_t *order; /* dim: j of the code at j' */
  int64_t head; /* so many codes are looked at first, a multiple of 64 below dim; 0: all at once */
  const float *tail; /* K: the norm of m_k's elements behind them, or more */
  const float *scale;   /* K */
  const float *norm;    /* K: |m_k|, or more */
  const float *slack; /* K: the norm of what the codes lose of m_k, or more */
  float largest;        /* max_k of norm */
  int32_t dots;         /* tweedie_dots */
  int32_t always;       /* 0: blocks are sampled first, and where too much would be left the shard is taken whole */
  void *scratch;        /* tweedie_cpu_filter_scratch bytes, 64-byte aligned */
  int64_t pairs;        /* out, added to: rows times components that calls were about */
  int64_t skipped;      /* out, added to: those of them whose logits were never computed */
  uint64_t *counted;    /* libtweedie_cuda: on the device, both of these */
} tweedie_filter;

/* Balls around the blocks of isotropic components of one variance: a block whose best possible logit is out of reach is
 * left out without being read. Of the CPU library; belongs to one thread. */
#define TWEEDIE_BALLS_OF_BLOCK 16 /* at most */
typedef struct tweedie_balls {
  const float *centre; /* balls x d: one of each block, then the further ones of blocks that have several */
  const float *radius; /* balls: the largest |m_k - centre| of those of its points that have weight, or more */
  const float *spread; /* balls: the mean of their |m_k - centre|^2, or more */
  const float *most;   /* balls: their largest log weight, or more; -infinity where none has weight */
  const float *least;  /* balls: their least log weight, or less; both less the largest of all */
  const int32_t *further; /* blocks + 1: of each block the first of its further balls; together a block's balls have each
                           * of its points once */
  float largest;       /* max_k |m_k|, or more; a centre is off the mean of its points by at most 2^-23 of it */
  const uint8_t *wanted; /* shards x wanted_stride: 0 where a row of the state needs nothing of a shard; null: all are needed */
  int64_t wanted_stride;
  const float *floor; /* rows of the state: the largest low of any shard, or null. Says where to look closely, and decides
                       * nothing */
  void *scratch;   /* tweedie_cpu_balls_scratch bytes, 64-byte aligned */
  int64_t pairs;   /* out, added to: rows times components that calls were about, but for surveys */
  int64_t skipped; /* out, added to: those of them that were left out here */
} tweedie_balls;

/* What does not depend on the level. Means are centred: the prior's mean ("centre") is subtracted. */
typedef struct tweedie_prior {
  int32_t kind;
  int32_t rank;        /* r: columns of basis; dim for full; 0 for isotropic and diagonal */
  int64_t components;  /* K */
  int64_t dim;         /* d */
  const float *centre; /* d */
  const float *means;  /* K x d */
  const float *basis;  /* K x d x r, orthonormal columns, or null */
  const float *rest;   /* K x d x r, or null: what rounding took from basis, for logits in float64 */
  tweedie_filter *filter; /* or null; libtweedie_cuda looks at it in evaluate_* and covariance_times in exact mode */
  tweedie_balls *balls;   /* or null; libtweedie_cuda does not look at it */
  const float *turned; /* or null; libtweedie_cpu does not look at it. All K means as tweedie_cuda_turn makes them */
} tweedie_prior;

/* What depends on the level (a, s), computed in float64 and rounded once. With P = a^2 C + s^2 I, p or P_e its
 * eigenvalues, q = a^2 tau^2 + s^2 (notation of the cards):
 *
 *            isotropic (K or 1)  diagonal (K x d)  low rank                      full (K x d)
 *   bias     log w_k - log det P_k / 2, for isotropic also - a^2 |m|^2 / (2p); less offset; (K)
 *   scale    a / p               1 / sqrt(p)       1 / sqrt(P_e)      (K x r)    1 / sqrt(P_e)
 *   shift    1 / (2 p)           a m / sqrt(p)     1 / q              (K)        a (U'm)_e / sqrt(P_e)
 *   slope    a c / p             a c / p           a (l + tau^2) / P  (K x r)    a l / sqrt(P_e)
 *   pull     s^2 / p             m s^2 / p         a tau^2 / q        (K)        null
 *   spread   s^2 c / p           s^2 c / p         s^2 (l + tau^2) / P - s^2 tau^2 / q (K x r)   s^2 l / P
 *   floor    null                null              s^2 tau^2 / q      (K)        null
 *
 * A bias is -infinity where the weight is 0, and only there: any other is at least -FLT_MAX.
 *
 * These are the columns of the form TWEEDIE_MEANS. Of others slope, and low rank's pull, hold the factor of z_k, which
 * is -(s^2 / a) / p of remainders and -1 / p of scores (full: times sqrt(P_e)); pull of isotropic and diagonal holds
 * s^2 / p or a / p; spread and floor of scores are those of -1 / p. For low rank these are -1 / P_e and -1 / q: the
 * floor is then of what lies outside of the basis alone, v - U U'v, since the difference of 1 / P_e and 1 / q cancels.
 *
 * stride is 0 where the isotropic columns hold one shared value, else 1. */
typedef struct tweedie_level {
  double alpha;
  double sigma;
  const float *bias;
  const float *scale;
  const float *shift;
  const float *slope;
  const float *pull;
  const float *spread;
  const float *floor;
  int64_t stride;
  double offset; /* what log evidence adds: the largest log w_k - ..., subtracted from every bias, - (d / 2) log 2 pi */
  /* Logits lose digits where sigma is small (isotropic ones are products), where a row is far off, and where dimensions
   * are many. A row's logits may be wrong by error_scale (|x'| reach + bound + widest_half |x'|^2). Where that is more than
   * TWEEDIE_LOGIT_ERROR, those that can still matter are evaluated again, directly and in float64, as
   * constant - half |x - a m|^2, or with half of each direction of its own. Of components that are not isotropic only
   * those whose own logit l may be wrong by more: by sqrt(q) (|x'| steep + far) + error_scale (q + |bias|),
   * q = 2 (bias - l). */
  const double *constant; /* K or 1: log w_k - log det P_k / 2, less the same offset; -infinity as the bias */
  int64_t constant_stride;
  const double *half;     /* 1 / (2 p): K or 1 (stride), diagonal K x d, full K x r, low rank K x (r + 1) with q's last */
  const float *steep;     /* K, null for isotropic */
  const float *far;       /* K, null for isotropic */
  float error_scale;      /* isotropic (8 + 2 sqrt(d)) 2^-24, the others (4 + sqrt(d) / 2) 2^-24 */
  float reach;            /* isotropic: max_k of |m_k| a / p */
  float bound;            /* isotropic: max_k of |bias_k| over weights > 0 */
  float widest_half;      /* isotropic: max_k of 1 / (2 p) where p differs between components; 0 where shared */
  int32_t form;           /* tweedie_form */
  float lift;             /* the score of means is (lift m - x') back: with 1 / s^2 and a of any means m, or, for */
  float back;             /* isotropic ones of one variance, with 1 / p and a / pull of m = sum rho pull m_k alone */
} tweedie_level;

/* Rows [begin, begin + rows) of a batch and the state of their softmax, merged over the components seen so far.
 * x, the noise address and every output of a score call belong to the batch (row begin is the first one touched);
 * the state is local (its index 0 is row begin), so one thread keeps one state for all the chunks it works on. */
typedef struct tweedie_rows {
  int64_t begin;
  int64_t rows;
  const float *x;      /* of the batch: row i is x + (begin + i) d */
  double *top;         /* rows: running maximum of the logits; starts at -infinity */
  float *sum;          /* rows: sum of exp(logit - top); starts at 0 */
  float *acc;          /* rows x tweedie_width: weighted sums; starts at 0; null where only the evidence matters */
  float *diagonal;     /* rows x d: the posterior covariance's diagonal, or its product with a vector; starts at 0; null
                        * where neither is wanted */
  int64_t *chosen;     /* rows: the component drawn so far, or null; starts at -1 */
  tweedie_noise noise; /* of the draw; block b of components uses word 0 of (noise.block + b, row, stream ^ 2^31, step),
                        * a merge of shard s word 0 of (s, row, stream ^ 2^30, step): where the prior is one shard of
                        * another, noise.block is the number that its first block has there, else 0 */
} tweedie_rows;

/* In both libraries. Columns of acc: d + 1 isotropic (the last: sum of w slope), 2 d diagonal (slope, pull), d low rank and full */
TWEEDIE_API int64_t tweedie_width(int32_t kind, int64_t dim);
/* bytes of scratch one thread needs for any score call, 64-byte aligned */
TWEEDIE_API int64_t tweedie_cpu_evaluate_scratch(const tweedie_prior *prior);
/* bytes of tweedie_filter.scratch; the prior's filter may still be null */
TWEEDIE_API int64_t tweedie_cpu_filter_scratch(const tweedie_prior *prior);
/* the same of tweedie_balls.scratch */
TWEEDIE_API int64_t tweedie_cpu_balls_scratch(const tweedie_prior *prior);

/* ---- draw --------------------------------------------------------------------------------------- */

/* The Gaussian part of the exact reverse kernel t -> u for the chosen component, z = x - a_t m, v the variance of
 * the transition:
 *            isotropic (K or 1)     diagonal (K x d)   low rank                           full (K x d)
 *   keep     a_tu p_u / p_t         the same           a_tu P_u / P_t - keep_rest (K x r) a_tu P_u / P_t
 *   pull     a_u v / p_t            the same           null                               null
 *   noise    sqrt(v p_u / p_t)      the same           the same - noise_rest      (K x r) sqrt(v P_u / P_t)
 *   keep_rest, noise_rest (K): the same with q, low rank only
 * x_u = a_u centre + keep x' + pull m + noise xi      (isotropic, diagonal; x' = x - a_t centre)
 * x_u = a_u (centre + m) + [keep_rest z + noise_rest xi] + U (keep U'z + noise U'xi)   (low rank)
 * x_u = a_u (centre + m) + U (keep U'z + noise xi)    (full) */
typedef struct tweedie_reverse {
  double alpha;  /* a_t */
  double target; /* a_u */
  const float *keep;
  const float *pull;
  const float *noise;
  const float *keep_rest;
  const float *noise_rest;
  int64_t stride; /* as in tweedie_level */
} tweedie_reverse;

/* ---- blind -------------------------------------------------------------------------------------- */

/* A grid of S levels (alpha 1, sigma_s) and their log masses, computed in float64 and rounded once. Level s of
 * component k is at [k S + s]; with stride 0 (isotropic, one variance) at [s], and with bias_stride 0 its bias too.
 * With P = C + s^2 I, p or P_e its eigenvalues, q = tau^2 + s^2:
 *
 *              isotropic   diagonal                low rank                full
 *   bias       log mass_s + log w_k - log det P / 2, less offset; -infinity where there is no weight or mass
 *   shift      1 / (2 p)   null                    1 / q                   null
 *   pull       s^2 / p     null                    tau^2 / q               null
 *   slope      c / p       null                    null                    null
 *   inverse    null        1 / P_j (K x S x d)     1 / P_e (K x S x r)     1 / P_e (K x S x d)
 *   value      null        c       (K x d)         l + tau^2 (K x r)       l       (K x d)
 *   projected  null        null                    null                    U'm     (K x d)
 *
 * In float64, for rows that no level explains:
 *
 *   constant   as bias, before it is rounded
 *   noise      s^2         the same                the same                the same (S)
 *   variance   c (stride)  c       (K x d)         l + tau^2 (K x r)       l       (K x d)
 *   floor      null        null                    tau^2   (K)             null
 *
 * Squared distances q of a level that explains a row are about d, and their float32 logits are precise. Where a level s
 * has mass though the row's largest logit is below least_s, q is so large that they are not (BlindTable): the row's
 * logits are then made again, directly and in float64, of the components that may weigh: whose own largest logit is not
 * below that of all, l, by more than TWEEDIE_CUTOFF + |l| / 64 + steep |x'| sqrt(2 |l|). */
typedef struct tweedie_blind {
  int64_t levels; /* S */
  const float *bias;
  const float *shift;
  const float *pull;
  const float *slope;
  const float *inverse;
  const float *value;
  const float *projected;
  int64_t stride;
  int64_t bias_stride;
  double offset; /* what log evidence adds */
  const double *constant;
  const double *noise;
  const double *variance;
  const double *floor;
  const float *least; /* S */
  float steep;        /* what rounding a projection does, over the least deviation; 0 where there is none */
} tweedie_blind;

/* columns of acc: d + 1 isotropic (the last: sum of w slope), d for the others */
TWEEDIE_API int64_t tweedie_blind_width(int32_t kind, int64_t dim);
/* bytes of scratch one thread needs for an accumulation, 64-byte aligned */
TWEEDIE_API int64_t tweedie_cpu_blind_scratch(const tweedie_prior *prior, int64_t levels);

/* ---- fast mode of the CPU library: oneMKL, where the caller finds it -------------------------------
 *
 * Error bounds are on the cards. Bits repeat on one machine with one oneMKL, for the same cut of the rows. */

enum tweedie_layer { /* of oneMKL's threads; its numbers. Asked for one that is not installed, oneMKL ends the process. */
  TWEEDIE_LAYER_INTEL = 0,
  TWEEDIE_LAYER_SEQUENTIAL = 1
};

/* Loads libmkl_rt at this path for the handle's life. TWEEDIE_UNSUPPORTED: the message says what it lacks. */
TWEEDIE_API int32_t tweedie_cpu_fast(tweedie_cpu *cpu, const char *library, int32_t layer);
TWEEDIE_API const char *tweedie_cpu_fast_version(const tweedie_cpu *cpu); /* in oneMKL's words; empty before */
TWEEDIE_API int64_t tweedie_cpu_fast_evaluate_scratch(const tweedie_prior *prior);

/* ---- fast mode of the CPU library: points that are bytes -------------------------------------------
 *
 * Needs no other library, but a handle of TWEEDIE_AVX512_VNNI; others give TWEEDIE_UNSUPPORTED. */

/* A data set as bytes: m_kj + centre_j = low + unit values_kj, but for slack. libtweedie_cuda does not look at values. */
typedef struct tweedie_bytes {
  const uint8_t *values; /* K x stride */
  int64_t stride;        /* from point to point: dim, rounded up to a multiple of 16; zeros from dim on */
  float low;
  float unit;
  float norm;  /* max_k of |unit values_k| */
  float slack; /* max_k of |m_k + centre - low - unit values_k| */
} tweedie_bytes;

TWEEDIE_API int64_t tweedie_cpu_bytes_scratch(const tweedie_prior *prior);

/* ---- fast mode of the CPU library: points rounded to bfloat16 ---------------------------------------
 *
 * Needs no other library, but a handle of TWEEDIE_AVX512_BF16; others give TWEEDIE_UNSUPPORTED. */

/* What a logit may be wrong by where its product is one of bfloat16. */
#define TWEEDIE_BF16_LOGIT_ERROR 0.0625f /* 2^-4 */

/* The means of a prior rounded to nearest, two to a word: the even one in its low half, zero where there is no odd one. */
typedef struct tweedie_bf16 {
  const uint32_t *rows;  /* K x ceil(d / 2): m_k,2j and m_k,2j+1 */
  const uint32_t *pairs; /* ceil(K / 2) x d: m_2k,j and m_2k+1,j */
  float slack;           /* max_k of the norm of what rounding took from m_k */
} tweedie_bf16;

TWEEDIE_API int64_t tweedie_cpu_bf16_scratch(const tweedie_prior *prior);

/* ---- ops of the CPU library: ops.def has their signatures, formulas and arrays ---------------------- */

#define TWEEDIE_OF_CPU(...) (tweedie_cpu * cpu, __VA_ARGS__)
#define OP(name, parameters, arguments) TWEEDIE_API int32_t tweedie_cpu_##name TWEEDIE_OF_CPU parameters;
#define CPU_OP OP
#define MKL_OP OP
#define TIER_OP(tier, name, parameters, arguments) OP(name, parameters, arguments)
#include "ops.def"
#undef TWEEDIE_OF_CPU

/* ---- the CUDA library ----------------------------------------------------------------------------
 *
 * libtweedie_cuda gives the bits of libtweedie_cpu: every tweedie_cuda_OP below is tweedie_cpu_OP with its formulas,
 * shapes and edges, and differs only in this:
 *
 * - evaluate_accumulate takes any number of shards, one after the other into the state, as by a call for each. The first
 *   component is the first of a shard.
 * - Structs are host memory, read before the call returns. Every array, and every pointer inside a struct, is device
 *   memory of this handle, at least 4-byte aligned (8 for double and int64_t).
 * - Ops are put on the handle's compute stream and run in the order of the calls, after the call has returned. An error
 *   of the device may therefore surface in a later call: that call, and every one after it, is TWEEDIE_FAILED.
 * - One thread at a time uses a handle. Any number of handles, of one or of several devices, live side by side.
 */

typedef struct tweedie_cuda tweedie_cuda;
typedef struct tweedie_cuda_event tweedie_cuda_event;
typedef struct tweedie_cuda_graph tweedie_cuda_graph;

typedef struct tweedie_cuda_device {
  int64_t memory; /* bytes, all of them */
  int64_t free;   /* bytes nobody uses now */
  int32_t major;  /* compute capability: 9 and 0 are sm_90 */
  int32_t minor;
  int32_t multiprocessors;
  int32_t driver;  /* newest CUDA the driver can run: 13000 is 13.0 */
  int32_t runtime; /* CUDA this library was built with */
  int32_t tile_products; /* 1 where it has code of wgmma for this device, that of sm_90a: TWEEDIE_BF16X3 */
  char name[256];
} tweedie_cuda_device;

TWEEDIE_API const char *tweedie_cuda_abi(void); /* as tweedie_cpu_abi */
/* Devices the driver shows; 0 also where there is no driver. */
TWEEDIE_API int32_t tweedie_cuda_count(void);
/* TWEEDIE_OK, or TWEEDIE_UNSUPPORTED and one line that says why: no libcuda.so.1, a driver older than the library needs,
 * no device, no such device, a device older than the library has code for. Cut to the capacity, zero-terminated. */
TWEEDIE_API int32_t tweedie_cuda_probe(int32_t ordinal, char *reason, int64_t capacity);
TWEEDIE_API int32_t tweedie_cuda_open(int32_t ordinal, tweedie_cuda **out);
/* Waits for the device, then frees the handle; its memory, events and graphs are freed before. Works on a failed handle. */
TWEEDIE_API void tweedie_cuda_close(tweedie_cuda *cuda);
TWEEDIE_API const char *tweedie_cuda_message(const tweedie_cuda *cuda); /* of the last call that failed */
TWEEDIE_API int32_t tweedie_cuda_info(tweedie_cuda *cuda, tweedie_cuda_device *out);
/* The cuBLAS that fast mode would find: 130000 is 13.0; 0 is none. Loads it, 150 MB that stay in the process. */
TWEEDIE_API int32_t tweedie_cuda_blas_version(void);
/* Waits until everything so far is done. */
TWEEDIE_API int32_t tweedie_cuda_synchronize(tweedie_cuda *cuda);

/* ---- device memory ---- */

/* 256-byte aligned; content undefined. TWEEDIE_NO_MEMORY leaves everything as it was. Freeing waits for the device. */
TWEEDIE_API int32_t tweedie_cuda_allocate(tweedie_cuda *cuda, int64_t bytes, void **out);
TWEEDIE_API int32_t tweedie_cuda_free(tweedie_cuda *cuda, void *memory);
/* Host to device over pinned staging, on a stream of its own. The copy starts after the event, or after everything so
 * far where that is null; whatever is put on the compute stream later waits for the copy. Returns when the host memory
 * may be changed. So the next shard travels while this one is worked on: the event is the end of the work before. */
TWEEDIE_API int32_t tweedie_cuda_upload(tweedie_cuda *cuda, void *to, const void *from, int64_t bytes,
                                        const tweedie_cuda_event *after);
/* Device to host, likewise; returns when the host memory is filled. With an event, work that was put on the compute
 * stream after it goes on meanwhile, and must not write to `from`. */
TWEEDIE_API int32_t tweedie_cuda_download(tweedie_cuda *cuda, void *to, const void *from, int64_t bytes,
                                          const tweedie_cuda_event *after);
/* On the compute stream: device to device, not overlapping; and bytes of zero. */
TWEEDIE_API int32_t tweedie_cuda_copy(tweedie_cuda *cuda, void *to, const void *from, int64_t bytes);
TWEEDIE_API int32_t tweedie_cuda_zero(tweedie_cuda *cuda, void *memory, int64_t bytes);

/* ---- events: points of the compute stream ---- */

TWEEDIE_API int32_t tweedie_cuda_event_create(tweedie_cuda *cuda, tweedie_cuda_event **out);
TWEEDIE_API int32_t tweedie_cuda_event_record(tweedie_cuda *cuda, tweedie_cuda_event *event); /* here, now */
TWEEDIE_API int32_t tweedie_cuda_event_wait(tweedie_cuda *cuda, const tweedie_cuda_event *event); /* the caller waits */
/* Device time between two recorded events; waits for the later one. */
TWEEDIE_API int32_t tweedie_cuda_event_elapsed(tweedie_cuda *cuda, const tweedie_cuda_event *from,
                                               const tweedie_cuda_event *to, double *seconds);
TWEEDIE_API void tweedie_cuda_event_free(tweedie_cuda *cuda, tweedie_cuda_event *event);

/* ---- graphs: a loop put together once, replayed as one launch ---- */

/* From here to the end ops are recorded, not run. Only ops, copies and fills may be recorded; everything else but the
 * end is TWEEDIE_BAD_ARGUMENT meanwhile. The arrays recorded must live as long as the graph. A recording of more than
 * 50,000 launches is TWEEDIE_NO_MEMORY, in the op that exceeds them and at the end: it would take seconds to put
 * together, and gigabytes. So is one that the driver has no room for. Either way the handle stays usable. */
TWEEDIE_API int32_t tweedie_cuda_capture_begin(tweedie_cuda *cuda);
TWEEDIE_API int32_t tweedie_cuda_capture_end(tweedie_cuda *cuda, tweedie_cuda_graph **out);
TWEEDIE_API int32_t tweedie_cuda_replay(tweedie_cuda *cuda, tweedie_cuda_graph *graph);
TWEEDIE_API void tweedie_cuda_graph_free(tweedie_cuda *cuda, tweedie_cuda_graph *graph);
/* Added, field by field and modulo their size, to every noise address used from here on, also by graphs recorded
 * before: a replay for the next batch moves `row`. Zero in a new handle. */
TWEEDIE_API int32_t tweedie_cuda_address(tweedie_cuda *cuda, const tweedie_noise *base);

/* ---- ops ---- */

/* step's coefficients are device memory too: those of a whole schedule are uploaded once. */
#define TWEEDIE_OF_CUDA(...) (tweedie_cuda * cuda, __VA_ARGS__)
#define OP(name, parameters, arguments) TWEEDIE_API int32_t tweedie_cuda_##name TWEEDIE_OF_CUDA parameters;
#define CUDA_OP OP
#include "ops.def"
#undef TWEEDIE_OF_CUDA

/* mark = max(mark, INT64_MAX - row) over rows with a NaN or an infinity: 0 where all are finite and it was 0 before, else
 * the first such row is INT64_MAX - mark. */
TWEEDIE_API int32_t tweedie_cuda_mark(tweedie_cuda *cuda, int64_t rows, int64_t dim, const float *x, int64_t *mark);
/* Makes all of out NaN where one of `count` marks is set. */
TWEEDIE_API int32_t tweedie_cuda_spoil(tweedie_cuda *cuda, int64_t floats, float *out, const int64_t *marks, int64_t count);
/* Nothing but fma in registers, what the device can do at most: `steps` for each of 16 chains of every thread, which writes
 * a float to out. As many threads as the device takes and out has room for; *flops says how many operations that is. */
TWEEDIE_API int32_t tweedie_cuda_fma(tweedie_cuda *cuda, int64_t steps, int64_t floats, float *out, int64_t *flops);

/* The means of isotropic components turned (d x K), 64-byte aligned: their bytes, 0 of other kinds, and they themselves, on
 * the compute stream. Score calls for a prior without them turn their shard anew. */
TWEEDIE_API int64_t tweedie_cuda_turned(const tweedie_prior *prior);
TWEEDIE_API int32_t tweedie_cuda_turn(tweedie_cuda *cuda, const tweedie_prior *prior, float *out);

/* Of a prior and a level an op touches only what belongs to components [first, last): a caller who keeps one shard on
 * the device passes addresses moved back by `first` components. */

/* bytes of device scratch, 256-byte aligned, for score calls and draws of at most so many rows: enough for any number of
 * rows where it is what tweedie_cuda_evaluate_scratch(prior, INT64_MAX) says, since rows are taken in groups. Of a prior
 * of several shards, calls of one shard each need no more than a prior of TWEEDIE_SHARD components does */
TWEEDIE_API int64_t tweedie_cuda_evaluate_scratch(const tweedie_prior *prior, int64_t rows);

/* As tweedie_cuda_evaluate_scratch and tweedie_cuda_evaluate_reset. */
TWEEDIE_API int64_t tweedie_cuda_blind_scratch(const tweedie_prior *prior, int64_t levels, int64_t rows);

/* ---- fast mode: cuBLAS, where it is found, or tensor cores ---- */

enum tweedie_precision {
  TWEEDIE_F32 = 0,  /* products of float, in cuBLAS's order */
  TWEEDIE_TF32 = 1, /* factors rounded to 11 bits, sums in float */
  TWEEDIE_BF16 = 2, /* factors rounded to 8 bits, sums in float */
  /* factors in two parts of 11 bits each, three products of TF32 for one: all but 2^-21 of a float's */
  TWEEDIE_TF32X3 = 3,
  /* in three parts of 8 bits, six products of bfloat16 for one, by a kernel of this library: needs tile_products, no cuBLAS */
  TWEEDIE_BF16X3 = 4
};

/* TWEEDIE_OK, or TWEEDIE_UNSUPPORTED where no cuBLAS was found: the message says where it was looked for. */
TWEEDIE_API int32_t tweedie_cuda_fast(tweedie_cuda *cuda);
TWEEDIE_API int64_t tweedie_cuda_fast_gemm_scratch(int32_t precision, int64_t m, int64_t n, int64_t k);
/* What error_scale must be where products are of this precision; TF32 and BF16 leave it, and search wider instead. */
TWEEDIE_API float tweedie_cuda_fast_error_scale(int32_t precision, int64_t dim, float error_scale);
TWEEDIE_API int64_t tweedie_cuda_fast_evaluate_scratch(int32_t precision, const tweedie_prior *prior, int64_t rows);
TWEEDIE_API int64_t tweedie_cuda_bytes_scratch(const tweedie_prior *prior, int64_t rows);
/* What error_scale must be for bytes_accumulate, or infinity: where the bounds that fast mode states of any means would not
 * hold (d too small, or bytes far from the means' centre). largest: the largest norm of a mean, components: all of them. */
TWEEDIE_API float tweedie_cuda_bytes_error_scale(const tweedie_bytes *bytes, int64_t components, int64_t dim,
                                                 float largest);

#ifdef __cplusplus
}
#endif

#endif
