/* The blind family: one softmax over levels and components.
 *
 * The part of a row's squared distances that costs d flops or more is made once for all S levels. Data set of N points:
 * 3 B N d flops for differences, 2 B N d for the mean and about 20 B N S for the softmax, against 4 B N d S of S
 * evaluations. */
#include "blind.h"

int32_t TIER(blind_accumulate)(const tweedie_prior *prior, const tweedie_blind *blind, int64_t first, int64_t last,
                           const tweedie_rows *rows, void *scratch) {
  struct tweedie_pass pass;
  TIER(open_pass)(&pass, prior, NULL, blind, rows, scratch);
  TIER(accumulate_shard)(&pass, first, last,
                     prior->kind == TWEEDIE_ISOTROPIC ? TIER(blind_isotropic_block) : TIER(blind_basis_block));
  return TWEEDIE_OK;
}

int32_t TIER(blind_merge)(const tweedie_prior *prior, const tweedie_blind *blind, const tweedie_rows *into,
                          const tweedie_rows *from) {
  TIER(merge_rows)(0, into, from, blind->levels, tweedie_blind_width(prior->kind, prior->dim));
  return TWEEDIE_OK;
}

int32_t TIER(blind_finish)(const tweedie_prior *prior, const tweedie_blind *blind, const tweedie_rows *rows,
                           float *mean, float *levels, float *evidence) {
  const int64_t d = prior->dim, width = tweedie_blind_width(prior->kind, d), S = blind->levels;
  /* the sums of a mean are those of full covariances, but for isotropic ones */
  const int32_t kind = prior->kind == TWEEDIE_ISOTROPIC ? TWEEDIE_ISOTROPIC : TWEEDIE_FULL;
  const struct tweedie_finish how = {.kind = kind, .form = TWEEDIE_MEANS, .alpha = 1.0f};
  for (int64_t i = 0; i < rows->rows; i++) {
    const int64_t row = rows->begin + i;
    const float *sum = rows->sum + i * S;
    float total = 0.0f;
    for (int64_t s = 0; s < S; s++) total += sum[s];
    for (int64_t s = 0; levels && s < S; s++) levels[row * S + s] = sum[s] / total;
    if (evidence) evidence[row] = (float)TIER(log_mass)(blind->offset, rows->top[i], total);
    if (!mean) continue;
    TIER(finish_row)(prior, &how, rows->x + row * d, rows->acc + i * width, total, mean + row * d, NULL);
  }
  return TWEEDIE_OK;
}
