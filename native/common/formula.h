/* exp, log, sincospi and Box-Muller, written once over the lane operations of lane.h (one element: scalar tier,
 * CUDA) or cpu/simd.h (vector tiers); include one of them first. Formula.java and VectorFormula.java mirror it.
 *
 * Every value is one fixed sequence of + - * / sqrt, fma, integer operations and selection by comparison, so every
 * width and every device gives the same bits (any NaN counts as equal to any NaN). Compilers must not contract.
 *
 * Largest errors over all floats, in ulp of the exact result: exp 0.892, log 0.934, sin(pi x) 0.965,
 * cos(pi x) 0.875. FormulaTest checks them.
 *
 * Polynomials: minimax for the relative error of the function, coefficients rounded to float one after the other from
 * the lowest power, the rest refitted each time against those already rounded.
 */
#ifndef TWEEDIE_FORMULA_H
#define TWEEDIE_FORMULA_H

#define FORMULA_ROUND 0x1.8p+23f /* added, it leaves the nearest integer in the low bits of the sum */
#define FORMULA_LOG2E 0x1.715476p+0f
#define FORMULA_LN2 0x1.62e43p-1f
#define FORMULA_LN2_REST -0x1.05c61p-29f
#define FORMULA_PI 0x1.921fb6p+1f
#define FORMULA_PI_REST -0x1.777a5cp-24f
/* softmax terms below exp(-40) cannot reach the last bit of a float sum of up to 2^33 terms that holds a 1 */
#define FORMULA_WEIGHT_FLOOR -40.0f

/* A loop over vectors that becomes a sequence: `count` is a constant of at most FORMULA_VECTORS. Several vectors go
 * through a formula stage by stage where its chain of dependent operations is longer than what a processor looks ahead:
 * weights by six take 1.6 ns a vector of a Zen 5, one by one 2.0. */
#define FORMULA_VECTORS 6
#if defined(__CUDA_ARCH__)
#define FORMULA_UNROLL _Pragma("unroll")
#elif defined(__CUDACC__) /* the host's side of a kernel's file */
#define FORMULA_UNROLL
#else
#define FORMULA_UNROLL _Pragma("GCC unroll 6")
#endif
#define FORMULA_EACH(i, count) FORMULA_UNROLL for (int i = 0; i < (count); i++)

/* exp(x) = p 2^n with p in [0.7, 1.42]; round is n + FORMULA_ROUND. Error of the polynomial 3.2e-9. */
LANE void vf_exp_core(const int count, const vf x[], vf p[], vf round[]) {
  vf n[FORMULA_VECTORS], r[FORMULA_VECTORS];
  FORMULA_EACH(i, count) round[i] = vf_fma(x[i], vf_set(FORMULA_LOG2E), vf_set(FORMULA_ROUND));
  FORMULA_EACH(i, count) n[i] = vf_sub(round[i], vf_set(FORMULA_ROUND));
  FORMULA_EACH(i, count) r[i] = vf_fma(n[i], vf_set(-FORMULA_LN2), x[i]);
  FORMULA_EACH(i, count) r[i] = vf_fma(n[i], vf_set(-FORMULA_LN2_REST), r[i]);
  FORMULA_EACH(i, count) p[i] = vf_fma(vf_set(0x1.6ac74ep-10f), r[i], vf_set(0x1.123dep-7f));
  FORMULA_EACH(i, count) p[i] = vf_fma(p[i], r[i], vf_set(0x1.555858p-5f));
  FORMULA_EACH(i, count) p[i] = vf_fma(p[i], r[i], vf_set(0x1.55548cp-3f));
  FORMULA_EACH(i, count) p[i] = vf_fma(p[i], r[i], vf_set(0x1.fffffcp-2f));
  FORMULA_EACH(i, count) p[i] = vf_fma(p[i], r[i], vf_set(1.0f));
  FORMULA_EACH(i, count) p[i] = vf_fma(p[i], r[i], vf_set(1.0f));
}

