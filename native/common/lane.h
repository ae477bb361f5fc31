/* The lane operations for one element: what formula.h and philox.h are written over in the scalar tier and on a
 * CUDA device. cpu/simd.h has the same operations for the vector tiers.
 *
 *   vf  float lanes      vu  uint32 lanes      vm  one truth value a lane
 *   vw  32-bit words, each in the low half of a 64-bit lane; the upper half is noise. A widening product wants
 *       exactly this, and no operation of Philox looks up.
 */
#ifndef TWEEDIE_LANE_H
#define TWEEDIE_LANE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__CUDACC__)
#define LANE static __host__ __device__ __forceinline__
#else
#define LANE static inline __attribute__((always_inline))
#endif

typedef float vf;
typedef uint32_t vu;
typedef int vm;
typedef uint64_t vw;

LANE vf vf_set(float x) { return x; }
LANE vf vf_add(vf a, vf b) { return a + b; }
LANE vf vf_sub(vf a, vf b) { return a - b; }
LANE vf vf_mul(vf a, vf b) { return a * b; }
LANE vf vf_div(vf a, vf b) { return a / b; }
LANE vf vf_fma(vf a, vf b, vf c) { return fmaf(a, b, c); } /* a b + c */
LANE vf vf_fms(vf a, vf b, vf c) { return fmaf(a, b, -c); } /* a b - c */
LANE vf vf_sqrt(vf a) { return sqrtf(a); }
LANE vf vf_max(vf a, vf b) { return a > b ? a : b; } /* b where a comparison with NaN, or of zeros, says nothing */
LANE vm vf_lt(vf a, vf b) { return a < b; }
LANE vm vf_ge(vf a, vf b) { return a >= b; }
LANE vm vf_eq(vf a, vf b) { return a == b; }
LANE vf vf_select(vm m, vf a, vf b) { return m ? a : b; }
LANE vf vf_keep(vm m, vf a) { return m ? a : 0.0f; } /* +0 elsewhere */

LANE vu vf_bits(vf a) {
  vu w;
  memcpy(&w, &a, sizeof w);
  return w;
}
LANE vf vf_from_bits(vu w) {
  vf a;
  memcpy(&a, &w, sizeof a);
  return a;
}
LANE vf vf_of_int(vu w) { return (float)(int32_t)w; } /* both round to nearest even */
LANE vf vf_of_unsigned(vu w) { return (float)w; }
/* a with its sign changed where the top bit of w is set */
LANE vf vf_flip(vf a, vu w) { return vf_from_bits(vf_bits(a) ^ (w & 0x80000000u)); }

LANE vu vu_set(uint32_t x) { return x; }
LANE vu vu_add(vu a, vu b) { return a + b; }
LANE vu vu_sub(vu a, vu b) { return a - b; }
LANE vu vu_and(vu a, vu b) { return a & b; }
LANE vu vu_or(vu a, vu b) { return a | b; }
LANE vu vu_xor(vu a, vu b) { return a ^ b; }
LANE vu vu_shl(vu a, int n) { return a << n; }
LANE vu vu_shr(vu a, int n) { return a >> n; }
LANE vu vu_select(vm m, vu a, vu b) { return m ? a : b; }
LANE vm vu_top(vu a) { return a >> 31 != 0; } /* the top bit of each lane */
LANE vm vm_and(vm a, vm b) { return a && b; }
LANE vm vm_or(vm a, vm b) { return a || b; }
LANE int vm_any(vm m) { return m; }

LANE vw vw_set(uint32_t x) { return x; }
LANE vw vw_split(vu a) { return a; }
LANE vu vw_join(vw a) { return (vu)a; }
/* low half times m, all 64 bits */
#if defined(__CUDA_ARCH__)
LANE vw vw_mul(vw a, uint32_t m) { /* one instruction; from C the compiler makes one more, an addition of zero */
  uint64_t product;
  asm("mul.wide.u32 %0, %1, %2;" : "=l"(product) : "r"((uint32_t)a), "r"(m));
  return product;
}
#else
LANE vw vw_mul(vw a, uint32_t m) { return (uint64_t)(uint32_t)a * m; }
#endif
LANE vw vw_high(vw a) { return a >> 32; }
LANE vw vw_xor3(vw a, vw b, uint32_t k) { return a ^ b ^ k; }

#endif
