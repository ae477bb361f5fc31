/* Which tiers this library holds, and which of them can run here. */
#ifndef TWEEDIE_TIERS_H
#define TWEEDIE_TIERS_H

#include "kernels.h"

/* What the processor and the operating system say of themselves (x86-64 only). */
struct tweedie_processor {
  uint32_t leaf1_ecx;
  uint32_t leaf7_ebx;
  uint32_t leaf7_ecx;
  uint32_t leaf7_1_eax; /* of subleaf 1 */
  uint64_t xcr0; /* the register states that the operating system saves; 0 where it cannot be read */
};

struct tweedie_processor tweedie_processor_read(void);
/* The decision alone, so that a test can ask it about processors that are not here. */
int32_t tweedie_tier_support(int32_t tier, struct tweedie_processor processor);
/* Null where the tier is not built. */
const struct tweedie_table *tweedie_tier_table(int32_t tier);

#endif
