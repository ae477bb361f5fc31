/* The blind family has no kernels here yet. */
#include "launch.cuh"

static int32_t absent(tweedie_cuda *cuda, const char *name) {
  call c(cuda, name);
  if (!c.refused()) c.say(TWEEDIE_UNSUPPORTED, "not on this device yet");
  return c.status;
}

int64_t tweedie_cuda_blind_scratch(const tweedie_prior *, int64_t, int64_t) { return 0; }
int32_t tweedie_cuda_blind_reset(tweedie_cuda *cuda, const tweedie_prior *, const tweedie_blind *, const tweedie_rows *) {
  return absent(cuda, "blind_reset");
}
int32_t tweedie_cuda_blind_gather(tweedie_cuda *cuda, const tweedie_prior *, const tweedie_blind *, int64_t, int64_t,
                                  const tweedie_rows *, void *) {
  return absent(cuda, "blind_gather");
}
int32_t tweedie_cuda_blind_merge(tweedie_cuda *cuda, const tweedie_prior *, const tweedie_blind *, const tweedie_rows *,
                                 const tweedie_rows *) {
  return absent(cuda, "blind_merge");
}
int32_t tweedie_cuda_blind_finish(tweedie_cuda *cuda, const tweedie_prior *, const tweedie_blind *, const tweedie_rows *,
                                  float *, float *, float *) {
  return absent(cuda, "blind_finish");
}
