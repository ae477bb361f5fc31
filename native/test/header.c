/* tweedie.h is C by itself: it needs no other header, and what jextract reads has no surprise in its layout. */
#include "tweedie.h"

#include <stddef.h>

_Static_assert(sizeof(tweedie_noise) == 24, "noise: 8 + 4 * 4 bytes, no hole");
_Static_assert(sizeof(tweedie_coefficients) == 16, "coefficients: four floats");
_Static_assert(offsetof(tweedie_prior, components) == 8, "prior: two int32, then int64");
_Static_assert(sizeof(enum tweedie_status) == sizeof(int32_t), "statuses travel as int32_t");

int main(void) { return tweedie_cpu_abi()[63] == '\0' || tweedie_cpu_abi()[64] != '\0'; }
