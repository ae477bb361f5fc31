package dev.tweedie.check.export;

/**
 * Numbers that kernels get wrong in their own ways.
 *
 * @param nan NaN
 * @param infinite infinities of either sign
 * @param minusZero zeros with a sign
 * @param subnormal below 2^-126, but not zero
 */
public record SpecialValues(long nan, long infinite, long minusZero, long subnormal) {
  /** Counts them. */
  public static SpecialValues of(float[] values) {
    long nan = 0;
    long infinite = 0;
    long minusZero = 0;
    long subnormal = 0;
    for (float value : values) {
      nan += Float.isNaN(value) ? 1 : 0;
      infinite += Float.isInfinite(value) ? 1 : 0;
      minusZero += Float.floatToRawIntBits(value) == Integer.MIN_VALUE ? 1 : 0;
      subnormal += value != 0 && Math.abs(value) < Float.MIN_NORMAL ? 1 : 0;
    }
    return new SpecialValues(nan, infinite, minusZero, subnormal);
  }

  @Override
  public String toString() {
    return "%d NaN, %d infinite, %d -0, %d subnormal"
        .formatted(nan, infinite, minusZero, subnormal);
  }
}
