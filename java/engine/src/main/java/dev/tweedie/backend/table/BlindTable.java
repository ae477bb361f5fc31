package dev.tweedie.backend.table;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A grid of levels and their masses for one prior: {@code tweedie_blind}. Filled in float64,
 * rounded once. A component has the variances {@code values} along its r directions, plus {@code
 * floor} along them and everywhere else.
 */
public final class BlindTable {
  /** In place of numbers that a kind has none of. */
  static final double[] NONE = {};

  /** Up to which logits are left in float32, as the score family's. */
  private static final double LOGIT_ERROR = 0x1p-8;

  /** Squares of a chain. */
  private static final double CHAIN = 256;

  private final PriorTable prior;
  private final int levels;
  private final int rank;
  private final double[] floor; // K or 1; empty for none
  private final double[] values; // K x rank; empty for none
  private final double[] logits;
  private final MemorySegment bias;
  private final MemorySegment shift;
  private final MemorySegment pull;
  private final MemorySegment slope;
  private final MemorySegment inverse;
  private final MemorySegment value;
  private final MemorySegment projected;
  private final MemorySegment constant;
  private final MemorySegment noise;
  private final MemorySegment variance;
  private final MemorySegment floors;
  private final MemorySegment least;
  private float steep;
  private double[] sigmas = {};
  private double[] logMasses = {};
  private double offset;

  BlindTable(
      PriorTable prior,
      int levels,
      double[] floor,
      double[] values,
      double[] projectedMeans,
      Arena arena) {
    this.prior = prior;
    this.levels = levels;
    this.floor = floor;
    this.values = values;
    rank = values.length == 0 ? 0 : values.length / prior.components();
    long rows = (long) levels * (stride() == 0 ? 1 : prior.components());
    logits = new double[levels * (biasStride() == 0 ? 1 : prior.components())];
    bias = Column.floats(arena, logits.length);
    shift = Column.floats(arena, floor.length == 0 ? 0 : rows);
    pull = Column.floats(arena, floor.length == 0 ? 0 : rows);
    slope = Column.floats(arena, rank == 0 ? rows : 0);
    inverse = Column.floats(arena, rows * rank);
    value = Column.floats(arena, (long) prior.components() * rank);
    projected = Column.floats(arena, projectedMeans.length);
    constant = Column.doubles(arena, logits.length);
    noise = Column.doubles(arena, levels);
    variance = Column.doubles(arena, values.length == 0 ? floor.length : values.length);
    floors = Column.doubles(arena, values.length == 0 || floor.length == 0 ? 0 : floor.length);
    least = Column.floats(arena, levels);
    for (int i = 0; i < values.length; i++) {
      Column.set(value, i, values[i] + floorOf(i / rank));
      Column.setDouble(variance, i, values[i] + floorOf(i / rank));
    }
    for (int k = 0; k < floor.length; k++) {
      Column.setDouble(values.length == 0 ? variance : floors, k, floor[k]);
    }
    for (int i = 0; i < projectedMeans.length; i++) {
      Column.set(projected, i, projectedMeans[i]);
    }
  }

  /** Makes this the table of these levels; does nothing where it is that already. */
  public void fill(double[] sigmas, double[] logMasses) {
    if (Arrays.equals(sigmas, this.sigmas) && Arrays.equals(logMasses, this.logMasses)) {
      return;
    }
    this.sigmas = new double[0];
    for (int s = 0; s < levels; s++) {
      double logDet = 0;
      for (int k = 0; k < prior.components(); k++) {
        if (k == 0 || stride() == 1) {
          logDet = fillComponent(k, s, sigmas[s] * sigmas[s]);
        }
        if (k == 0 || biasStride() == 1) {
          logits[k * levels + s] = logMasses[s] + prior.logWeight(k) - 0.5 * logDet;
        }
      }
    }
    double largest = Arrays.stream(logits).max().orElseThrow();
    for (int i = 0; i < logits.length; i++) {
      Column.set(bias, i, logits[i] - largest); // log 0 stays -infinity: its weight is exactly 0
      Column.setDouble(constant, i, logits[i] - largest);
    }
    fillLeast(sigmas, largest);
    steep = steepOf(Arrays.stream(sigmas).min().orElseThrow());
    offset = largest - 0.5 * prior.dim() * LevelTable.LOG_TWO_PI;
    this.sigmas = sigmas.clone();
    this.logMasses = logMasses.clone();
  }

