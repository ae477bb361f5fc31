package dev.tweedie.check.export;

import java.util.List;

/** The arithmetic, Philox and the elementary functions, to be written anew. */
final class FunctionText {
  private FunctionText() {}

  static final List<String> ARITHMETIC =
      """
      float32 unless a line says float64; + - * / sqrt and fma round once to nearest even; nothing is contracted, flushed to zero or reordered
      fma(a, b, c) = a b + c rounded once; where float64 has no fma to offer: the product of two float32 is exact in float64, the sum is to be rounded to odd
      compared by bits; any NaN equals any NaN; zeros differ by their sign
      max(a, b) = a > b ? a : b; a comparison with NaN is false
      numbers are hexadecimal: 0x1.8p+23 is 1.5 times 2^23
      """
          .lines()
          .toList();

  static final List<String> PHILOX =
      """
      Philox4x32-10 (Salmon et al. 2011): key = (key0, key1), key0 the low half of the seed
      element j of row i is word j % 4 of counter (block + j / 4, row + i, stream, step), each modulo 2^32
      ten times: p = x0 0xd2511f53 (64 bits), q = x2 0xcd9e8d57; (x0, x1, x2, x3) = (high(q) ^ x1 ^ key0, low(q), high(p) ^ x3 ^ key1, low(p)); key0 += 0x9e3779b9, key1 += 0xbb67ae85
      philox/ has counters, keys and words
      """
          .lines()
          .toList();

  static final List<String> FUNCTIONS =
      """
      R = 0x1.8p+23 (bits 0x4b400000), LN2 = 0x1.62e43p-1, LN2_REST = -0x1.05c61p-29, LOG2E = 0x1.715476p+0, PI = 0x1.921fb6p+1, PI_REST = -0x1.777a5cp-24
      exp_core(x): round = fma(x, LOG2E, R); n = round - R; r = fma(n, -LN2, x); r = fma(n, -LN2_REST, r)
        p = fma(0x1.6ac74ep-10, r, 0x1.123dep-7); p = fma(p, r, c) for c = 0x1.555858p-5, 0x1.55548cp-3, 0x1.fffffcp-2, 1, 1
      exp(x): x = x < -104 ? -104 : x; x = 128 < x ? 128 : x; (p, round) = exp_core(x); n = bits(round) - 0x4b400000; half = floor(n / 2); (p 2^half) 2^(n - half), both products rounded
      weight(x): +0 unless x >= -40; else the float whose bits are bits(p) + (bits(round) << 23) of exp_core(x): exp(x) without its end
      log_core(x, e0), x positive and normal: k = (bits(x) - 0x3f2aaaab) & 0xff800000 as int32; e = fma(float(k), 2^-23, e0); f = float_of_bits(bits(x) - k) - 1
        q = fma(-0x1.07c95ap-3, f, 0x1.1e678cp-3); q = fma(q, f, c) for c = -0x1.f332a8p-4, 0x1.1ed662p-3, -0x1.559c46p-3, 0x1.99d044p-3, -0x1.fffefcp-3, 0x1.555506p-2, -0.5
        result fma(e, LN2, fma(q, f f, f))
      log(x): NaN and +infinity stay; x < 0 NaN; zeros -infinity; x < 2^-126 log_core(x 2^23, -23); else log_core(x, 0)
      sincos_core(r): s = r r; p = fma(-0x1.2db5cep-1, s, 0x1.465facp+1); p = fma(p, s, -0x1.4abbbep+2); p = fma(p, s, PI_REST); sin = fma(r, PI, p r)
        q = fma(0x1.d4f7eep-3, s, -0x1.55b2b6p+0); q = fma(q, s, 0x1.03c1bp+2); q = fma(q, s, -0x1.3bd3ccp+2); cos = fma(q, s, 1)
      turn(w, sin, cos), w a uint32: where bit 30 of w is set, sin and cos change places; then sin changes its sign where bit 31 of w is set, cos where bit 31 of w + 0x40000000 is set
      sinpi, cospi(x): a = |x|; a = a < 2^24 ? a : x - x; turns = fma(a, 0.5, 2^23) - 2^23; a = fma(turns, -2, a); round = fma(a, 2, R); r = fma(round - R, -0.5, a)
        (sin, cos) = turn(bits(round) << 30, sincos_core(r)); sin = sin + 0, then the sign of x changes its sign; cos = cos + 0
      uniform(w) = fma(float(w), 2^-32, 2^-33)
      normal_pair(u, v): radius = sqrt(log_core(uniform(u), 0) (-2)); r = float(int32(v << 2)) 2^-33; (sin, cos) = turn(v + 0x20000000, sincos_core(r)); z0 = radius cos, z1 = radius sin
      largest errors over all floats, in ulp of the exact result: exp 0.892, log 0.934, sinpi 0.965, cospi 0.875
      """
          .lines()
          .toList();
}
