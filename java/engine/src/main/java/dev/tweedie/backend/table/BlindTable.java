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
  private final PriorTable prior;
  private final int levels;
  private final int rank;
  private final double[] floor; // K or 1, or null for none
  private final double[] values; // K x rank, or null
  private final double[] logits;
  private final MemorySegment bias;
  private final MemorySegment shift;
  private final MemorySegment pull;
  private final MemorySegment slope;
  private final MemorySegment inverse;
  private final MemorySegment value;
  private final MemorySegment projected;
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
    rank = values == null ? 0 : values.length / prior.components();
    long rows = (long) levels * (stride() == 0 ? 1 : prior.components());
    logits = new double[levels * (biasStride() == 0 ? 1 : prior.components())];
    bias = Column.floats(arena, logits.length);
    shift = Column.floats(arena, floor == null ? 0 : rows);
    pull = Column.floats(arena, floor == null ? 0 : rows);
    slope = Column.floats(arena, rank == 0 ? rows : 0);
    inverse = Column.floats(arena, rows * rank);
    value = Column.floats(arena, (long) prior.components() * rank);
    projected = Column.floats(arena, projectedMeans == null ? 0 : projectedMeans.length);
    for (int i = 0; values != null && i < values.length; i++) {
      Column.set(value, i, values[i] + floorOf(i / rank));
    }
    for (int i = 0; projectedMeans != null && i < projectedMeans.length; i++) {
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
    }
    offset = largest - 0.5 * prior.dim() * LevelTable.LOG_TWO_PI;
    this.sigmas = sigmas.clone();
    this.logMasses = logMasses.clone();
  }

  /** Returns the log determinant of the component's covariance with noise of variance {@code v}. */
  private double fillComponent(int k, int s, double v) {
    int row = k * levels + s;
    double logDet = 0;
    if (floor != null) {
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
    return floor == null ? 0 : floor[floor.length == 1 ? 0 : k];
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
}
