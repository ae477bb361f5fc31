/* The rows of ops.def as declarations and as the table that a handle holds.
 *
 * To add an op: a row in ../include/ops.def, and one body in the family's file (noise.c, step.c, gemm.c, score.c,
 * curvature.c, draw.c, blind.c):
 *
 *     #include "kernels.h"
 *     int32_t TIER(name)(parameters) {
 *       ...
 *       return TWEEDIE_OK;
 *     }
 *
 * CMake finds new files of this folder by itself and compiles each once per tier, with TWEEDIE_TIER the tier's name
 * and TWEEDIE_TIER_SCALAR, _AVX2, _AVX512 or _NEON set to 1 (checked below: the compiler must really target it).
 * Functions shared by several files of one tier are named TIER(...) too; others are static. What does not depend on
 * the tier (tweedie_width, the sizes of scratch) goes to sizes.c, which is compiled once. */
#ifndef TWEEDIE_KERNELS_H
#define TWEEDIE_KERNELS_H

#include "blas.h"
#include "tweedie.h"

/* A tier whose flags were lost would still compile, run and pass, only slower. */
#if defined(TWEEDIE_TIER_AVX512)
#if !defined(__AVX512F__) || !defined(__AVX512DQ__) || !defined(__AVX512BW__) || !defined(__AVX512VL__)
#error "tier avx512 needs -mavx512f -mavx512dq -mavx512bw -mavx512vl"
#endif
#elif defined(TWEEDIE_TIER_AVX2)
#if !defined(__AVX2__) || !defined(__FMA__) || defined(__AVX512F__)
#error "tier avx2 needs -mavx2 -mfma and no more"
#endif
#elif defined(TWEEDIE_TIER_NEON)
#if !defined(__ARM_NEON) || !defined(__aarch64__)
#error "tier neon needs aarch64"
#endif
#elif defined(TWEEDIE_TIER_SCALAR)
#if defined(__x86_64__) && (!defined(__FMA__) || defined(__AVX2__))
#error "tier scalar needs -mfma and no more"
#endif
#endif

#define TWEEDIE_JOIN_(name, tier) tweedie_##name##_##tier
#define TWEEDIE_JOIN(name, tier) TWEEDIE_JOIN_(name, tier)
/* TIER(normal) is tweedie_normal_avx512 while that tier is compiled. */
#define TIER(name) TWEEDIE_JOIN(name, TWEEDIE_TIER)

/* Before the parameters of a kernel of fast mode. */
#define WITH_BLAS(...) (const struct tweedie_blas *blas, __VA_ARGS__)

struct tweedie_table {
  const char *tier;
#define OP(name, parameters, arguments) int32_t(*name) parameters;
#define CPU_OP OP
#define MKL_OP(name, parameters, arguments) int32_t(*name) WITH_BLAS parameters;
#define TIER_OP(of, name, parameters, arguments) OP(name, parameters, arguments)
#include "ops.def"
};

#define TWEEDIE_DECLARE_TIER(suffix) extern const struct tweedie_table tweedie_table_##suffix;
TWEEDIE_DECLARE_TIER(scalar)
TWEEDIE_DECLARE_TIER(avx2)
TWEEDIE_DECLARE_TIER(avx512)
TWEEDIE_DECLARE_TIER(neon)

#if defined(TWEEDIE_TIER)
#define OP(name, parameters, arguments) int32_t TIER(name) parameters;
#define CPU_OP OP
#define MKL_OP(name, parameters, arguments) int32_t TIER(name) WITH_BLAS parameters;
#define TIER_OP(of, name, parameters, arguments) OP(name, parameters, arguments)
#include "ops.def"
#endif

#endif
