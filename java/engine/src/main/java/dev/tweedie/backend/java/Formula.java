package dev.tweedie.backend.java;

/**
 * exp, log, sincospi and Box-Muller in float32, one element at a time: the mirror of {@code
 * native/common/formula.h}, with the same bits. Each value is a fixed sequence of {@code + - * /},
 * sqrt, fma and integer operations; {@link Math#exp(double)} and its kin differ between machines.
 * The largest errors over all floats, in ulp of the exact result, are exp 0.892, log 0.934, sin(pi
 * x) 0.965, cos(pi x) 0.875. {@code vector.VectorFormula} is the same over the Vector API and
 * shares the coefficients.
 */
public final class Formula {
  /** Added, it leaves the nearest integer in the low bits of the sum. */
  public static final float ROUND = 0x1.8p+23f;

  public static final int ROUND_BITS = 0x4b400000;

  public static final float LOG2E = 0x1.715476p+0f;
  public static final float LN2 = 0x1.62e43p-1f;
  public static final float LN2_REST = -0x1.05c61p-29f;
  public static final float EXP6 = 0x1.6ac74ep-10f;
  public static final float EXP5 = 0x1.123dep-7f;
  public static final float EXP4 = 0x1.555858p-5f;
  public static final float EXP3 = 0x1.55548cp-3f;
  public static final float EXP2 = 0x1.fffffcp-2f;
  public static final float EXP_LEAST = -104.0f;
  public static final float EXP_MOST = 128.0f;
  public static final float WEIGHT_FLOOR = -40.0f;

  /** Bits of 2/3: the mantissa range of the logarithm is [2/3, 4/3). */
  public static final int LOG_LEAST = 0x3f2aaaab;

  public static final int EXPONENT = 0xff800000;
  public static final float LOG10 = -0x1.07c95ap-3f;
  public static final float LOG9 = 0x1.1e678cp-3f;
  public static final float LOG8 = -0x1.f332a8p-4f;
  public static final float LOG7 = 0x1.1ed662p-3f;
  public static final float LOG6 = -0x1.559c46p-3f;
  public static final float LOG5 = 0x1.99d044p-3f;
  public static final float LOG4 = -0x1.fffefcp-3f;
  public static final float LOG3 = 0x1.555506p-2f;
  public static final float LOG2 = -0.5f;

  public static final float PI = 0x1.921fb6p+1f;
  public static final float PI_REST = -0x1.777a5cp-24f;
  public static final float SIN7 = -0x1.2db5cep-1f;
  public static final float SIN5 = 0x1.465facp+1f;
  public static final float SIN3 = -0x1.4abbbep+2f;
  public static final float COS8 = 0x1.d4f7eep-3f;
  public static final float COS6 = -0x1.55b2b6p+0f;
  public static final float COS4 = 0x1.03c1bp+2f;
  public static final float COS2 = -0x1.3bd3ccp+2f;

  private Formula() {}

  /** {@code 2^n} times the mantissa is exp(x), where {@code round} is {@code n + ROUND}. */
  private static float expMantissa(float x, float round) {
    float n = round - ROUND;
    float r = Math.fma(n, -LN2, x);
    r = Math.fma(n, -LN2_REST, r);
    float p = Math.fma(EXP6, r, EXP5);
    p = Math.fma(p, r, EXP4);
    p = Math.fma(p, r, EXP3);
    p = Math.fma(p, r, EXP2);
    p = Math.fma(p, r, 1.0f);
    return Math.fma(p, r, 1.0f);
  }

  /** exp of any float, rounded once also where the result is subnormal. */
  public static float exp(float x) {
    x = x < EXP_LEAST ? EXP_LEAST : x;
    x = EXP_MOST < x ? EXP_MOST : x;
    float round = Math.fma(x, LOG2E, ROUND);
    float p = expMantissa(x, round);
    int n = Float.floatToRawIntBits(round) - ROUND_BITS;
    int half = n >> 1;
    float low = Float.intBitsToFloat(half + 127 << 23);
    float high = Float.intBitsToFloat(n - half + 127 << 23);
    return p * low * high;
  }

  /**
   * A term of a softmax, x = logit - maximum &lt;= 0: the bits of {@code exp(x)} where x &gt;= -40,
   * else (also for NaN) 0.
   */
  public static float weight(float x) {
    if (!(x >= WEIGHT_FLOOR)) {
      return 0.0f;
    }
    float round = Math.fma(x, LOG2E, ROUND);
    int p = Float.floatToRawIntBits(expMantissa(x, round));
    return Float.intBitsToFloat(p + (Float.floatToRawIntBits(round) << 23));
  }

