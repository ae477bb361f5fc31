/* What does not depend on the tier. */
#include "bf16.h"
#include "depth.h"
#include "fast.h"
#include "bytes.h"
#include "balls.h"
#include "filter.h"

#include <stddef.h>

#define WIDEST_TILE 32 /* of AVX-512 */

int64_t tweedie_cpu_gemm_scratch(int64_t k) {
  const int64_t depth = k < 1 ? 1 : k > PRODUCT_DEPTH ? PRODUCT_DEPTH : k;
  return depth * GEMM_TILES * WIDEST_TILE * (int64_t)sizeof(float);
}

int64_t tweedie_cpu_evaluate_scratch(const tweedie_prior *prior) {
  struct tweedie_space space;
  return tweedie_space_carve(&space, NULL, prior, WIDEST_TILE, 0);
}

int64_t tweedie_cpu_filter_scratch(const tweedie_prior *prior) {
  struct tweedie_filter_space space;
  return tweedie_filter_carve(&space, NULL, prior, 0);
}

int64_t tweedie_cpu_balls_scratch(const tweedie_prior *prior) {
  struct tweedie_balls_space space;
  return tweedie_balls_carve(&space, NULL, prior, 0);
}

int64_t tweedie_cpu_blind_scratch(const tweedie_prior *prior, int64_t levels) {
  struct tweedie_space space;
  return tweedie_space_carve(&space, NULL, prior, WIDEST_TILE, levels);
}

int64_t tweedie_cpu_fast_evaluate_scratch(const tweedie_prior *prior) {
  struct tweedie_fast_space space;
  const int64_t exact = tweedie_cpu_evaluate_scratch(prior);
  const int64_t fast = prior->kind == TWEEDIE_ISOTROPIC ? tweedie_fast_carve(&space, NULL, prior) : 0;
  return fast > exact ? fast : exact;
}

int64_t tweedie_cpu_bytes_scratch(const tweedie_prior *prior) {
  struct tweedie_byte_space space;
  const int64_t exact = tweedie_cpu_evaluate_scratch(prior);
  const int64_t fast = prior->kind == TWEEDIE_ISOTROPIC ? tweedie_byte_carve(&space, NULL, prior) : 0;
  return fast > exact ? fast : exact;
}

int64_t tweedie_cpu_bf16_scratch(const tweedie_prior *prior) {
  struct tweedie_bf16_space space;
  return prior->kind == TWEEDIE_ISOTROPIC ? tweedie_bf16_carve(&space, NULL, prior) : tweedie_cpu_evaluate_scratch(prior);
}
