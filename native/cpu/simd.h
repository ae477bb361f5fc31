/* The lane operations of one tier; beside vnni.h and pairs.h the only file with intrinsics. lane.h says what the types and
 * operations mean and is itself the scalar tier. Beyond it there is here: VF_LANES, memory, and the movement of lanes.
 *
 *   vf_load_n, vf_store_n   touch only the first n lanes of memory, 0 <= n <= VF_LANES; the rest loads as +0
 *   vf_load_block           loads 4 elements, or VF_LANES where that is less; the lanes above are undefined
 *   vf_interleave           lane l of z[w] holds word w of block (VF_LANES / 4) (l % 4) + l / 4, vu_order()[l]; after
 *                           it z holds these 4 VF_LANES words in memory order
 *   vf_transpose            t[i] lane j <-> t[j] lane i, VF_LANES x VF_LANES
 *   vm_bits                 lane l to bit l
 *   vf_fold                 the sum of 16 virtual lanes, VF_LANES in each of acc: lane l += lane l + 8, then l + 4, 2, 1
 *
 * Addresses need no alignment. On AVX2 and NEON a true lane of vm has all its bits set.
 */
#ifndef TWEEDIE_SIMD_H
#define TWEEDIE_SIMD_H

#if defined(TWEEDIE_TIER_SCALAR)

#include "lane.h"

#define VF_LANES 1

LANE vf vf_load(const float *p) { return *p; }
LANE void vf_store(float *p, vf a) { memcpy(p, &a, sizeof a); } /* may hold bits of another type */
LANE vf vf_load_n(const float *p, int64_t n) { return n > 0 ? *p : 0.0f; }
LANE void vf_store_n(float *p, vf a, int64_t n) {
  if (n > 0) vf_store(p, a);
}
LANE vu vu_load(const uint32_t *p) { return *p; }
LANE vf vf_load_block(const float *p) { return *p; }
LANE vu vu_order(void) { return 0; }
LANE uint32_t vm_bits(vm m) { return m != 0; }
LANE void vf_interleave(vf z[4]) { (void)z; }
LANE float vf_fold(const vf acc[16]) {
  float lane[16];
  memcpy(lane, acc, sizeof lane);
  for (int half = 8; half > 0; half /= 2) {
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  }
  return lane[0];
}
LANE void vf_transpose(vf t[VF_LANES]) { (void)t; }

#else

#include <math.h>
#include <stdint.h>

#define LANE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include <immintrin.h>

LANE float vf_fold8(__m256 a) {
  __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  b = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(b, _mm_movehdup_ps(b)));
}
#endif

#if defined(TWEEDIE_TIER_AVX512)

#define VF_LANES 16
typedef __m512 vf;
typedef __m512i vu;
typedef __mmask16 vm;
typedef struct vw {
  __m512i even, odd; /* of the vf lanes */
} vw;

