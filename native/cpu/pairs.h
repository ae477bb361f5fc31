/* Lanes of two bfloat16 each, the even one in the low half; beside simd.h and vnni.h the only file with intrinsics. Of
 * tier avx512 alone, and of a processor with AVX512_BF16 alone.
 *
 *   vf_dot_pairs     sum + a_even b_even + a_odd b_odd; each product rounded with its sum, denormals are zero
 *   vf_round_pairs   even and odd rounded to nearest
 *   vf_even, vf_odd  one of the two, as float32
 */
#ifndef TWEEDIE_PAIRS_H
#define TWEEDIE_PAIRS_H

#include "simd.h"

/* Not the intrinsics: their flag would let the compiler use these instructions in what every AVX-512 processor runs. */
LANE vf vf_dot_pairs(vf sum, vf a, vf b) {
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}
LANE vf vf_round_pairs(vf even, vf odd) {
  vu halves; /* all even ones below all odd ones */
  __asm__("vcvtne2ps2bf16 %2, %1, %0" : "=v"(halves) : "v"(odd), "v"(even));
  const vu low = vu_load((const uint32_t[]){0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15});
  return vf_from_bits(_mm512_permutexvar_epi16(vu_or(low, vu_shl(vu_add(low, vu_set(16)), 16)), halves));
}
LANE vf vf_even(vf pair) { return vf_from_bits(vu_shl(vf_bits(pair), 16)); }
LANE vf vf_odd(vf pair) { return vf_from_bits(vu_and(vf_bits(pair), vu_set(0xffff0000u))); }

#endif
