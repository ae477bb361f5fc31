/* What the kernels of the score family share. A lane is a row of the batch; whatever belongs to the prior or the level
 * is broadcast. So no operation crosses lanes, and every vector width gives the same bits.
 *
 * The algorithm is online softmax (Milakov and Gimelshein 2018; the running sums are those of flash attention, Dao et
 * al. 2022). A posterior mean is sum_k w_k f_k / sum_k w_k with w_k = exp(l_k - top) and top the largest logit. It is
 * made in one pass, block by block, although top is only known at the end:
 *
 *   1. The logits of a block move the running maximum: top' = max(top, logits).
 *   2. What was summed so far was relative to the old maximum, so it is rescaled by fade = exp(top - top').
 *   3. The block's weights exp(l - base), base = top', and what they weigh are added: sum = sum fade + w, acc = acc fade
 *      + w f. Weights under exp(-TWEEDIE_CUTOFF) count as zero.
 *   4. A shard of TWEEDIE_SHARD components begins with an empty state. Two states merge as two blocks do: the larger
 *      maximum is kept, the state so far times keep = exp(top - larger), the shard's times take = exp(other - larger).
 *      Shards merge in their order, on one thread or many, so that the bits do not depend on who took which.
 *   5. Rows whose logits may be wrong by more than TWEEDIE_LOGIT_ERROR are refined: those of their logits that can still
 *      matter are evaluated again in float64 (score_refine.c, score_spectral.c), and their maximum is a float64 number.
 *   6. The finish divides acc by sum. What needs the complete softmax (responsibilities, covariance) is a second pass,
 *      in which base is the final maximum and nothing fades.
 *
 * The words, the same in C, CUDA and Java:
 *
 *   top      running maximum of a row's logits              keep   factor of the state so far in a merge of shards
 *   base     what a block's weights are relative to         take   factor of the shard that is merged in
 *   fade     factor of the state so far in a block          sum    running sum of weights (mass: a block's)
 *   acc      running sums of weights times something        refined   a row whose logits are made again in float64
 *   pulled   weights times `pull`, a column of the level: factors of the means in the sums of isotropic components
 *   accumulate  a shard, a block into the state             add_weighted  a block's weighted sums to acc */
#ifndef TWEEDIE_SCORE_H
#define TWEEDIE_SCORE_H

#include <float.h>

#include "balls.h"
#include "filter.h"
#include "micro.h"
#include "bounds.h"
#include "space.h"

struct tweedie_component_kernels;
struct tweedie_tile;

struct tweedie_pass {
  const tweedie_prior *prior;
  const tweedie_level *level; /* null where the pass is blind */
  const tweedie_blind *blind; /* null where it is not */
  const tweedie_rows *rows;
  const struct tweedie_component_kernels *kernels;
  struct tweedie_space s;
  float alpha;
  int64_t picked[TWEEDIE_BLOCK_ISOTROPIC]; /* of a block, the components that weigh; s.weight holds only these */
  int64_t order[TWEEDIE_BLOCK_ISOTROPIC];  /* 0, 1, 2, ... */
  const int64_t *member;                   /* where the components at hand stand in their block: order, or less */
  const float *products;                   /* of them with the tile's rows, where the filter had them made */
  struct tweedie_filter_space f;           /* where a filter applies */
  struct tweedie_balls_space b;            /* where balls do: */
  int balls;
  int second;                              /* the pass has the final top */
};

/* Adds components [k, k + n), a block, to the state of a tile. */
typedef void tweedie_accumulate_block(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n);

/* TILE rows in lanes; a lane without a row repeats the last one, so that it computes with ordinary numbers. */
struct tweedie_tile {
  int64_t first; /* of the pass's rows: that of lane 0 */
  int64_t rows;  /* lanes that hold one */
  int half;      /* they are all in the first vector */
  float *x, *acc, *mean, *vector;
  float *top;   /* running maximum of the logits */
  float *final; /* that of all components, in a second pass */
  float *sum;
  float *norm;  /* |x'|^2 */
  float *error; /* bound on the error of a logit */
  float *lead;  /* of a refined lane of components with variances of their own: no logit is below, but for its error */
  double *exact; /* of a refined lane, what top is of the others */
  int64_t *chosen;
  uint32_t *refined; /* a bit a lane */
};

/* The first n elements at p, or a whole vector where there are more. */
LANE vf load(const float *p, int64_t n) { return n < VF_LANES ? vf_load_n(p, n) : vf_load(p); }
LANE void store(float *p, vf a, int64_t n) {
  if (n < VF_LANES)
    vf_store_n(p, a, n);
  else
    vf_store(p, a);
}

LANE float vf_first(vf a) {
  float lanes[VF_LANES];
  vf_store(lanes, a);
  return lanes[0];
}
LANE vf vf_negate(vf a) { return vf_flip(a, vu_set(0x80000000u)); }

