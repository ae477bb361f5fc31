package dev.tweedie.backend.java.vector;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.tweedie.backend.java.Formula;
import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Formula} over the lanes of a vector, with the same bits: only lanewise operations that are
 * exact by definition. A vector that crosses a call that is not inlined is boxed, and the compiler
 * inlines only so much into one loop; hence small methods. Constants are broadcast where they are
 * used, which the compiler moves out of the loop. As static vectors they would be loaded anew for
 * every vector, because a store to an array might change them: weights took twice as long.
 */
public final class VectorFormula {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  private static final int WIDTH = FLOATS.length();

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
    FloatVector n = round.sub(set(Formula.ROUND));
    FloatVector r = n.fma(set(-Formula.LN2), x);
    r = n.fma(set(-Formula.LN2_REST), r);
    FloatVector p = set(Formula.EXP6).fma(r, set(Formula.EXP5));
    p = p.fma(r, set(Formula.EXP4));
    p = p.fma(r, set(Formula.EXP3));
    p = p.fma(r, set(Formula.EXP2));
    p = p.fma(r, set(1.0f));
    return p.fma(r, set(1.0f));
  }

  /** {@link Formula#exp}. */
  static FloatVector exp(FloatVector x) {
    x = x.blend(Formula.EXP_LEAST, x.compare(LT, Formula.EXP_LEAST));
    x = x.blend(Formula.EXP_MOST, x.compare(GT, Formula.EXP_MOST));
    FloatVector round = x.fma(set(Formula.LOG2E), set(Formula.ROUND));
    FloatVector p = expMantissa(x, round);
    IntVector n = round.reinterpretAsInts().sub(Formula.ROUND_BITS);
    IntVector half = n.lanewise(ASHR, 1);
    FloatVector low = half.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
    FloatVector high = n.sub(half).add(127).lanewise(LSHL, 23).reinterpretAsFloats();
    return p.mul(low).mul(high);
  }

  /**
   * {@link Formula#weight} of n logits less the top, two vectors each from {@code lane} on, and
   * their sum; {@link Tile#LANES} numbers from logit to logit. The mantissa of {@link #exp} is
   * written out again: this loop becomes a part of large methods, where the compiler inlines only
   * what belongs to the Vector API.
   */
  static void weights(
      float[] logits, int n, float[] top, int tt, float[] weights, float[] sum, int lane) {
    FloatVector round = FloatVector.broadcast(FLOATS, Formula.ROUND);
    FloatVector log2e = FloatVector.broadcast(FLOATS, Formula.LOG2E);
    FloatVector ln2 = FloatVector.broadcast(FLOATS, -Formula.LN2);
    FloatVector rest = FloatVector.broadcast(FLOATS, -Formula.LN2_REST);
    FloatVector e6 = FloatVector.broadcast(FLOATS, Formula.EXP6);
    FloatVector e5 = FloatVector.broadcast(FLOATS, Formula.EXP5);
    FloatVector e4 = FloatVector.broadcast(FLOATS, Formula.EXP4);
    FloatVector e3 = FloatVector.broadcast(FLOATS, Formula.EXP3);
    FloatVector e2 = FloatVector.broadcast(FLOATS, Formula.EXP2);
    FloatVector one = FloatVector.broadcast(FLOATS, 1);
    FloatVector floor = FloatVector.broadcast(FLOATS, Formula.WEIGHT_FLOOR);
    FloatVector zero = FloatVector.zero(FLOATS);
    FloatVector top0 = FloatVector.fromArray(FLOATS, top, tt + lane);
    FloatVector top1 = FloatVector.fromArray(FLOATS, top, tt + lane + WIDTH);
    FloatVector total0 = zero;
    FloatVector total1 = zero;
    for (int i = 0; i < n; i++) {
      int at = i * Tile.LANES + lane;
      FloatVector x0 = FloatVector.fromArray(FLOATS, logits, at).sub(top0);
      FloatVector x1 = FloatVector.fromArray(FLOATS, logits, at + WIDTH).sub(top1);
      FloatVector turns0 = x0.fma(log2e, round);
      FloatVector turns1 = x1.fma(log2e, round);
      FloatVector whole0 = turns0.sub(round);
      FloatVector whole1 = turns1.sub(round);
      FloatVector r0 = whole0.fma(rest, whole0.fma(ln2, x0));
      FloatVector r1 = whole1.fma(rest, whole1.fma(ln2, x1));
      FloatVector p0 = e6.fma(r0, e5).fma(r0, e4).fma(r0, e3).fma(r0, e2).fma(r0, one).fma(r0, one);
      FloatVector p1 = e6.fma(r1, e5).fma(r1, e4).fma(r1, e3).fma(r1, e2).fma(r1, one).fma(r1, one);
      IntVector power0 = turns0.reinterpretAsInts().lanewise(LSHL, 23);
      IntVector power1 = turns1.reinterpretAsInts().lanewise(LSHL, 23);
      FloatVector e0 = p0.reinterpretAsInts().add(power0).reinterpretAsFloats();
      FloatVector e1 = p1.reinterpretAsInts().add(power1).reinterpretAsFloats();
      FloatVector w0 = zero.blend(e0, x0.compare(GE, floor));
      FloatVector w1 = zero.blend(e1, x1.compare(GE, floor));
      w0.intoArray(weights, at);
      w1.intoArray(weights, at + WIDTH);
      total0 = total0.add(w0);
      total1 = total1.add(w1);
    }
    total0.intoArray(sum, lane);
    total1.intoArray(sum, lane + WIDTH);
  }

  private static FloatVector logPositive(FloatVector x, FloatVector exponent) {
    IntVector bits = x.reinterpretAsInts();
    IntVector k = bits.sub(Formula.LOG_LEAST).and(Formula.EXPONENT);
    FloatVector e = toFloat(k).fma(set(0x1p-23f), exponent);
    FloatVector f = bits.sub(k).reinterpretAsFloats().sub(set(1.0f));
    FloatVector q = set(Formula.LOG10).fma(f, set(Formula.LOG9));
    q = q.fma(f, set(Formula.LOG8));
    q = q.fma(f, set(Formula.LOG7));
    q = q.fma(f, set(Formula.LOG6));
    q = q.fma(f, set(Formula.LOG5));
    q = q.fma(f, set(Formula.LOG4));
    q = q.fma(f, set(Formula.LOG3));
    q = q.fma(f, set(Formula.LOG2));
    return e.fma(set(Formula.LN2), q.fma(f.mul(f), f));
  }

  /** {@link Formula#log}. */
  static FloatVector log(FloatVector x) {
    VectorMask<Float> subnormal = x.compare(LT, Float.MIN_NORMAL);
    FloatVector scaled = x.blend(x.mul(set(0x1p23f)), subnormal);
    FloatVector r = logPositive(scaled, set(0.0f).blend(-23.0f, subnormal));
    r = set(Float.NEGATIVE_INFINITY).blend(r, x.compare(GT, 0.0f));
    r = r.blend(Float.NaN, x.compare(LT, 0.0f));
    return x.blend(r, x.compare(LT, Float.POSITIVE_INFINITY));
  }

  /** sin(pi r), |r| &lt;= 1/4, s = r^2. */
  static FloatVector sinReduced(FloatVector r, FloatVector s) {
    FloatVector p = set(Formula.SIN7).fma(s, set(Formula.SIN5));
    p = p.fma(s, set(Formula.SIN3));
    p = p.fma(s, set(Formula.PI_REST));
    return r.fma(set(Formula.PI), p.mul(r));
  }

  /** cos(pi r), |r| &lt;= 1/4, s = r^2. */
  static FloatVector cosReduced(FloatVector s) {
    FloatVector q = set(Formula.COS8).fma(s, set(Formula.COS6));
    q = q.fma(s, set(Formula.COS4));
    q = q.fma(s, set(Formula.COS2));
    return q.fma(s, set(1.0f));
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
    FloatVector turns = a.fma(set(0.5f), set(0x1p23f)).sub(set(0x1p23f));
    return turns.fma(set(-2.0f), a);
  }

  /** {@link Formula#sinpi}. */
  static FloatVector sinpi(FloatVector x) {
    FloatVector a = halfTurns(x);
    FloatVector round = a.fma(set(2.0f), set(Formula.ROUND));
    FloatVector r = round.sub(set(Formula.ROUND)).fma(set(-0.5f), a);
    FloatVector s = r.mul(r);
    IntVector quadrant = round.reinterpretAsInts().lanewise(LSHL, 30);
    FloatVector sine = turnedSine(quadrant, sinReduced(r, s), cosReduced(s));
    return flip(sine.add(set(0.0f)), x.reinterpretAsInts());
  }

  /** {@link Formula#cospi}. */
  static FloatVector cospi(FloatVector x) {
    FloatVector a = halfTurns(x);
    FloatVector round = a.fma(set(2.0f), set(Formula.ROUND));
    FloatVector r = round.sub(set(Formula.ROUND)).fma(set(-0.5f), a);
    FloatVector s = r.mul(r);
    IntVector quadrant = round.reinterpretAsInts().lanewise(LSHL, 30);
    return turnedCosine(quadrant, sinReduced(r, s), cosReduced(s)).add(set(0.0f));
  }

  /** {@link Formula#uniform}. */
  static FloatVector uniform(IntVector w) {
    // both halves are exact, their sum is rounded once: there is no unsigned conversion
    FloatVector high = toFloat(w.lanewise(LSHR, 16));
    FloatVector low = toFloat(w.and(0xffff));
    return high.fma(set(0x1p16f), low).fma(set(0x1p-32f), set(0x1p-33f));
  }

  /** {@link Formula#radius}. */
  static FloatVector radius(IntVector u) {
    return logPositive(uniform(u), set(0.0f)).mul(set(-2.0f)).sqrt();
  }

  /** Half turns within the quadrant of the angle {@code 2 pi v / 2^32}. */
  static FloatVector angle(IntVector v) {
    return toFloat(v.lanewise(LSHL, 2)).mul(set(0x1p-33f));
  }

  /** Its quadrant, in the two top bits. */
  static IntVector quadrant(IntVector v) {
    return v.add(0x20000000);
  }
}