  /**
   * Of each level the largest logit of a row whose q there, from the largest bias of the level, is
   * as large as a precise one may have.
   */
  private void fillLeast(double[] sigmas, double largest) {
    for (int s = 0; s < levels; s++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int i = s; i < logits.length; i += levels) {
        most = Math.max(most, logits[i]);
      }
      Column.setDouble(noise, s, sigmas[s] * sigmas[s]);
      Column.set(least, s, most - largest - 0.5 * largestPrecise());
    }
  }

  /**
   * A logit errs by less than the score family's 2^-8 up to this q, and of a row that a level
   * explains q is about d, 2 d at most: twelve standard deviations more and beyond, but for d below
   * the first bound, where it says nothing.
   */
  private double largestPrecise() {
    double d = prior.dim();
    double chains = Math.sqrt(Math.min(d, CHAIN)) / 2 + Math.sqrt(d / CHAIN) / 2;
    return Math.max(LOGIT_ERROR / ((4 + chains) * LogitBound.UNIT), 2 * d + 160);
  }

  /** Sixteen times what the chains of a projection round, for logits that are left out. */
  private float steepOf(double sigma) {
    if (prior.rank() == 0) {
      return 0;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < values.length; i++) {
      least = Math.min(least, floor.length == 0 ? values[i] : floorOf(i / rank));
    }
    double chains = 4 + Math.sqrt(prior.dim()) + Math.sqrt(rank);
    return (float) (16 * chains * LogitBound.UNIT / Math.sqrt(Math.max(least, 0) + sigma * sigma));
  }

  /** Returns the log determinant of the component's covariance with noise of variance {@code v}. */
  private double fillComponent(int k, int s, double v) {
    int row = k * levels + s;
    double logDet = 0;
    if (floor.length > 0) {
      double c = floorOf(k);
      double q = c + v;
      logDet = (prior.dim() - rank) * StrictMath.log(q);
      if (rank == 0) {
        Column.set(shift, row, 0.5 / q);
        Column.set(pull, row, v / q);
        Column.set(slope, row, c / q);
      } else {
        Column.set(shift, row, 1 / q);
        Column.set(pull, row, c / q);
      }
    }
    for (int e = 0; e < rank; e++) {
      double p = values[k * rank + e] + floorOf(k) + v;
      logDet += StrictMath.log(p);
      Column.set(inverse, (long) row * rank + e, 1 / p);
    }
    return logDet;
  }

  private double floorOf(int k) {
    return floor.length == 0 ? 0 : floor[floor.length == 1 ? 0 : k];
  }

  /** S. */
  public int levels() {
    return levels;
  }

  /** Directions in which a component has a variance of its own: d for diagonal covariances. */
  public int rank() {
    return rank;
  }

  /** 0 where all components share the columns of the levels, else 1. */
  public int stride() {
    return rank == 0 && floor.length == 1 ? 0 : 1;
  }

  /** 0 where they share the bias too. */
  public int biasStride() {
    return prior.equalWeights() ? stride() : 1;
  }

  /** What log evidence adds to the log-sum-exp of the logits. */
  public double offset() {
    return offset;
  }

  public MemorySegment bias() {
    return bias;
  }

  public MemorySegment shift() {
    return shift;
  }

  public MemorySegment pull() {
    return pull;
  }

  public MemorySegment slope() {
    return slope;
  }

  public MemorySegment inverse() {
    return inverse;
  }

  public MemorySegment value() {
    return value;
  }

  public MemorySegment projected() {
    return projected;
  }

  /** {@link #bias} in float64. */
  public MemorySegment constant() {
    return constant;
  }

  /** In float64 sigma^2 of each level. */
  public MemorySegment noise() {
    return noise;
  }

  /** In float64 the variances that the noise adds to: K or 1 isotropic, else K x rank. */
  public MemorySegment variance() {
    return variance;
  }

  /** In float64 what a low rank has beside its directions. */
  public MemorySegment floor() {
    return floors;
  }

  /** A row whose largest logit is below, though the level has mass, is refined. */
  public MemorySegment least() {
    return least;
  }

  public float steep() {
    return steep;
  }
}
