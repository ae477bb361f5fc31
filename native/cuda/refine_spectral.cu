/* Rows whose logits may need float64 (spectral.cuh), of components that are not isotropic. */
#include "spectral.cuh"

static __global__ void __launch_bounds__(32 * REFINE_ROWS, 2)
    refine_rows(extent e, spectral_logits of, const float *error, const double *final_top, float *logits, float *base,
                float *fade, double *tops) {
  SHARED(double, exact, [REFINE_ROWS][TWEEDIE_BLOCK_DIAGONAL]);
  const int w = (int)threadIdx.x / 32;
  const int64_t row = (int64_t)blockIdx.x * REFINE_ROWS + w;
  if (row < e.size && refined(error[row]))
    refine_spectral_row(e, row, blockIdx.y, of, final_top, logits, base, fade, tops, exact[w]);
}

void refine_spectral(call &c, const pass &p) {
  launch(c, refine_rows, tiles(p.size, REFINE_ROWS), p.shards, 32 * REFINE_ROWS, p, spectral_logits(p), p.s.error,
         p.final_top(), p.s.logit, p.s.base, p.s.fade, p.s.top);
}
