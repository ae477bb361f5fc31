package dev.tweedie.backend.reference;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link StrictMath#exp} of vectors, bit for bit: it is specified to be fdlibm's e_exp.c (Sun
 * Microsystems 1993), whose operations these are, in its order. Of x from 0 down; what else there
 * may be is left to {@link StrictMath}.
 */
final class Exponentials {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

  private static final double LN2_HIGH = 0x1.62e42feep-1;
  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;
  private static final double INVERSE_LN2 = 0x1.71547652b82fep0;
  private static final double P1 = 0x1.555555555553ep-3;
  private static final double P2 = -0x1.6c16c16bebd93p-9;
  private static final double P3 = 0x1.1566aaf25de2cp-14;
  private static final double P4 = -0x1.bbd41c5d26bf1p-20;
  private static final double P5 = 0x1.6376972bea4d0p-25;

  /** Below, exp(x) is 0. */
  private static final double UNDERFLOW = -0x1.74910d52d3051p9;

  /** High words of |x|, where the reduction changes. */
  private static final long HALF_LN2 = 0x3fd62e42L;

  private static final long THREE_HALVES_LN2 = 0x3ff0a2b2L;
  private static final long TINY = 0x3e300000L;

  /** Added to an integer, it leaves that in the low bits. */
  private static final double INTEGER = 0x1.8p52;

  /** Below, 2^k is no normal number, and is made in two steps. */
  private static final double LEAST_EXPONENT = -1021;

  private static final double LIFT = 1000;
  private static final double LOWER = 0x1p-1000;

  private Exponentials() {}

  static DoubleVector of(DoubleVector x) {
    if (!x.compare(VectorOperators.LE, 0).allTrue()) {
      double[] values = x.toArray();
      for (int i = 0; i < values.length; i++) {
        values[i] = StrictMath.exp(values[i]);
      }
      return DoubleVector.fromArray(SPECIES, values, 0);
    }
    LongVector high = x.abs().reinterpretAsLongs().lanewise(VectorOperators.LSHR, 32);
    DoubleVector k = towardsZero(x.mul(INVERSE_LN2).sub(0.5));
    k = k.blend(-1, high.compare(VectorOperators.LT, THREE_HALVES_LN2).cast(SPECIES));
    k = k.blend(0, high.compare(VectorOperators.LE, HALF_LN2).cast(SPECIES));
    DoubleVector hi = x.sub(k.mul(LN2_HIGH));
    DoubleVector lo = k.mul(LN2_LOW);
    DoubleVector r = hi.sub(lo);
    DoubleVector t = r.mul(r);
    DoubleVector c = t.mul(P5).add(P4).mul(t).add(P3).mul(t).add(P2).mul(t).add(P1).mul(t);
    c = r.sub(c);
    DoubleVector quotient = r.mul(c).div(c.neg().add(2));
    DoubleVector y = lo.sub(quotient).sub(hi).neg().add(1);
    VectorMask<Double> small = k.compare(VectorOperators.LT, LEAST_EXPONENT);
    DoubleVector power = k;
    if (small.anyTrue()) {
      power = k.blend(k.add(LIFT), small);
    }
    y = timesPower(y, power);
    if (small.anyTrue()) {
      y = y.blend(y.mul(LOWER), small).blend(0, x.compare(VectorOperators.LT, UNDERFLOW));
    }
    return y.blend(x.add(1), high.compare(VectorOperators.LT, TINY).cast(SPECIES));
  }

  /** Of negative numbers. */
  private static DoubleVector towardsZero(DoubleVector v) {
    DoubleVector nearest = v.add(INTEGER).sub(INTEGER);
    return nearest.blend(nearest.add(1), nearest.compare(VectorOperators.LT, v));
  }

  private static DoubleVector timesPower(DoubleVector y, DoubleVector k) {
    LongVector exponent = k.add(INTEGER).reinterpretAsLongs().lanewise(VectorOperators.LSHL, 52);
    return y.reinterpretAsLongs().add(exponent).reinterpretAsDoubles();
  }
}
