package dev.tweedie.backend.table;

import dev.tweedie.schedule.Level;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The scalars of one level for one prior: {@code tweedie_level}. Filled in float64, rounded once.
 */
public abstract class LevelTable {
  static final double LOG_TWO_PI = 1.8378770664093453;

  private @Nullable Level level;
  private @Nullable Form form;
  private double offset;
  MemorySegment bias = MemorySegment.NULL;
  MemorySegment scale = MemorySegment.NULL;
  MemorySegment shift = MemorySegment.NULL;
  MemorySegment slope = MemorySegment.NULL;
  MemorySegment pull = MemorySegment.NULL;
  MemorySegment spread = MemorySegment.NULL;
  MemorySegment floor = MemorySegment.NULL;

  /** Makes this the table of {@code level}; does nothing where it is that already. */
  public final void fill(Level level, Form form) {
    if (!Objects.equals(level, this.level) || form != this.form) {
      this.level = null;
      this.form = form;
      fill(level.alpha(), level.sigma(), form);
      this.level = level;
    }
  }

  abstract void fill(double a, double s, Form form);

  /**
   * Writes {@code logits} less their largest, which {@link #offset} takes. Only log 0 becomes
   * -infinity: what is beyond float32 otherwise is its least number, and evaluated in float64.
   */
  final void fillBias(double[] logits, int dim) {
    fillBias(logits, Arrays.stream(logits).max().orElseThrow(), dim);
  }

  /** As {@link #fillBias(double[], int)}, less what is given instead of the largest. */
  final void fillBias(double[] logits, double largest, int dim) {
    for (int k = 0; k < logits.length; k++) {
      boolean weightless = logits[k] == Double.NEGATIVE_INFINITY;
      Column.set(bias, k, weightless ? logits[k] : Math.max(logits[k] - largest, -Float.MAX_VALUE));
    }
    offset = largest - 0.5 * dim * LOG_TWO_PI;
  }

  /** What {@link #fillBias} took away from the logits, without the constant of 2 pi. */
  final double largestBias(int dim) {
    return offset + 0.5 * dim * LOG_TWO_PI;
  }

  public Level level() {
    return Objects.requireNonNull(level);
  }

  public Form form() {
    return Objects.requireNonNull(form);
  }

  /** Of means m the score is {@code (lift m - x') back}; {@code tweedie_level} says of which. */
  public float lift() {
    return (float) level().alpha();
  }

  public float back() {
    return (float) (1 / (level().sigma() * level().sigma()));
  }

  /** What log evidence adds to the log-sum-exp of the logits. */
  public double offset() {
    return offset;
  }

  public MemorySegment bias() {
    return bias;
  }

  public MemorySegment scale() {
    return scale;
  }

  public MemorySegment shift() {
    return shift;
  }

  public MemorySegment slope() {
    return slope;
  }

  public MemorySegment pull() {
    return pull;
  }

  public MemorySegment spread() {
    return spread;
  }

  public MemorySegment floor() {
    return floor;
  }

  /** 0 where the columns of an isotropic table hold one shared number, else 1. */
  public int stride() {
    return 1;
  }

  /** What the direct evaluation of a logit in float64 adds: {@code K} or 1. */
  public abstract MemorySegment constant();

  /** 0 where {@link #constant} holds one shared number, else 1. */
  public int constantStride() {
    return 1;
  }

  /** {@code 1 / (2 p)} in float64, of every direction that a component has. */
  public abstract MemorySegment half();

  /** What a component's logit is wrong by for a row's norm and sqrt(q); null for isotropic. */
  public MemorySegment steep() {
    return MemorySegment.NULL;
  }

  /** What a component's logit is wrong by for sqrt(q); null for isotropic. */
  public MemorySegment far() {
    return MemorySegment.NULL;
  }

  /** What a row's logits may be wrong by: this times the bound that the next three make. */
  public abstract float errorScale();

  /** Of {@code |x'|}; isotropic: largest {@code |m_k| a / p}. */
  public abstract float reach();

  /** Of every row; isotropic: largest |bias| of a component that has weight. */
  public abstract float bound();

  /**
   * Of {@code |x'|^2}; isotropic: largest {@code 1 / (2 p)} where components differ in it, else 0.
   */
  public abstract float widestHalf();
}
