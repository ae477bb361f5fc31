package dev.tweedie.backend.java;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Formula} over the lanes of a vector, with the same bits: only lanewise operations that are
 * exact by definition. A vector that crosses a call that is not inlined is boxed, and the compiler
 * inlines only so much into one loop; hence small methods, and constants that are vectors already
 * (a broadcast costs as much of that budget as an operation does).
 */
final class VectorFormula {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  private static final FloatVector ROUND = set(Formula.ROUND);
  private static final FloatVector LOG2E = set(Formula.LOG2E);
  private static final FloatVector MINUS_LN2 = set(-Formula.LN2);
  private static final FloatVector LN2 = set(Formula.LN2);
  private static final FloatVector MINUS_LN2_REST = set(-Formula.LN2_REST);
  private static final FloatVector EXP6 = set(Formula.EXP6);
  private static final FloatVector EXP5 = set(Formula.EXP5);
  private static final FloatVector EXP4 = set(Formula.EXP4);
  private static final FloatVector EXP3 = set(Formula.EXP3);
  private static final FloatVector EXP2 = set(Formula.EXP2);
  private static final FloatVector LOG10 = set(Formula.LOG10);
  private static final FloatVector LOG9 = set(Formula.LOG9);
  private static final FloatVector LOG8 = set(Formula.LOG8);
  private static final FloatVector LOG7 = set(Formula.LOG7);
  private static final FloatVector LOG6 = set(Formula.LOG6);
  private static final FloatVector LOG5 = set(Formula.LOG5);
  private static final FloatVector LOG4 = set(Formula.LOG4);
  private static final FloatVector LOG3 = set(Formula.LOG3);
  private static final FloatVector LOG2 = set(Formula.LOG2);
  private static final FloatVector PI = set(Formula.PI);
  private static final FloatVector PI_REST = set(Formula.PI_REST);
  private static final FloatVector SIN7 = set(Formula.SIN7);
  private static final FloatVector SIN5 = set(Formula.SIN5);
  private static final FloatVector SIN3 = set(Formula.SIN3);
  private static final FloatVector COS8 = set(Formula.COS8);
  private static final FloatVector COS6 = set(Formula.COS6);
  private static final FloatVector COS4 = set(Formula.COS4);
  private static final FloatVector COS2 = set(Formula.COS2);
  private static final FloatVector ZERO = set(0.0f);
  private static final FloatVector HALF = set(0.5f);
  private static final FloatVector ONE = set(1.0f);
  private static final FloatVector TWO = set(2.0f);
  private static final FloatVector MINUS_HALF = set(-0.5f);
  private static final FloatVector MINUS_TWO = set(-2.0f);
  private static final FloatVector TWO_23 = set(0x1p23f);
  private static final FloatVector TWO_16 = set(0x1p16f);
  private static final FloatVector TWO_M23 = set(0x1p-23f);
  private static final FloatVector TWO_M32 = set(0x1p-32f);
  private static final FloatVector TWO_M33 = set(0x1p-33f);

  private VectorFormula() {}

  private static FloatVector set(float x) {
    return FloatVector.broadcast(FLOATS, x);
  }

  private static FloatVector toFloat(IntVector w) {
    return (FloatVector) w.convert(I2F, 0);
  }

  /** x with its sign changed where the top bit of w is set. */
  private static FloatVector flip(FloatVector x, IntVector w) {
    return x.reinterpretAsInts().lanewise(XOR, w.and(0x80000000)).reinterpretAsFloats();
  }

  private static FloatVector expMantissa(FloatVector x, FloatVector round) {
    FloatVector n = round.sub(ROUND);
    FloatVector r = n.fma(MINUS_LN2, x);
    r = n.fma(MINUS_LN2_REST, r);
    FloatVector p = EXP6.fma(r, EXP5);
    p = p.fma(r, EXP4);
    p = p.fma(r, EXP3);
    p = p.fma(r, EXP2);
    p = p.fma(r, ONE);
    return p.fma(r, ONE);
  }

  /** {@link Formula#exp}. */
  static FloatVector exp(FloatVector x) {
    x = x.blend(Formula.EXP_LEAST, x.compare(LT, Formula.EXP_LEAST));
    x = x.blend(Formula.EXP_MOST, x.compare(GT, Formula.EXP_MOST));
    FloatVector round = x.fma(LOG2E, ROUND);
    FloatVector p = expMantissa(x, round);
    IntVector n = round.reinterpretAsInts().sub(Formula.ROUND_BITS);
    IntVector half = n.lanewise(ASHR, 1);
    FloatVector low = half.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
    FloatVector high = n.sub(half).add(127).lanewise(LSHL, 23).reinterpretAsFloats();
    return p.mul(low).mul(high);
  }

  /** {@link Formula#weight}. */
  static FloatVector weight(FloatVector x) {
    FloatVector round = x.fma(LOG2E, ROUND);
    IntVector p = expMantissa(x, round).reinterpretAsInts();
    FloatVector e = p.add(round.reinterpretAsInts().lanewise(LSHL, 23)).reinterpretAsFloats();
    return ZERO.blend(e, x.compare(GE, Formula.WEIGHT_FLOOR));
  }

