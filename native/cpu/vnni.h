/* Lanes of bytes, for the 8-bit path; beside simd.h and pairs.h the only file with intrinsics. Of tier avx512 alone, and its
 * product of a processor with VNNI alone.
 *
 *   vu_dot         sum + a b in every 32 bits: four bytes without sign times four with one, exact
 *   vu_four        the same four bytes in every 32 bits
 *   vu_sum         of all 32 bits
 *   vu_pairs       16 shares of 16 bits from each of four points, to the high and the low bytes, four points to 32 bits
 *   vu_signed_bytes      16 bytes from each of four points, to 32 bits a pixel, less 128
 */
#ifndef TWEEDIE_VNNI_H
#define TWEEDIE_VNNI_H

#include <string.h>

#include "simd.h"

/* Not the intrinsic: gcc 12 stores every sum to the stack at every step with it, and takes 2.3 times as long. */
LANE vu vu_dot(vu sum, vu a, vu b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}
LANE vu vu_four(const void *p) {
  int32_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  return _mm512_set1_epi32(bytes);
}
LANE vu vu_load_bytes(const void *p) { return _mm512_loadu_si512(p); }
LANE uint32_t vu_sum(vu a) { return (uint32_t)_mm512_reduce_add_epi32(a); }
LANE vu vu_round(vf a) { return _mm512_cvtps_epi32(a); }
LANE int vu_any(vu a) { return _mm512_test_epi32_mask(a, a) != 0; }
LANE vu vu_sign_of_byte(vu a) { return _mm512_srai_epi32(_mm512_slli_epi32(a, 24), 24); }
LANE vu vu_next_digit(vu a, vu digit) { return _mm512_srai_epi32(_mm512_sub_epi32(a, digit), 8); }
LANE void vu_store(uint32_t *p, vu a) { _mm512_storeu_si512(p, a); }
LANE void vu_store_bytes(void *p, vu a) { _mm_storeu_si128(p, _mm512_cvtepi32_epi8(a)); }
LANE void vu_store_pairs(uint16_t *p, vu a) { _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(a)); }

LANE void vu_pairs(const uint16_t *const p[4], vu *high, vu *low) {
  const vu bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15));
  vu q[4];
  for (int i = 0; i < 4; i++) q[i] = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p[i]));
  const vu a = _mm512_shuffle_epi8(vu_or(q[0], vu_shl(q[1], 16)), bytes);
  const vu b = _mm512_shuffle_epi8(vu_or(q[2], vu_shl(q[3], 16)), bytes);
  *low = vu_or(vu_and(a, vu_set(0xffff)), vu_shl(b, 16));
  *high = vu_or(vu_shr(a, 16), vu_and(b, vu_set(0xffff0000)));
}

LANE void vu_signed_bytes(const uint8_t *const p[4], void *out) {
  __m128i q[4];
  for (int i = 0; i < 4; i++) q[i] = _mm_xor_si128(_mm_loadu_si128((const __m128i *)p[i]), _mm_set1_epi8(-128));
  const __m128i low01 = _mm_unpacklo_epi8(q[0], q[1]), high01 = _mm_unpackhi_epi8(q[0], q[1]);
  const __m128i low23 = _mm_unpacklo_epi8(q[2], q[3]), high23 = _mm_unpackhi_epi8(q[2], q[3]);
  __m128i *to = out;
  _mm_storeu_si128(to, _mm_unpacklo_epi16(low01, low23));
  _mm_storeu_si128(to + 1, _mm_unpackhi_epi16(low01, low23));
  _mm_storeu_si128(to + 2, _mm_unpacklo_epi16(high01, high23));
  _mm_storeu_si128(to + 3, _mm_unpackhi_epi16(high01, high23));
}

#endif
