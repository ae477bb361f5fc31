package dev.tweedie.backend.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How wrong the float32 logits of components with variances of their own may be, and what evaluates
 * them again. With u = 2^-24 and q = |z|^2, z the row in a component's eigenbasis, each direction
 * over its standard deviation, the logit's error is at most
 *
 * <pre>
 * (4 + sqrt(d) / 2) u (q + |bias|) + sqrt(q) (|x'| steep + far)
 * </pre>
 *
 * The first term is the rounding of the chain over d squares, of z, of its scale and of the sum
 * with the bias. The second is what z itself may be off by: {@code far} by the rounding of what is
 * subtracted from it, {@code steep} by the chain of a projection, whose rounding is measured by the
 * row and divided by the least standard deviation. Chains are taken to err as their steps would at
 * random, at three standard deviations; all else in the worst case.
 */
final class LogitBound {
  static final double UNIT = 0x1p-24;

  private final double scale;
  private final MemorySegment constant;
  private final MemorySegment steep;
  private final MemorySegment far;
  private double largestInverse;
  private double largestMean;
  private double steepest;
  private double farthest;
  private float reach;
  private float bound;
  private float widestHalf;

  LogitBound(int components, int dim, Arena arena) {
    scale = (4 + 0.5 * Math.sqrt(dim)) * UNIT;
    constant = Column.doubles(arena, components);
    steep = Column.floats(arena, components);
    far = Column.floats(arena, components);
  }

  /** Nothing added yet. */
  void start() {
    largestInverse = 0;
    largestMean = 0;
    steepest = 0;
    farthest = 0;
  }

  /**
   * @param inverse one over the least standard deviation of the component
   * @param mean norm of what is subtracted from the row, each direction over its deviation
   */
  void add(int k, double inverse, double mean, double steepness, double distance) {
    largestInverse = Math.max(largestInverse, inverse);
    largestMean = Math.max(largestMean, mean);
    steepest = Math.max(steepest, steepness);
    farthest = Math.max(farthest, distance);
    Column.set(steep, k, steepness);
    Column.set(far, k, distance);
  }

  /**
   * All are added. For a row sqrt(q) is at most {@code |x'| largestInverse + largestMean}.
   *
   * @param logits what the biases are made of
   * @param largest of them
   */
  void finish(double[] logits, double largest) {
    double widest = 0;
    for (int k = 0; k < logits.length; k++) {
      boolean weightless = Double.isInfinite(logits[k]);
      Column.setDouble(constant, k, logits[k] - largest);
      widest = weightless ? widest : Math.max(widest, largest - logits[k]);
    }
    double steepness = steepest / scale;
    double distance = farthest / scale;
    widestHalf = (float) (largestInverse * (largestInverse + steepness));
    reach =
        (float)
            (2 * largestInverse * largestMean
                + largestInverse * distance
                + largestMean * steepness);
    reach = Math.max(reach, Float.MIN_NORMAL); // times the infinite norm of a row no NaN
    bound = (float) (largestMean * (largestMean + distance) + widest);
    if (largestInverse * largestInverse > Float.MAX_VALUE) { // columns hold infinities
      bound = Float.POSITIVE_INFINITY;
    }
  }

  MemorySegment constant() {
    return constant;
  }

  MemorySegment steep() {
    return steep;
  }

  MemorySegment far() {
    return far;
  }

  float scale() {
    return (float) scale;
  }

  float reach() {
    return reach;
  }

  float bound() {
    return bound;
  }

  float widestHalf() {
    return widestHalf;
  }
}
