/* Fast mode has no kernels here yet. */
#include "launch.cuh"

static int32_t absent(tweedie_cuda *cuda, const char *name) {
  call c(cuda, name);
  if (!c.refused()) c.say(TWEEDIE_UNSUPPORTED, "no cuBLAS: fast mode is not built");
  return c.status;
}

int32_t tweedie_cuda_fast(tweedie_cuda *cuda) { return absent(cuda, "fast"); }
int64_t tweedie_cuda_fast_gemm_scratch(int32_t, int64_t, int64_t, int64_t) { return 0; }
int32_t tweedie_cuda_fast_gemm(tweedie_cuda *cuda, int32_t, int64_t, int64_t, int64_t, const float *, const float *,
                               float *, void *) {
  return absent(cuda, "fast_gemm");
}
int64_t tweedie_cuda_fast_score_scratch(int32_t, const tweedie_prior *, int64_t) { return 0; }
int32_t tweedie_cuda_fast_score_gather(tweedie_cuda *cuda, int32_t, const tweedie_prior *, const tweedie_level *, int64_t,
                                       int64_t, const tweedie_rows *, void *) {
  return absent(cuda, "fast_score_gather");
}