/* What another order of the norm's additions may change of a logit's error: within this of TWEEDIE_LOGIT_ERROR fast mode
 * does not know whether the finish will take a row for a refined one, and leaves it to the exact kernel. */
#define LOGIT_ERROR_MARGIN 0x1p-8f

/* Bound on the error of a row's logits, yy = |x'|^2. */
LANE vf logit_error(const tweedie_level *level, vf yy) {
  return vf_logit_error(level->error_scale, level->reach, level->bound, level->widest_half, yy);
}

/* ---- what passes over shards share (score.c, score_finish.c) ---- */

/* The block of a pass at one level. */
tweedie_accumulate_block TIER(accumulate_block);
/* A pass at one level, or a blind one; the other is null. */
void TIER(open_pass)(struct tweedie_pass *pass, const tweedie_prior *prior, const tweedie_level *level,
                     const tweedie_blind *blind, const tweedie_rows *rows, void *scratch);
/* Accumulates components [first, last) from an empty state and merges it into the rows' state. */
void TIER(accumulate_shard)(struct tweedie_pass *pass, int64_t first, int64_t last, tweedie_accumulate_block *accumulate_block);
/* Weights s.weight = weight(logit - s.base) of n logits, and their sum to s.mass; true where one is not zero. */
int TIER(weigh)(struct tweedie_pass *pass, int64_t n);
/* The same of components [k, k + n), isotropic ones whose sums go on: weights times pull to s.pulled, the slopes to the
 * tile, faded by s.fade; to s.weight only where a component is to be chosen. */
int TIER(weigh_pulled)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n);
/* into = merge(into, from): `sums` masses and `width` weighted sums a row. */
void TIER(merge_rows)(uint32_t shard, const tweedie_rows *into, const tweedie_rows *from, int64_t sums, int64_t width);
/* How the sums of a row become outputs. */
struct tweedie_finish {
  int32_t kind; /* as tweedie_kind, but of the sums */
  int32_t form;
  float alpha;
  float lift; /* score of means = (lift m - x') back */
  float back;
  int pulled; /* m is sum w pull m_k alone: isotropic components of one variance */
};
/* What the form sums, less centre, to acc[0, d), and what is made of it. */
void TIER(finish_row)(const tweedie_prior *prior, const struct tweedie_finish *how, const float *x, float *acc, float sum,
                      float *mean, float *score);
/* offset + (top + log sum) */
double TIER(log_mass)(double offset, double top, float sum);

/* ---- lanes (lanes.c) ---- */

/* rows x n, `stride` from row to row, to n x TILE. */
void TIER(rows_to_lanes)(const float *in, int64_t stride, int64_t rows, int64_t n, float *out);
void TIER(lanes_to_rows)(const float *in, int64_t rows, int64_t n, float *out, int64_t stride);

/* ---- components [k, k + n) of one block (score_isotropic.c, score_diagonal.c, score_basis.c) ---- */

struct tweedie_component_kernels {
  /* Called after the rows of a tile are loaded, where it is not null. */
  void (*load)(struct tweedie_pass *pass, const struct tweedie_tile *tile);
  /* Logits to s.weight, their running maximum to tile.top; what the others need of them stays in s.z, s.p and s.v. */
  void (*logits)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n);
  /* Weights where sums go on, as TIER(weigh_pulled), or null: then add_weighted starts from s.weight. */
  int (*weigh)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n);
  /* tile.acc = tile.acc s.fade + sums over the n components k + picked[i] weighted with s.weight, or made of s.pulled;
   * fading says whether any factor of the state is not 1. */
  void (*add_weighted)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n, int fading);
  /* Adds the second moments of these components about the sums' mean to tile.acc (d x TILE). */
  void (*spread)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n);
  /* Adds these components' part of the covariance, times tile.vector, to tile.acc (d x TILE). */
  void (*times)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n);
};

extern const struct tweedie_component_kernels TIER(isotropic), TIER(diagonal), TIER(low_rank), TIER(full);
/* Isotropic ones whose products the filter had made: pass.products, of pass.member. */
extern const struct tweedie_component_kernels TIER(isotropic_survivors);

/* out[i] = |x' - m_i|^2 of n rows of m, d of `stride` elements: one chain, added to out[i] where it goes on
 * (score_diagonal.c). */
void TIER(squared_distances)(int64_t n, const float *m, int64_t stride, int64_t d, const float *x, int goes_on, float *out);

/* Of isotropic components: what their products with x' become (score_isotropic.c). */
struct tweedie_logits TIER(isotropic_logits)(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k);

/* s.p = U'z; out (d x TILE) += U v (score_basis.c) */
void TIER(project)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const float *z);
void TIER(expand)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const float *v, float *out);
/* Low rank: z = x' - a m, s.p = U'z, s.z the rest z - U p. */
void TIER(split)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k);

/* sum += squares of the n elements of z, one chain. */
LANE void add_squares(int64_t n, const float *z, vf sum[2]) {
  for (int64_t j = 0; j < n; j++) {
    for (int v = 0; v < 2; v++) {
      const vf e = vf_load(z + j * TILE + v * VF_LANES);
      sum[v] = vf_fma(e, e, sum[v]);
    }
  }
}