/* exp of any float, rounded once also where the result is subnormal. */
LANE vf vf_exp(vf x) {
  const vf least = vf_set(-104.0f), most = vf_set(128.0f); /* exp rounds to 0 and to infinity well inside */
  x = vf_select(vf_lt(x, least), least, x);
  x = vf_select(vf_lt(most, x), most, x);
  vf p, round;
  vf_exp_core(1, &x, &p, &round);
  /* 2^n in two factors: the first product is exact, the second rounds, underflows or overflows once */
  vu n = vu_sub(vf_bits(round), vu_set(0x4b400000u));
  vu half = vu_sub(vu_shr(vu_add(n, vu_set(256)), 1), vu_set(128)); /* floor(n / 2): n > -256 */
  vu one = vu_set(127);
  vf low = vf_from_bits(vu_shl(vu_add(half, one), 23));
  vf high = vf_from_bits(vu_shl(vu_add(vu_sub(n, half), one), 23));
  return vf_mul(vf_mul(p, low), high);
}

/* A term of a softmax, x = logit - maximum <= 0: the bits of exp(x) where x >= -40, else (also for NaN) 0. */
LANE void vf_weights(const int count, const vf x[], vf out[]) {
  vf p[FORMULA_VECTORS], round[FORMULA_VECTORS];
  vm keep[FORMULA_VECTORS];
  FORMULA_EACH(i, count) keep[i] = vf_ge(x[i], vf_set(FORMULA_WEIGHT_FLOOR));
  vf_exp_core(count, x, p, round);
  FORMULA_EACH(i, count) p[i] = vf_from_bits(vu_add(vf_bits(p[i]), vu_shl(vf_bits(round[i]), 23)));
  FORMULA_EACH(i, count) out[i] = vf_keep(keep[i], p[i]);
}
LANE vf vf_weight(vf x) {
  vf w;
  vf_weights(1, &x, &w);
  return w;
}

/* log(x 2^exponent) for a positive normal x = m 2^k, m in [2/3, 4/3). Error of the polynomial 4.7e-9. */
LANE vf vf_log_core(vf x, vf exponent) {
  vu bits = vf_bits(x);
  vu k = vu_and(vu_sub(bits, vu_set(0x3f2aaaabu)), vu_set(0xff800000u));
  vf e = vf_fma(vf_of_int(k), vf_set(0x1p-23f), exponent);
  vf f = vf_sub(vf_from_bits(vu_sub(bits, k)), vf_set(1.0f));
  vf q = vf_fma(vf_set(-0x1.07c95ap-3f), f, vf_set(0x1.1e678cp-3f));
  q = vf_fma(q, f, vf_set(-0x1.f332a8p-4f));
  q = vf_fma(q, f, vf_set(0x1.1ed662p-3f));
  q = vf_fma(q, f, vf_set(-0x1.559c46p-3f));
  q = vf_fma(q, f, vf_set(0x1.99d044p-3f));
  q = vf_fma(q, f, vf_set(-0x1.fffefcp-3f));
  q = vf_fma(q, f, vf_set(0x1.555506p-2f));
  q = vf_fma(q, f, vf_set(-0.5f));
  return vf_fma(e, vf_set(FORMULA_LN2), vf_fma(q, vf_mul(f, f), f));
}

/* log of any float: -infinity at both zeros, NaN below. */
LANE vf vf_log(vf x) {
  vm subnormal = vf_lt(x, vf_set(0x1p-126f));
  vf scaled = vf_select(subnormal, vf_mul(x, vf_set(0x1p23f)), x);
  vf r = vf_log_core(scaled, vf_select(subnormal, vf_set(-23.0f), vf_set(0.0f)));
  r = vf_select(vf_lt(vf_set(0.0f), x), r, vf_set(-INFINITY));
  r = vf_select(vf_lt(x, vf_set(0.0f)), vf_set(NAN), r);
  return vf_select(vf_lt(x, vf_set(INFINITY)), r, x);
}

/* sin(pi r) and cos(pi r), |r| <= 1/4. Errors of the polynomials 4.1e-9 and 4.4e-10. */
LANE void vf_sincospi_core(vf r, vf *sin, vf *cos) {
  vf s = vf_mul(r, r);
  vf p = vf_fma(vf_set(-0x1.2db5cep-1f), s, vf_set(0x1.465facp+1f));
  p = vf_fma(p, s, vf_set(-0x1.4abbbep+2f));
  p = vf_fma(p, s, vf_set(FORMULA_PI_REST));
  *sin = vf_fma(r, vf_set(FORMULA_PI), vf_mul(p, r));
  vf q = vf_fma(vf_set(0x1.d4f7eep-3f), s, vf_set(-0x1.55b2b6p+0f));
  q = vf_fma(q, s, vf_set(0x1.03c1bp+2f));
  q = vf_fma(q, s, vf_set(-0x1.3bd3ccp+2f));
  *cos = vf_fma(q, s, vf_set(1.0f));
}

