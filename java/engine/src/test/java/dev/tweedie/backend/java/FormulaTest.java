package dev.tweedie.backend.java;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Errors in ulp against float64, and the values that are exact by definition. */
class FormulaTest {
  /** The largest errors over all 2^32 floats, in ulp of the exact result, rounded up. */
  private static final double EXP = 0.892;

  private static final double LOG = 0.934;
  private static final double SIN = 0.965;
  private static final double COS = 0.875;

  /** A prime: every exponent, and all patterns of low bits. */
  private static final long DENSE = 4099;

  @Test
  void errorsOfDenseSample() {
    errors(0, 1L << 32, DENSE);
  }

  @Tag("slow")
  @Test
  void errorsOfAllFloats() {
    int parts = 256;
    long size = (1L << 32) / parts;
    IntStream.range(0, parts).parallel().forEach(i -> errors(i * size, (i + 1) * size, 1));
  }

  private static void errors(long first, long end, long stride) {
    for (long bits = first; bits < end; bits += stride) {
      float x = Float.intBitsToFloat((int) bits);
      check("exp", x, Formula.exp(x), Math.exp(x), EXP);
      check("log", x, Formula.log(x), Math.log(x), LOG);
      double turn = Math.IEEEremainder(x, 2); // exact; NaN for infinities
      check("sinpi", x, Formula.sinpi(x), sinpi(turn), SIN);
      check("cospi", x, Formula.cospi(x), sinpi(0.5 - Math.abs(turn)), COS);
      float weight = x >= -40 ? Formula.exp(x) : 0.0f;
      if (x <= 0 && Float.floatToIntBits(weight) != Float.floatToIntBits(Formula.weight(x))) {
        throw new AssertionError("weight of " + Float.toHexString(x) + ": other bits than exp");
      }
    }
  }

  /** The argument within [-1, 3/2] is reduced to [-1/2, 1/2] without rounding. */
  private static double sinpi(double x) {
    double r = x > 0.5 ? 1 - x : x < -0.5 ? -1 - x : x;
    return Math.abs(r) <= 0.25
        ? Math.sin(Math.PI * r)
        : Math.copySign(Math.cos(Math.PI * (0.5 - Math.abs(r))), r);
  }

  private static void check(String f, float x, float found, double exact, double ulps) {
    if (Double.isNaN(exact) ? Float.isNaN(found) : error(found, exact) <= ulps) {
      return;
    }
    throw new AssertionError(
        String.format("%s(%a) is %a, wanted %a +- %.3f ulp", f, x, found, exact, ulps));
  }

  private static double error(float found, double exact) {
    if (found == (float) exact) {
      return Float.isInfinite(found) ? 0 : Math.abs(found - exact) / ulp(exact);
    }
    return Float.isFinite(found) ? Math.abs(found - exact) / ulp(exact) : Double.MAX_VALUE;
  }

  private static double ulp(double exact) {
    int exponent = Math.clamp(Math.getExponent(exact), Float.MIN_EXPONENT, Float.MAX_EXPONENT);
    return Math.scalb(1.0, exponent - 23);
  }

  @Test
  void exactValues() {
    assertBits(1.0f, Formula.exp(0.0f));
    assertBits(0.0f, Formula.exp(Float.NEGATIVE_INFINITY));
    assertBits(Float.POSITIVE_INFINITY, Formula.exp(88.8f));
    assertBits(Float.MIN_VALUE, Formula.exp(-103.2f));
    assertBits(0.0f, Formula.log(1.0f));
    assertBits(Float.NEGATIVE_INFINITY, Formula.log(-0.0f));
    assertBits(Float.POSITIVE_INFINITY, Formula.log(Float.POSITIVE_INFINITY));
    assertTrue(Float.isNaN(Formula.log(-Float.MIN_VALUE)));
    assertBits(1.0f, Formula.weight(0.0f));
    assertBits(0.0f, Formula.weight(Math.nextDown(-40.0f)));
    assertBits(0.0f, Formula.weight(Float.NaN));
    assertBits(0.0f, Formula.weight(Float.NEGATIVE_INFINITY));
  }

  /**
   * Zeros signed as IEEE 754 recommends for sinPi and cosPi, up to the largest odd and even floats.
   */
  @Test
  void multiplesOfHalfAreExact() {
    for (float n : new float[] {0, 1, 2, 3, 4, 5, 8388607, 8388609, 16777215, 16777216, 0x1p100f}) {
      float even = n % 2 == 0 ? 1.0f : -1.0f;
      assertBits(0.0f, Formula.sinpi(n));
      assertBits(-0.0f, Formula.sinpi(-n));
      assertBits(even, Formula.cospi(n));
      assertBits(even, Formula.cospi(-n));
      if (n < 0x1p22f) {
        assertBits(even, Formula.sinpi(n + 0.5f));
        assertBits(-even, Formula.sinpi(-n - 0.5f));
        assertBits(0.0f, Formula.cospi(n + 0.5f));
        assertBits(0.0f, Formula.cospi(-n - 0.5f));
      }
    }
  }

  /** A uniform of 0 would give an infinite normal. */
  @Test
  void uniformsAreAboveZeroAndNormalsFinite() {
    assertBits(0x1p-33f, Formula.uniform(0));
    assertBits(1.0f, Formula.uniform(-1));
    assertBits(0.0f, Math.abs(Formula.radius(-1)));
    assertEquals(Math.sqrt(66 * Math.log(2)), Formula.radius(0), 1e-6);
    assertBits(1.0f, Formula.angleCosine(0));
    assertBits(1.0f, Formula.angleSine(0x40000000));
    assertBits(-1.0f, Formula.angleCosine(0x80000000));
    assertBits(-1.0f, Formula.angleSine(0xc0000000));
  }

  private static void assertBits(float wanted, float found) {
    assertEquals(Float.floatToIntBits(wanted), Float.floatToIntBits(found), () -> "" + found);
  }
}
