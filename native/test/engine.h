/* What a test runs on: the tiers of the CPU library and, where TWEEDIE_TEST_CUDA is defined, the kernels of the CUDA
 * library, emulated on this processor (emulation/runtime.h). Its device memory is host memory and its work is done when
 * a call returns, so that a test treats all engines alike. */
#ifndef TWEEDIE_TEST_ENGINE_H
#define TWEEDIE_TEST_ENGINE_H

#include <stddef.h>
#include <stdlib.h>

#include "tweedie.h"

struct engine {
  const char *name;
  tweedie_cpu *cpu;
  tweedie_cuda *cuda;
};

#define MOST_ENGINES 5

/* Of all triples of sizes, one in so many is tested: every pair at 4. The emulation is slow, and slowest
 * where a component with an eigenbasis is a launch of its own. */
#if defined(TWEEDIE_TEST_CUDA)
#define THIN 23
#define MOST_WORK 15000
#define MOST_BASIS 200
#define WHOLE_SHARDS 1
#define FEW_ROWS 3
#define FAR_STRIDES 2
#else
#define THIN 4
#define MOST_WORK 400000
#define MOST_BASIS INT64_MAX
#define WHOLE_SHARDS 2
#define FEW_ROWS 33
#define FAR_STRIDES 1
#endif

/* Puts all engines there are into the array, the scalar tier first; returns how many, 0 without the scalar tier. */
static inline int open_engines(struct engine *engines) {
  static const char *const names[] = {"scalar", "avx2", "avx512", "neon"};
  int count = 0;
  for (int tier = TWEEDIE_SCALAR; tier <= TWEEDIE_NEON; tier++) {
    struct engine engine = {names[tier], NULL, NULL};
#if defined(TWEEDIE_TEST_CUDA)
    if (tier != TWEEDIE_SCALAR) continue; /* the others have tests of their own */
#endif
    if (tweedie_cpu_open(tier, &engine.cpu) == TWEEDIE_OK) engines[count++] = engine;
    if (count == 0) return 0;
  }
#if defined(TWEEDIE_TEST_CUDA)
  struct engine device = {"cuda", NULL, NULL};
  if (tweedie_cuda_open(0, &device.cuda) != TWEEDIE_OK) return 0;
  engines[count++] = device;
#endif
  return count;
}

static inline void close_engines(struct engine *engines, int count) {
  for (int i = 0; i < count; i++) {
    if (engines[i].cpu) tweedie_cpu_close(engines[i].cpu);
#if defined(TWEEDIE_TEST_CUDA)
    if (engines[i].cuda) tweedie_cuda_close(engines[i].cuda);
#endif
  }
}

#if defined(TWEEDIE_TEST_CUDA)
#define ON(engine, op, ...) \
  ((engine).cuda ? tweedie_cuda_##op((engine).cuda, __VA_ARGS__) : tweedie_cpu_##op((engine).cpu, __VA_ARGS__))
#define SCRATCH(engine, cpu_bytes, cuda_bytes) ((engine).cuda ? (cuda_bytes) : (cpu_bytes))

/* The prior with its means turned, on a device and where it has means to turn. Freed by its caller. */
static inline tweedie_prior with_turned(struct engine engine, tweedie_prior prior) {
  const int64_t bytes = engine.cuda ? tweedie_cuda_turned(&prior) : 0;
  if (bytes == 0) return prior;
  float *turned = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64);
  if (tweedie_cuda_turn(engine.cuda, &prior, turned) != TWEEDIE_OK) abort();
  prior.turned = turned;
  return prior;
}
#else
static inline tweedie_prior with_turned(struct engine engine, tweedie_prior prior) { return (void)engine, prior; }
#define ON(engine, op, ...) tweedie_cpu_##op((engine).cpu, __VA_ARGS__)
#define SCRATCH(engine, cpu_bytes, cuda_bytes) (cpu_bytes)
#endif

#endif