  private static FloatVector logPositive(FloatVector x, FloatVector exponent) {
    IntVector bits = x.reinterpretAsInts();
    IntVector k = bits.sub(Formula.LOG_LEAST).and(Formula.EXPONENT);
    FloatVector e = toFloat(k).fma(TWO_M23, exponent);
    FloatVector f = bits.sub(k).reinterpretAsFloats().sub(ONE);
    FloatVector q = LOG10.fma(f, LOG9);
    q = q.fma(f, LOG8);
    q = q.fma(f, LOG7);
    q = q.fma(f, LOG6);
    q = q.fma(f, LOG5);
    q = q.fma(f, LOG4);
    q = q.fma(f, LOG3);
    q = q.fma(f, LOG2);
    return e.fma(LN2, q.fma(f.mul(f), f));
  }

  /** {@link Formula#log}. */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> subnormal = x.compare(LT, Float.MIN_NORMAL);
    FloatVector scaled = x.blend(x.mul(TWO_23), subnormal);
    FloatVector r = logPositive(scaled, ZERO.blend(-23.0f, subnormal));
    r = set(Float.NEGATIVE_INFINITY).blend(r, x.compare(GT, 0.0f));
    r = r.blend(Float.NaN, x.compare(LT, 0.0f));
    return x.blend(r, x.compare(LT, Float.POSITIVE_INFINITY));
  }

  /** sin(pi r), |r| &lt;= 1/4, s = r^2. */
  static FloatVector sinReduced(FloatVector r, FloatVector s) {
    FloatVector p = SIN7.fma(s, SIN5);
    p = p.fma(s, SIN3);
    p = p.fma(s, PI_REST);
    return r.fma(PI, p.mul(r));
  }

  /** cos(pi r), |r| &lt;= 1/4, s = r^2. */
  static FloatVector cosReduced(FloatVector s) {
    FloatVector q = COS8.fma(s, COS6);
    q = q.fma(s, COS4);
    q = q.fma(s, COS2);
    return q.fma(s, ONE);
  }

  /** The sine, from sine and cosine within the quadrant that the two top bits number. */
  static FloatVector turnedSine(IntVector quadrant, FloatVector sin, FloatVector cos) {
    return turned(quadrant.lanewise(LSHL, 1), cos, sin, quadrant);
  }

  static FloatVector turnedCosine(IntVector quadrant, FloatVector sin, FloatVector cos) {
    return turned(quadrant.lanewise(LSHL, 1), sin, cos, quadrant.add(0x40000000));
  }

  /** x where the top bit of odd is set, else y; its sign changed where that of sign is. */
  private static FloatVector turned(IntVector odd, FloatVector x, FloatVector y, IntVector sign) {
    IntVector bits = y.reinterpretAsInts().blend(x.reinterpretAsInts(), odd.compare(LT, 0));
    return bits.lanewise(XOR, sign.and(0x80000000)).reinterpretAsFloats();
  }

  private static FloatVector halfTurns(FloatVector x) {
    FloatVector a = x.abs();
    a = x.sub(x).blend(a, a.compare(LT, 0x1p24f));
    FloatVector turns = a.fma(HALF, TWO_23).sub(TWO_23);
    return turns.fma(MINUS_TWO, a);
  }

  /** {@link Formula#sinpi}. */
  static FloatVector sinpi(FloatVector x) {
    FloatVector a = halfTurns(x);
    FloatVector round = a.fma(TWO, ROUND);
    FloatVector r = round.sub(ROUND).fma(MINUS_HALF, a);
    FloatVector s = r.mul(r);
    IntVector quadrant = round.reinterpretAsInts().lanewise(LSHL, 30);
    FloatVector sine = turnedSine(quadrant, sinReduced(r, s), cosReduced(s));
    return flip(sine.add(ZERO), x.reinterpretAsInts());
  }

  /** {@link Formula#cospi}. */
  static FloatVector cospi(FloatVector x) {
    FloatVector a = halfTurns(x);
    FloatVector round = a.fma(TWO, ROUND);
    FloatVector r = round.sub(ROUND).fma(MINUS_HALF, a);
    FloatVector s = r.mul(r);
    IntVector quadrant = round.reinterpretAsInts().lanewise(LSHL, 30);
    return turnedCosine(quadrant, sinReduced(r, s), cosReduced(s)).add(ZERO);
  }

  /** {@link Formula#uniform}. */
  static FloatVector uniform(IntVector w) {
    // both halves are exact, their sum is rounded once: there is no unsigned conversion
    FloatVector high = toFloat(w.lanewise(LSHR, 16));
    FloatVector low = toFloat(w.and(0xffff));
    return high.fma(TWO_16, low).fma(TWO_M32, TWO_M33);
  }

  /** {@link Formula#radius}. */
  static FloatVector radius(IntVector u) {
    return logPositive(uniform(u), ZERO).mul(MINUS_TWO).sqrt();
  }

  /** Half turns within the quadrant of the angle {@code 2 pi v / 2^32}. */
  static FloatVector angle(IntVector v) {
    return toFloat(v.lanewise(LSHL, 2)).mul(TWO_M33);
  }

  /** Its quadrant, in the two top bits. */
  static IntVector quadrant(IntVector v) {
    return v.add(0x20000000);
  }
}