  /** {@code log(x 2^exponent)} of a positive normal x. */
  private static float logPositive(float x, float exponent) {
    int bits = Float.floatToRawIntBits(x);
    int k = bits - LOG_LEAST & EXPONENT;
    float e = Math.fma((float) k, 0x1p-23f, exponent);
    float f = Float.intBitsToFloat(bits - k) - 1.0f;
    float q = Math.fma(LOG10, f, LOG9);
    q = Math.fma(q, f, LOG8);
    q = Math.fma(q, f, LOG7);
    q = Math.fma(q, f, LOG6);
    q = Math.fma(q, f, LOG5);
    q = Math.fma(q, f, LOG4);
    q = Math.fma(q, f, LOG3);
    q = Math.fma(q, f, LOG2);
    return Math.fma(e, LN2, Math.fma(q, f * f, f));
  }

  /** log of any float: -infinity at both zeros, NaN below. */
  public static float log(float x) {
    if (!(x < Float.POSITIVE_INFINITY)) {
      return x;
    }
    if (!(x > 0.0f)) {
      return x == 0.0f ? Float.NEGATIVE_INFINITY : Float.NaN;
    }
    return x < Float.MIN_NORMAL ? logPositive(x * 0x1p23f, -23.0f) : logPositive(x, 0.0f);
  }

  /** sin(pi r), |r| &lt;= 1/4. */
  private static float sinReduced(float r) {
    float s = r * r;
    float p = Math.fma(SIN7, s, SIN5);
    p = Math.fma(p, s, SIN3);
    p = Math.fma(p, s, PI_REST);
    return Math.fma(r, PI, p * r);
  }

  /** cos(pi r), |r| &lt;= 1/4. */
  private static float cosReduced(float r) {
    float s = r * r;
    float q = Math.fma(COS8, s, COS6);
    q = Math.fma(q, s, COS4);
    q = Math.fma(q, s, COS2);
    return Math.fma(q, s, 1.0f);
  }

  /** The sine of (quadrant + 2 r) quarter turns; the quadrant is in the top two bits. */
  private static float turnedSine(int quadrant, float r) {
    float s = quadrant << 1 < 0 ? cosReduced(r) : sinReduced(r);
    return flip(s, quadrant);
  }

  private static float turnedCosine(int quadrant, float r) {
    float c = quadrant << 1 < 0 ? sinReduced(r) : cosReduced(r);
    return flip(c, quadrant + 0x40000000);
  }

  /** x with its sign changed where the top bit of w is set. */
  private static float flip(float x, int w) {
    return Float.intBitsToFloat(Float.floatToRawIntBits(x) ^ w & 0x80000000);
  }

  /** |x| reduced by whole turns to [-1, 1], in half turns; NaN where x is not finite. */
  @SuppressWarnings("IdentityBinaryExpression") // x - x is NaN where x is not finite
  private static float halfTurns(float x) {
    float a = Math.abs(x);
    a = a < 0x1p24f ? a : x - x; // from 2^24 on every float is even
    float turns = Math.fma(a, 0.5f, 0x1p23f) - 0x1p23f;
    return Math.fma(turns, -2.0f, a);
  }

  /**
   * sin(pi x), exact at multiples of 1/2; sin(pi n) is a zero with the sign of n; NaN where x is
   * not finite.
   */
  public static float sinpi(float x) {
    float a = halfTurns(x);
    float round = Math.fma(a, 2.0f, ROUND);
    float r = Math.fma(round - ROUND, -0.5f, a);
    float s = turnedSine(Float.floatToRawIntBits(round) << 30, r) + 0.0f; // -0 + 0 = +0
    return flip(s, Float.floatToRawIntBits(x));
  }

  /** cos(pi x), exact at multiples of 1/2; cos(pi (n + 1/2)) is +0; NaN where x is not finite. */
  public static float cospi(float x) {
    float a = halfTurns(x);
    float round = Math.fma(a, 2.0f, ROUND);
    float r = Math.fma(round - ROUND, -0.5f, a);
    return turnedCosine(Float.floatToRawIntBits(round) << 30, r) + 0.0f;
  }

  /** The nearest float to an unsigned word. */
  private static float unsigned(int w) {
    return (float) (w & 0xffffffffL);
  }

  /** {@code (w + 1/2) / 2^32} of an unsigned word, in (0, 1]. */
  public static float uniform(int w) {
    return Math.fma(unsigned(w), 0x1p-32f, 0x1p-33f);
  }

  /** The radius of Box and Muller (1958): {@code sqrt(-2 log u)}. */
  public static float radius(int u) {
    return (float) Math.sqrt(logPositive(uniform(u), 0.0f) * -2.0f);
  }

  /** The sine of the angle {@code 2 pi v / 2^32}. */
  public static float angleSine(int v) {
    return turnedSine(v + 0x20000000, (float) (v << 2) * 0x1p-33f);
  }

  /** The cosine of the angle {@code 2 pi v / 2^32}. */
  public static float angleCosine(int v) {
    return turnedCosine(v + 0x20000000, (float) (v << 2) * 0x1p-33f);
  }
}
