/* An accumulation in one launch, for few components (score_fused.cu). */
#ifndef TWEEDIE_CUDA_SCORE_FUSED_H
#define TWEEDIE_CUDA_SCORE_FUSED_H

#include "score.cuh"

/* Whether this is the better way for so many rows. Bits do not depend on it. */
bool takes_fused(const call &c, const tweedie_prior &prior, int64_t components, int64_t rows);
/* All rows of the call, over all components of the pass, into the state. */
void accumulate_fused(call &c, const pass &p);

#endif
