#include "tiers.h"

#include <stddef.h>

#if defined(__x86_64__)
#include <cpuid.h>

enum {
  LEAF1_FMA = 1 << 12,
  LEAF1_OSXSAVE = 1 << 27,
  LEAF7_AVX2 = 1 << 5,
  LEAF7_AVX512F = 1 << 16,
  LEAF7_AVX512DQ = 1 << 17,
  LEAF7_AVX512BW = 1 << 30,
  LEAF7_ECX_VNNI = 1 << 11,
  LEAF7_1_EAX_BF16 = 1 << 5,
  XCR0_AVX = 0x06,   /* xmm, upper halves of ymm */
  XCR0_AVX512 = 0xe6 /* and opmasks, upper halves of zmm0-15, zmm16-31 */
};
#define LEAF7_AVX512VL (UINT32_C(1) << 31)

struct tweedie_processor tweedie_processor_read(void) {
  struct tweedie_processor processor = {0};
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return processor;
  processor.leaf1_ecx = c;
  if (c & LEAF1_OSXSAVE) { /* without it xgetbv is an illegal instruction */
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    processor.xcr0 = (uint64_t)high << 32 | low;
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) processor.leaf7_ebx = b, processor.leaf7_ecx = c;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) processor.leaf7_1_eax = a;
  return processor;
}

int32_t tweedie_tier_support(int32_t tier, struct tweedie_processor processor) {
  uint32_t leaf7 = 0, leaf7_ecx = 0, leaf7_1 = 0;
  uint64_t saved = XCR0_AVX; /* FMA3 is VEX-encoded, so scalar needs it too */
  switch (tier) {
    case TWEEDIE_SCALAR: break;
    case TWEEDIE_AVX2: leaf7 = LEAF7_AVX2; break;
    case TWEEDIE_AVX512_VNNI:
    case TWEEDIE_AVX512_BF16:
      leaf7_ecx = tier == TWEEDIE_AVX512_VNNI ? LEAF7_ECX_VNNI : 0;
      leaf7_1 = tier == TWEEDIE_AVX512_BF16 ? LEAF7_1_EAX_BF16 : 0; /* fall through */
    case TWEEDIE_AVX512:
      leaf7 = LEAF7_AVX2 | LEAF7_AVX512F | LEAF7_AVX512DQ | LEAF7_AVX512BW | LEAF7_AVX512VL;
      saved = XCR0_AVX512;
      break;
    default: return TWEEDIE_NOT_BUILT;
  }
  if (!(processor.leaf1_ecx & LEAF1_FMA) || (processor.leaf7_ebx & leaf7) != leaf7 ||
      (processor.leaf7_ecx & leaf7_ecx) != leaf7_ecx || (processor.leaf7_1_eax & leaf7_1) != leaf7_1)
    return TWEEDIE_NO_INSTRUCTIONS;
  return (processor.xcr0 & saved) == saved ? TWEEDIE_USABLE : TWEEDIE_NOT_ENABLED;
}

const struct tweedie_table *tweedie_tier_table(int32_t tier) {
  switch (tier) {
    case TWEEDIE_SCALAR: return &tweedie_table_scalar;
    case TWEEDIE_AVX2: return &tweedie_table_avx2;
    case TWEEDIE_AVX512:
    case TWEEDIE_AVX512_VNNI:
    case TWEEDIE_AVX512_BF16: return &tweedie_table_avx512;
    default: return NULL;
  }
}

#else

struct tweedie_processor tweedie_processor_read(void) { return (struct tweedie_processor){0}; }

/* fma and, on aarch64, NEON belong to the architecture: nothing to probe. */
int32_t tweedie_tier_support(int32_t tier, struct tweedie_processor processor) {
  (void)processor;
  return tweedie_tier_table(tier) != NULL ? TWEEDIE_USABLE : TWEEDIE_NOT_BUILT;
}

const struct tweedie_table *tweedie_tier_table(int32_t tier) {
  switch (tier) {
    case TWEEDIE_SCALAR: return &tweedie_table_scalar;
#if defined(__aarch64__)
    case TWEEDIE_NEON: return &tweedie_table_neon;
#endif
    default: return NULL;
  }
}

#endif
