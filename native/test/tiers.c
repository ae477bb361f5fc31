/* The probe's three answers, asked of processors that are not here. */
#include "tiers.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

static void expect(const char *what, int32_t found, int32_t wanted) {
  if (found == wanted) return;
  printf("%s: found %d, wanted %d\n", what, (int)found, (int)wanted);
  failures++;
}

#if defined(__x86_64__)
static void test_decision(void) {
  const uint32_t fma = 1u << 12, avx2 = 1u << 5;
  const uint32_t avx512 = avx2 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  struct tweedie_processor old = {0, 0, 0, 0, 7};
  struct tweedie_processor haswell = {fma, avx2, 0, 0, 7};
  struct tweedie_processor server = {fma, avx512, 0, 0, 0xe7};
  struct tweedie_processor vnni = {fma, avx512, 1u << 11, 0, 0xe7};
  struct tweedie_processor bf16 = {fma, avx512, 0, 1u << 5, 0xe7};
  struct tweedie_processor no_bw = {fma, avx512 & ~(1u << 30), 1u << 11, 0, 0xe7};
  struct tweedie_processor no_vl = {fma, avx512 & ~(1u << 31), 0, 0, 0xe7};
  struct tweedie_processor masked = {fma, avx512, 0, 0, 7};   /* the system saves ymm only */
  struct tweedie_processor no_masks = {fma, avx512, 0, 0, 0xc7}; /* zmm saved, opmasks not */
  struct tweedie_processor sse_only = {fma, avx512, 0, 0, 3};

  expect("scalar without FMA3", tweedie_tier_support(TWEEDIE_SCALAR, old), TWEEDIE_NO_INSTRUCTIONS);
  expect("scalar, ymm not saved", tweedie_tier_support(TWEEDIE_SCALAR, sse_only), TWEEDIE_NOT_ENABLED);
  expect("avx2 on a Haswell", tweedie_tier_support(TWEEDIE_AVX2, haswell), TWEEDIE_USABLE);
  expect("avx2, ymm not saved", tweedie_tier_support(TWEEDIE_AVX2, sse_only), TWEEDIE_NOT_ENABLED);
  expect("avx512 on a Haswell", tweedie_tier_support(TWEEDIE_AVX512, haswell), TWEEDIE_NO_INSTRUCTIONS);
  expect("avx512 without VL", tweedie_tier_support(TWEEDIE_AVX512, no_vl), TWEEDIE_NO_INSTRUCTIONS);
  expect("avx512, zmm not saved", tweedie_tier_support(TWEEDIE_AVX512, masked), TWEEDIE_NOT_ENABLED);
  expect("avx512, opmasks not saved", tweedie_tier_support(TWEEDIE_AVX512, no_masks), TWEEDIE_NOT_ENABLED);
  expect("avx512 on a server", tweedie_tier_support(TWEEDIE_AVX512, server), TWEEDIE_USABLE);
  expect("avx512:vnni on a server without", tweedie_tier_support(TWEEDIE_AVX512_VNNI, server), TWEEDIE_NO_INSTRUCTIONS);
  expect("avx512:vnni without BW", tweedie_tier_support(TWEEDIE_AVX512_VNNI, no_bw), TWEEDIE_NO_INSTRUCTIONS);
  expect("avx512:vnni on a server", tweedie_tier_support(TWEEDIE_AVX512_VNNI, vnni), TWEEDIE_USABLE);
  expect("avx512:bf16 on a server without", tweedie_tier_support(TWEEDIE_AVX512_BF16, vnni), TWEEDIE_NO_INSTRUCTIONS);
  expect("avx512:bf16 on a server", tweedie_tier_support(TWEEDIE_AVX512_BF16, bf16), TWEEDIE_USABLE);
  expect("neon on x86-64", tweedie_tier_support(TWEEDIE_NEON, server), TWEEDIE_NOT_BUILT);
  expect("a tier that is none", tweedie_tier_support(17, server), TWEEDIE_NOT_BUILT);
}
#else
static void test_decision(void) {}
#endif

/* A dispatcher that quietly gave every tier the same table would pass all tests of equality. */
static void test_tables(void) {
  const char *names[] = {"scalar", "avx2", "avx512", "neon", "avx512", "avx512"};
  for (int32_t tier = TWEEDIE_SCALAR; tier <= TWEEDIE_AVX512_BF16; tier++) {
    const struct tweedie_table *table = tweedie_tier_table(tier);
    if (table != NULL) expect(names[tier], strcmp(table->tier, names[tier]), 0);
    tweedie_cpu *cpu = NULL;
    int usable = tweedie_cpu_support(tier) == TWEEDIE_USABLE;
    expect(names[tier], tweedie_cpu_open(tier, &cpu), usable ? TWEEDIE_OK : TWEEDIE_UNSUPPORTED);
    expect(names[tier], cpu != NULL, usable);
    if (cpu != NULL) tweedie_cpu_close(cpu);
  }
}

int main(void) {
  test_decision();
  test_tables();
  return failures != 0;
}