LANE vf vf_set(float x) { return _mm512_set1_ps(x); }
LANE vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
LANE vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
LANE vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
LANE vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
LANE vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
LANE vf vf_fms(vf a, vf b, vf c) { return _mm512_fmsub_ps(a, b, c); }
LANE vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
LANE vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
LANE vm vf_lt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
LANE vm vf_ge(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
LANE vm vf_eq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
LANE vf vf_select(vm m, vf a, vf b) { return _mm512_mask_blend_ps(m, b, a); }
LANE vf vf_keep(vm m, vf a) { return _mm512_maskz_mov_ps(m, a); }
LANE vu vf_bits(vf a) { return _mm512_castps_si512(a); }
LANE vf vf_from_bits(vu w) { return _mm512_castsi512_ps(w); }
LANE vf vf_of_int(vu w) { return _mm512_cvtepi32_ps(w); }
LANE vf vf_of_unsigned(vu w) { return _mm512_cvtepu32_ps(w); }
LANE vf vf_flip(vf a, vu w) { /* a ^ (w & sign) */
  return vf_from_bits(_mm512_ternarylogic_epi32(vf_bits(a), w, _mm512_set1_epi32(INT32_MIN), 0x78));
}

LANE vu vu_set(uint32_t x) { return _mm512_set1_epi32((int32_t)x); }
LANE vu vu_add(vu a, vu b) { return _mm512_add_epi32(a, b); }
LANE vu vu_sub(vu a, vu b) { return _mm512_sub_epi32(a, b); }
LANE vu vu_and(vu a, vu b) { return _mm512_and_si512(a, b); }
LANE vu vu_or(vu a, vu b) { return _mm512_or_si512(a, b); }
LANE vu vu_xor(vu a, vu b) { return _mm512_xor_si512(a, b); }
LANE vu vu_shl(vu a, int n) { return _mm512_slli_epi32(a, (unsigned)n); }
LANE vu vu_shr(vu a, int n) { return _mm512_srli_epi32(a, (unsigned)n); }
LANE vu vu_select(vm m, vu a, vu b) { return _mm512_mask_blend_epi32(m, b, a); }
LANE vm vu_top(vu a) { return _mm512_movepi32_mask(a); }
LANE vm vm_and(vm a, vm b) { return (vm)(a & b); }
LANE vm vm_or(vm a, vm b) { return (vm)(a | b); }
LANE int vm_any(vm m) { return m != 0; }
LANE uint32_t vm_bits(vm m) { return m; }

LANE vw vw_set(uint32_t x) { return (vw){_mm512_set1_epi64(x), _mm512_set1_epi64(x)}; }
LANE vw vw_split(vu a) { return (vw){a, _mm512_srli_epi64(a, 32)}; }
LANE vu vw_join(vw a) { return _mm512_mask_shuffle_epi32(a.even, 0xaaaa, a.odd, (_MM_PERM_ENUM)0xa0); }
LANE vw vw_mul(vw a, uint32_t m) {
  const __m512i b = _mm512_set1_epi64(m);
  return (vw){_mm512_mul_epu32(a.even, b), _mm512_mul_epu32(a.odd, b)};
}
LANE vw vw_high(vw a) { /* a shuffle, so that the ports of the products stay free: 5 % of a normal */
  return (vw){_mm512_shuffle_epi32(a.even, (_MM_PERM_ENUM)0xf5), _mm512_shuffle_epi32(a.odd, (_MM_PERM_ENUM)0xf5)};
}
LANE vw vw_xor3(vw a, vw b, uint32_t k) {
  const __m512i c = _mm512_set1_epi64(k);
  return (vw){_mm512_ternarylogic_epi64(a.even, b.even, c, 0x96), _mm512_ternarylogic_epi64(a.odd, b.odd, c, 0x96)};
}

LANE __mmask16 vm_first(int64_t n) { return (__mmask16)((1u << n) - 1); }
LANE vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
LANE void vf_store(float *p, vf a) { _mm512_storeu_ps(p, a); }
LANE vf vf_load_n(const float *p, int64_t n) { return _mm512_maskz_loadu_ps(vm_first(n), p); }
LANE void vf_store_n(float *p, vf a, int64_t n) { _mm512_mask_storeu_ps(p, vm_first(n), a); }
LANE float vf_fold(const vf acc[1]) {
  return vf_fold8(_mm256_add_ps(_mm512_castps512_ps256(acc[0]), _mm512_extractf32x8_ps(acc[0], 1)));
}
LANE vf vf_load_block(const float *p) { return _mm512_castps128_ps512(_mm_loadu_ps(p)); }
LANE vu vu_load(const uint32_t *p) { return _mm512_loadu_si512(p); }

/* 4 x 4 transpose within each 128 bits: of rows a, b, c, d */
LANE void vf_quads(vf *a, vf *b, vf *c, vf *d) {
  __m512d ab0 = _mm512_castps_pd(_mm512_unpacklo_ps(*a, *b)), ab2 = _mm512_castps_pd(_mm512_unpackhi_ps(*a, *b));
  __m512d cd0 = _mm512_castps_pd(_mm512_unpacklo_ps(*c, *d)), cd2 = _mm512_castps_pd(_mm512_unpackhi_ps(*c, *d));
  *a = _mm512_castpd_ps(_mm512_unpacklo_pd(ab0, cd0));
  *b = _mm512_castpd_ps(_mm512_unpackhi_pd(ab0, cd0));
  *c = _mm512_castpd_ps(_mm512_unpacklo_pd(ab2, cd2));
  *d = _mm512_castpd_ps(_mm512_unpackhi_pd(ab2, cd2));
}
/* 4 x 4 transpose of 128-bit parts */
LANE void vf_parts(vf *a, vf *b, vf *c, vf *d) {
  vf ab0 = _mm512_shuffle_f32x4(*a, *b, 0x44), ab2 = _mm512_shuffle_f32x4(*a, *b, 0xee);
  vf cd0 = _mm512_shuffle_f32x4(*c, *d, 0x44), cd2 = _mm512_shuffle_f32x4(*c, *d, 0xee);
  *a = _mm512_shuffle_f32x4(ab0, cd0, 0x88);
  *b = _mm512_shuffle_f32x4(ab0, cd0, 0xdd);
  *c = _mm512_shuffle_f32x4(ab2, cd2, 0x88);
  *d = _mm512_shuffle_f32x4(ab2, cd2, 0xdd);
}
LANE void vf_transpose(vf t[VF_LANES]) {
  for (int i = 0; i < 16; i += 4) vf_quads(&t[i], &t[i + 1], &t[i + 2], &t[i + 3]);
  for (int i = 0; i < 4; i++) vf_parts(&t[i], &t[i + 4], &t[i + 8], &t[i + 12]);
}

#elif defined(TWEEDIE_TIER_AVX2)

#define VF_LANES 8
typedef __m256 vf;
typedef __m256i vu;
typedef __m256 vm;
typedef struct vw {
  __m256i even, odd; /* of the vf lanes */
} vw;

LANE vf vf_set(float x) { return _mm256_set1_ps(x); }
LANE vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
LANE vf vf_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
LANE vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
LANE vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
LANE vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
LANE vf vf_fms(vf a, vf b, vf c) { return _mm256_fmsub_ps(a, b, c); }
LANE vf vf_sqrt(vf a) { return _mm256_sqrt_ps(a); }
LANE vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
LANE vm vf_lt(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
LANE vm vf_ge(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
LANE vm vf_eq(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
LANE vf vf_select(vm m, vf a, vf b) { return _mm256_blendv_ps(b, a, m); }
LANE vf vf_keep(vm m, vf a) { return _mm256_and_ps(m, a); }
LANE vu vf_bits(vf a) { return _mm256_castps_si256(a); }
LANE vf vf_from_bits(vu w) { return _mm256_castsi256_ps(w); }
LANE vf vf_of_int(vu w) { return _mm256_cvtepi32_ps(w); }
LANE vf vf_of_unsigned(vu w) { /* both halves are exact, their sum is rounded once */
  vf high = _mm256_cvtepi32_ps(_mm256_srli_epi32(w, 16));
  vf low = _mm256_cvtepi32_ps(_mm256_and_si256(w, _mm256_set1_epi32(0xffff)));
  return _mm256_fmadd_ps(high, _mm256_set1_ps(65536.0f), low);
}
LANE vf vf_flip(vf a, vu w) { return _mm256_xor_ps(a, _mm256_and_ps(vf_from_bits(w), _mm256_set1_ps(-0.0f))); }

LANE vu vu_set(uint32_t x) { return _mm256_set1_epi32((int32_t)x); }
LANE vu vu_add(vu a, vu b) { return _mm256_add_epi32(a, b); }
LANE vu vu_sub(vu a, vu b) { return _mm256_sub_epi32(a, b); }
LANE vu vu_and(vu a, vu b) { return _mm256_and_si256(a, b); }
LANE vu vu_or(vu a, vu b) { return _mm256_or_si256(a, b); }
LANE vu vu_xor(vu a, vu b) { return _mm256_xor_si256(a, b); }
LANE vu vu_shl(vu a, int n) { return _mm256_slli_epi32(a, n); }
LANE vu vu_shr(vu a, int n) { return _mm256_srli_epi32(a, n); }
LANE vu vu_select(vm m, vu a, vu b) { return vf_bits(vf_select(m, vf_from_bits(a), vf_from_bits(b))); }
LANE vm vu_top(vu a) { return vf_from_bits(_mm256_srai_epi32(a, 31)); }
LANE vm vm_and(vm a, vm b) { return _mm256_and_ps(a, b); }
LANE vm vm_or(vm a, vm b) { return _mm256_or_ps(a, b); }
LANE int vm_any(vm m) { return _mm256_movemask_ps(m) != 0; }
LANE uint32_t vm_bits(vm m) { return (uint32_t)_mm256_movemask_ps(m); }

LANE vw vw_set(uint32_t x) { return (vw){_mm256_set1_epi64x(x), _mm256_set1_epi64x(x)}; }
LANE vw vw_split(vu a) { return (vw){a, _mm256_srli_epi64(a, 32)}; }
LANE vu vw_join(vw a) { return _mm256_blend_epi32(a.even, _mm256_slli_epi64(a.odd, 32), 0xaa); }
LANE vw vw_mul(vw a, uint32_t m) {
  const __m256i b = _mm256_set1_epi64x(m);
  return (vw){_mm256_mul_epu32(a.even, b), _mm256_mul_epu32(a.odd, b)};
}
LANE vw vw_high(vw a) { return (vw){_mm256_srli_epi64(a.even, 32), _mm256_srli_epi64(a.odd, 32)}; }
LANE vw vw_xor3(vw a, vw b, uint32_t k) {
  const __m256i c = _mm256_set1_epi64x(k);
  return (vw){vu_xor(vu_xor(a.even, b.even), c), vu_xor(vu_xor(a.odd, b.odd), c)};
}

LANE __m256i vm_first(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
LANE vf vf_load(const float *p) { return _mm256_loadu_ps(p); }
LANE void vf_store(float *p, vf a) { _mm256_storeu_ps(p, a); }
LANE vf vf_load_n(const float *p, int64_t n) { return _mm256_maskload_ps(p, vm_first(n)); }
LANE void vf_store_n(float *p, vf a, int64_t n) { _mm256_maskstore_ps(p, vm_first(n), a); }
LANE float vf_fold(const vf acc[2]) { return vf_fold8(vf_add(acc[0], acc[1])); }
LANE vf vf_load_block(const float *p) { return _mm256_castps128_ps256(_mm_loadu_ps(p)); }
LANE vu vu_load(const uint32_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

/* 4 x 4 transpose within each 128 bits: of rows a, b, c, d */
LANE void vf_quads(vf *a, vf *b, vf *c, vf *d) {
  __m256d ab0 = _mm256_castps_pd(_mm256_unpacklo_ps(*a, *b)), ab2 = _mm256_castps_pd(_mm256_unpackhi_ps(*a, *b));
  __m256d cd0 = _mm256_castps_pd(_mm256_unpacklo_ps(*c, *d)), cd2 = _mm256_castps_pd(_mm256_unpackhi_ps(*c, *d));
  *a = _mm256_castpd_ps(_mm256_unpacklo_pd(ab0, cd0));
  *b = _mm256_castpd_ps(_mm256_unpackhi_pd(ab0, cd0));
  *c = _mm256_castpd_ps(_mm256_unpacklo_pd(ab2, cd2));
  *d = _mm256_castpd_ps(_mm256_unpackhi_pd(ab2, cd2));
}
LANE void vf_transpose(vf t[VF_LANES]) {
  for (int i = 0; i < 8; i += 4) vf_quads(&t[i], &t[i + 1], &t[i + 2], &t[i + 3]);
  for (int i = 0; i < 4; i++) {
    vf low = _mm256_permute2f128_ps(t[i], t[i + 4], 0x20);
    t[i + 4] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x31);
    t[i] = low;
  }
}

#elif defined(TWEEDIE_TIER_NEON)
#include <arm_neon.h>
#include <string.h>

#define VF_LANES 4
typedef float32x4_t vf;
typedef uint32x4_t vu;
typedef uint32x4_t vm;
typedef struct vw {
  uint64x2_t even, odd; /* of the vf lanes */
} vw;

LANE vf vf_set(float x) { return vdupq_n_f32(x); }
LANE vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
LANE vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
LANE vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
LANE vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
LANE vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
LANE vf vf_fms(vf a, vf b, vf c) { return vfmaq_f32(vnegq_f32(c), a, b); }
LANE vf vf_sqrt(vf a) { return vsqrtq_f32(a); }
LANE vm vf_lt(vf a, vf b) { return vcltq_f32(a, b); }
LANE vm vf_ge(vf a, vf b) { return vcgeq_f32(a, b); }
LANE vm vf_eq(vf a, vf b) { return vceqq_f32(a, b); }
LANE vf vf_select(vm m, vf a, vf b) { return vbslq_f32(m, a, b); }
LANE vf vf_max(vf a, vf b) { return vf_select(vcgtq_f32(a, b), a, b); } /* vmaxq_f32 has other NaN and zero rules */
LANE vu vf_bits(vf a) { return vreinterpretq_u32_f32(a); }
LANE vf vf_from_bits(vu w) { return vreinterpretq_f32_u32(w); }
LANE vf vf_keep(vm m, vf a) { return vf_from_bits(vandq_u32(m, vf_bits(a))); }
LANE vf vf_of_int(vu w) { return vcvtq_f32_s32(vreinterpretq_s32_u32(w)); }
LANE vf vf_of_unsigned(vu w) { return vcvtq_f32_u32(w); }
LANE vf vf_flip(vf a, vu w) { return vf_from_bits(veorq_u32(vf_bits(a), vandq_u32(w, vdupq_n_u32(0x80000000u)))); }

LANE vu vu_set(uint32_t x) { return vdupq_n_u32(x); }
LANE vu vu_add(vu a, vu b) { return vaddq_u32(a, b); }
LANE vu vu_sub(vu a, vu b) { return vsubq_u32(a, b); }
LANE vu vu_and(vu a, vu b) { return vandq_u32(a, b); }
LANE vu vu_or(vu a, vu b) { return vorrq_u32(a, b); }
LANE vu vu_xor(vu a, vu b) { return veorq_u32(a, b); }
LANE vu vu_shl(vu a, int n) { return vshlq_u32(a, vdupq_n_s32(n)); }
LANE vu vu_shr(vu a, int n) { return vshlq_u32(a, vdupq_n_s32(-n)); }
LANE vu vu_select(vm m, vu a, vu b) { return vbslq_u32(m, a, b); }
LANE vm vu_top(vu a) { return vcltzq_s32(vreinterpretq_s32_u32(a)); }
LANE vm vm_and(vm a, vm b) { return vandq_u32(a, b); }
LANE vm vm_or(vm a, vm b) { return vorrq_u32(a, b); }
LANE int vm_any(vm m) { return vmaxvq_u32(m) != 0; }
LANE uint32_t vm_bits(vm m) {
  const uint32_t bit[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(m, vld1q_u32(bit)));
}

LANE vw vw_set(uint32_t x) { return (vw){vdupq_n_u64(x), vdupq_n_u64(x)}; }
LANE vw vw_split(vu a) {
  uint64x2_t even = vreinterpretq_u64_u32(a);
  return (vw){even, vshrq_n_u64(even, 32)};
}
LANE vu vw_join(vw a) { return vtrn1q_u32(vreinterpretq_u32_u64(a.even), vreinterpretq_u32_u64(a.odd)); }
LANE vw vw_mul(vw a, uint32_t m) {
  return (vw){vmull_n_u32(vmovn_u64(a.even), m), vmull_n_u32(vmovn_u64(a.odd), m)};
}
LANE vw vw_high(vw a) { return (vw){vshrq_n_u64(a.even, 32), vshrq_n_u64(a.odd, 32)}; }
LANE vw vw_xor3(vw a, vw b, uint32_t k) {
  const uint64x2_t c = vdupq_n_u64(k);
  return (vw){veorq_u64(veorq_u64(a.even, b.even), c), veorq_u64(veorq_u64(a.odd, b.odd), c)};
}

LANE vf vf_load(const float *p) { return vld1q_f32(p); }
LANE void vf_store(float *p, vf a) { vst1q_f32(p, a); }
LANE vf vf_load_n(const float *p, int64_t n) {
  float t[4] = {0};
  memcpy(t, p, (size_t)n * sizeof(float));
  return vld1q_f32(t);
}
LANE void vf_store_n(float *p, vf a, int64_t n) {
  float t[4];
  vst1q_f32(t, a);
  memcpy(p, t, (size_t)n * sizeof(float));
}
LANE float vf_fold(const vf acc[4]) {
  vf a = vf_add(vf_add(acc[0], acc[2]), vf_add(acc[1], acc[3]));
  float32x2_t b = vadd_f32(vget_low_f32(a), vget_high_f32(a));
  return vget_lane_f32(b, 0) + vget_lane_f32(b, 1);
}
LANE vf vf_load_block(const float *p) { return vld1q_f32(p); }
LANE vu vu_load(const uint32_t *p) { return vld1q_u32(p); }

LANE void vf_quads(vf *a, vf *b, vf *c, vf *d) {
  float64x2_t ab0 = vreinterpretq_f64_f32(vzip1q_f32(*a, *b)), ab2 = vreinterpretq_f64_f32(vzip2q_f32(*a, *b));
  float64x2_t cd0 = vreinterpretq_f64_f32(vzip1q_f32(*c, *d)), cd2 = vreinterpretq_f64_f32(vzip2q_f32(*c, *d));
  *a = vreinterpretq_f32_f64(vzip1q_f64(ab0, cd0));
  *b = vreinterpretq_f32_f64(vzip2q_f64(ab0, cd0));
  *c = vreinterpretq_f32_f64(vzip1q_f64(ab2, cd2));
  *d = vreinterpretq_f32_f64(vzip2q_f64(ab2, cd2));
}
LANE void vf_transpose(vf t[VF_LANES]) { vf_quads(&t[0], &t[1], &t[2], &t[3]); }

#else
#error "no tier"
#endif

LANE void vf_interleave(vf z[4]) { vf_quads(&z[0], &z[1], &z[2], &z[3]); }
LANE vu vu_order(void) {
  uint32_t order[VF_LANES];
  for (uint32_t l = 0; l < VF_LANES; l++) order[l] = VF_LANES / 4 * (l % 4) + l / 4;
  return vu_load(order);
}

#endif
#endif
