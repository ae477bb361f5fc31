/* What the blind family shares, beside score.cuh: one softmax over levels and components. Of a group of rows over one
 * shard of components what costs d flops or more is made once for all S levels. */
#ifndef TWEEDIE_CUDA_BLIND_H
#define TWEEDIE_CUDA_BLIND_H

#include "score.cuh"

#include "formula.h"

/* Room of the threads that refine a row (blind_refine.cu): so many rows at a time. */
enum { REFINED_AT_ONCE = 256 };
struct refined_row {
  double *along; /* REFINED_AT_ONCE x max(rank, d): the row in the eigenbasis, or seen from a component */
  double *logit; /* REFINED_AT_ONCE x levels */
  float *seen;   /* REFINED_AT_ONCE x d */
  float *p;      /* REFINED_AT_ONCE x rank */
  float *weight; /* REFINED_AT_ONCE x levels */
};

/* A pass of the score family at alpha 1, without its level. Of s, logit, base, fade and mass belong to the shard where
 * components are isotropic, and to a chunk of components where they have an eigenbasis. */
struct blind_pass {
  pass p;
  tweedie_blind blind;
  int64_t rank;  /* directions of a component; d for diagonal ones, whose basis is the unit matrix */
  float *slope;  /* isotropic, shard x rows: sum of w slope over levels */
  float *square; /* eigenbasis, chunk x rank x rows: squares of p; then the gains times p */
  float *level;  /* eigenbasis, chunk x levels x rows: distances, logits, weights */
  float *pull;   /* low rank, chunk x rows: sum of w pull over levels */
  float *sums;   /* levels x rows: masses of the shard */
  int *unexplained; /* rows: whether no level explains it */
  refined_row own;
};

/* s.base, the largest logits of `blocks` blocks, become the running maximum, s.fade the factor of the state so far, s.top
 * the last maximum. `more`: they follow others of the shard. */
void blind_tops(call &c, const blind_pass &q, int64_t blocks, bool more);
/* Merges top and sums of the shard into the state: s.keep and s.take for acc. */
void merge_masses(call &c, const blind_pass &q);

/* From x' to the state: one group over one shard. */
void blind_isotropic(call &c, const blind_pass &q);
void blind_basis(call &c, const blind_pass &q);
/* Between the maxima and masses of the shard and their merge: in the place of what the shard has given them, the states
 * of rows that no level explains. Isotropic ones leave their factors of the means; the others their sums to part. */
void blind_refine(call &c, const blind_pass &q);

#endif