/* Turns (sin, cos) by the quadrant that the two top bits of `quadrant` number. */
LANE void vf_turn_quadrant(vu quadrant, vf *sin, vf *cos) {
  vm odd = vu_top(vu_shl(quadrant, 1));
  vf s = vf_select(odd, *cos, *sin);
  vf c = vf_select(odd, *sin, *cos);
  *sin = vf_flip(s, quadrant);
  *cos = vf_flip(c, vu_add(quadrant, vu_set(0x40000000u)));
}

/* sin(pi x) and cos(pi x) of any float; NaN where x is not finite. Exact at multiples of 1/2, zeros signed as IEEE 754
 * recommends: sin(pi n) has the sign of n, cos(pi (n + 1/2)) is +0. */
LANE void vf_sincospi(vf x, vf *sin, vf *cos) {
  vf a = vf_flip(x, vf_bits(x)); /* |x| */
  a = vf_select(vf_lt(a, vf_set(0x1p24f)), a, vf_sub(x, x)); /* from 2^24 on every float is even */
  vf turns = vf_sub(vf_fma(a, vf_set(0.5f), vf_set(0x1p23f)), vf_set(0x1p23f));
  a = vf_fma(turns, vf_set(-2.0f), a); /* in [-1, 1], exact */
  vf round = vf_fma(a, vf_set(2.0f), vf_set(FORMULA_ROUND));
  vf r = vf_fma(vf_sub(round, vf_set(FORMULA_ROUND)), vf_set(-0.5f), a);
  vf s, c;
  vf_sincospi_core(r, &s, &c);
  vf_turn_quadrant(vu_shl(vf_bits(round), 30), &s, &c);
  *sin = vf_flip(vf_add(s, vf_set(0.0f)), vf_bits(x)); /* -0 + 0 = +0 */
  *cos = vf_add(c, vf_set(0.0f));
}

/* (w + 1/2) / 2^32, in (0, 1] */
LANE vf vf_uniform(vu w) { return vf_fma(vf_of_unsigned(w), vf_set(0x1p-32f), vf_set(0x1p-33f)); }

/* Two independent N(0, 1) of two random words: radius from the first, angle 2 pi v / 2^32 from the second, reduced to
 * a quadrant in integers. |z| <= sqrt(66 log 2) = 6.764. Box and Muller 1958, (1). */
LANE void vf_normal_pair(vu u, vu v, vf *z0, vf *z1) {
  vf radius = vf_sqrt(vf_mul(vf_log_core(vf_uniform(u), vf_set(0.0f)), vf_set(-2.0f)));
  vf r = vf_mul(vf_of_int(vu_shl(v, 2)), vf_set(0x1p-33f));
  vf s, c;
  vf_sincospi_core(r, &s, &c);
  vf_turn_quadrant(vu_add(v, vu_set(0x20000000u)), &s, &c);
  *z0 = vf_mul(radius, c);
  *z1 = vf_mul(radius, s);
}

/* Bound on the error of a row's logits, yy = |x'|^2; the other names as in tweedie_level. */
LANE vf vf_logit_error(float error_scale, float reach, float bound, float widest_half, vf yy) {
  vf far = vf_fma(vf_sqrt(yy), vf_set(reach), vf_set(bound));
  return vf_mul(vf_set(error_scale), vf_fma(vf_set(widest_half), yy, far));
}

/* The same of one component with variances of its own, from its logit; norm = |x'|. NaN where that says nothing. */
LANE vf vf_spectral_error(float error_scale, float bias, float steep, float far, vf norm, vf logit) {
  const vf zero = vf_set(0.0f), from = vf_set(bias);
  vf q = vf_max(zero, vf_mul(vf_sub(from, logit), vf_set(2.0f))); /* keeps NaN */
  vf along = vf_fma(norm, vf_set(steep), vf_set(far));
  vf rounded = vf_mul(vf_set(error_scale), vf_add(q, vf_set(bias < 0.0f ? -bias : bias)));
  return vf_fma(vf_sqrt(q), along, rounded);
}

#endif