/* tile.acc = tile.acc s.fade + w m + g rest; m only of means, and the rest where there is one */
void TIER(add_mean)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, const vf w[2],
                    const float *rest, const vf g[2]);
/* Whether the sums are of means, and not of differences from the row. */
LANE int sums_means(const struct tweedie_pass *pass) { return pass->blind || pass->level->form == TWEEDIE_MEANS; }

/* The last of isotropic and diagonal (curvature.c). */
void TIER(times_isotropic)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n);
void TIER(times_diagonal)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n);

/* ---- components that provably have no weight (filter.c, docs/pruning.md) ---- */

/* What a weight of zero takes of a logit in float32, whatever it and the top lose; of a refined lane, what keeps it from
 * being a candidate too. largest: of the components' norms, or more. */
LANE vf zero_margin(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int v, float largest) {
  const tweedie_level *level = pass->level;
  return bounds_margin(vf_load(tile->norm + v), vf_load(tile->error + v), pass->prior->dim, largest,
                       (float)level->alpha, (float)level->half[0], level->scale[0], level->bound);
}

/* Whether the pass has balls that can do something. */
int TIER(balls_apply)(const struct tweedie_pass *pass);
void TIER(balls_open)(struct tweedie_pass *pass);
/* Which lanes of a group's tiles need something of the shard. */
void TIER(balls_want)(struct tweedie_pass *pass, int64_t group, int64_t first, int64_t last);
/* What the shard's logits of the tile's rows can be, as tweedie_cpu_evaluate_survey: to high and low of the pass's rows. */
void TIER(balls_survey)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t first, int64_t last,
                        float *high, float *low);
/* Which lanes of tile t of a group need something of each block, to b.near. */
void TIER(balls_mark)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first, int64_t last);

/* Whether the pass has a filter that can do something. */
int TIER(filter_applies)(const struct tweedie_pass *pass);
/* For components [first, last); also makes groups small enough. */
void TIER(filter_open)(struct tweedie_pass *pass, int64_t first, int64_t last);
/* Codes and errors of tile t of a group. */
void TIER(filter_rows)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t);
/* Whether a sample of the shard's blocks, of which balls have left those with a bit of near, or null, says that enough
 * may be left out. */
int TIER(filter_pays)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first, int64_t last,
                      const uint32_t *near);
/* Marks what the tile may need of components [k, k + n), the next block of the shard that begins at first. */
void TIER(filter_mark)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t k, int64_t first,
                       int64_t n);
/* The same where nothing of the block is needed. */
void TIER(filter_leave)(struct tweedie_pass *pass, int64_t t, int64_t k, int64_t first, int64_t n);
/* The blocks of a marked shard, of each the components that are needed. */
void TIER(filter_visit)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first, int64_t last,
                        tweedie_accumulate_block *accumulate_block);

/* ---- the second pass over a shard (score.c) ---- */

/* Adds to rows->diagonal the covariance's diagonal, or, where v is not null, its product with v (of the batch). */
int32_t TIER(add_covariance)(const tweedie_prior *prior, const tweedie_level *level, int64_t first, int64_t last,
                             const tweedie_rows *rows, const float *v, void *scratch);

/* ---- rows whose logits need float64 (score_refine.c) ---- */

/* Replaces s.base, s.fade and the logits of the refined lanes such that weight(logit - base) are the weights by direct
 * evaluation, and weight(fade) the factor of the state so far. The maximum is tile.exact, moved where `accumulating`. */
void TIER(refine)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n, int accumulating);
/* The same of components that are not isotropic (score_spectral.c). */
void TIER(refine_spectral)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                           int accumulating);

/* Of a blind pass the lanes that no level explains to tile.refined, and below which logits nothing of a component
 * weighs there to tile.lead (blind_refine.c). */
void TIER(find_unexplained)(struct tweedie_pass *pass, const struct tweedie_tile *tile);

/* Stores a logit; the running maximum with it. */
LANE vf put_logit(float *out, vf logit, vf top) {
  vf_store(out, logit);
  return vf_max(logit, top);
}

/* part_j = fma(w, fma(t, t, h), part_j), t = m - mean_j. A lane that weighs nothing stays as it is, also where its
 * square overflowed: a tier with narrower tiles does not come here for it. */
LANE vf moment(vf w, vf m, vf mean, vf h, vf part) {
  vf t = vf_sub(m, mean);
  return vf_select(vf_lt(vf_set(0.0f), w), vf_fma(w, vf_fma(t, t, h), part), part);
}

/* part_j = fma(w, fma(c, t_j, s_j), part_j), likewise. */
LANE vf add_times(vf w, vf c, vf t, vf s, vf part) {
  return vf_select(vf_lt(vf_set(0.0f), w), vf_fma(w, vf_fma(c, t, s), part), part);
}

#endif
