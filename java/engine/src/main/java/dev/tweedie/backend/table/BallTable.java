package dev.tweedie.backend.table;

import dev.tweedie.prior.Kind;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Balls around the blocks of a data set, from which kernels see that a block is out of reach
 * without reading it: {@code tweedie_balls}. A block of 84 points has one centre and four numbers.
 */
public final class BallTable {
  private static final int BLOCK = Kind.ISOTROPIC.block();

  /** Blocks that a thread takes at a time. */
  private static final int CHUNK = 16;

  /** More than the rounding of float64 sums over a block. */
  private static final double UP = 1 + 1e-9;

  /** What float32 sums of log weights may lose of them. */
  private static final double SLACK = 0x1p-20;

  /** Beyond it squares could overflow. */
  private static final float LARGEST_NORM = 1e15f;

  /** Share of the points' variance within blocks, above which one block is much like another. */
  private static final double TELLING = 0.5;

  private final int dim;
  private final double heaviest;
  private final MemorySegment centre;
  private final MemorySegment radius;
  private final MemorySegment spread;
  private final MemorySegment most;
  private final MemorySegment least;
  private final MemorySegment norms;
  private final float largest;
  private final boolean telling;

  private BallTable(PriorTable prior, Workers workers, Arena arena) {
    int components = prior.components();
    int blocks = (components + BLOCK - 1) / BLOCK;
    dim = prior.dim();
    heaviest = prior.largestLogWeight();
    centre = Column.floats(arena, (long) blocks * dim);
    radius = Column.floats(arena, blocks);
    spread = Column.floats(arena, blocks);
    most = Column.floats(arena, blocks);
    least = Column.floats(arena, blocks);
    norms = Column.floats(arena, blocks);
    workers.forEachChunk(
        blocks,
        CHUNK,
        (begin, count) -> {
          float[][] points = new float[BLOCK][dim];
          for (long b = begin; b < begin + count; b++) {
            int first = (int) (b * BLOCK);
            surround(prior, (int) b, first, Math.min(BLOCK, components - first), points);
          }
        });
    float norm = 0;
    for (int b = 0; b < blocks; b++) {
      norm = Math.max(norm, Column.get(norms, b));
    }
    largest = norm;
    telling = withinBlocks(blocks) < TELLING;
  }

  /** Balls around the blocks of {@code prior}, or null where its numbers are too large. */
  static @Nullable BallTable of(PriorTable prior, Workers workers, Arena arena) {
    BallTable table = new BallTable(prior, workers, arena);
    return table.largest <= LARGEST_NORM ? table : null;
  }

  private void surround(PriorTable prior, int b, int first, int count, float[][] points) {
    double[] sum = new double[dim];
    double high = Double.NEGATIVE_INFINITY;
    double low = Double.POSITIVE_INFINITY;
    double norm = 0;
    int some = 0; // of them have weight
    for (int k = first; k < first + count; k++) {
      float[] point = points[some];
      Column.read(prior.means(), (long) k * dim, point);
      norm = Math.max(norm, square(point, null));
      double weight = prior.logWeight(k) - heaviest;
      if (weight == Double.NEGATIVE_INFINITY) {
        continue;
      }
      high = Math.max(high, weight);
      low = Math.min(low, weight);
      add(point, sum);
      some++;
    }
    float[] mean = new float[dim];
    for (int j = 0; j < dim && some > 0; j++) {
      mean[j] = (float) (sum[j] / some);
    }
    double widest = 0;
    double squares = 0;
    for (int i = 0; i < some; i++) {
      double square = square(points[i], mean);
      widest = Math.max(widest, square);
      squares += square;
    }
    Column.write(mean, centre, (long) b * dim);
    Column.set(radius, b, up(Math.sqrt(widest)));
    Column.set(spread, b, some == 0 ? 0 : up(squares / some));
    Column.set(most, b, high + Math.abs(high) * SLACK);
    Column.set(least, b, some == 0 ? Double.NEGATIVE_INFINITY : low - Math.abs(low) * SLACK);
    Column.set(norms, b, up(Math.sqrt(norm)));
  }

  private static void add(float[] point, double[] to) {
    for (int j = 0; j < point.length; j++) {
      to[j] += point[j];
    }
  }

  /** {@code |point - from|^2}, of {@code |point|^2} where that is null. */
  private static double square(float[] point, float @Nullable [] from) {
    double sum = 0;
    for (int j = 0; j < point.length; j++) {
      double off = from == null ? point[j] : (double) point[j] - from[j];
      sum += off * off;
    }
    return sum;
  }

  private static float up(double value) {
    return Math.nextUp((float) (value * UP));
  }

  /**
   * The share of the points' variance that is within blocks, the last block counted like others.
   */
  private double withinBlocks(int blocks) {
    double[] mean = new double[dim];
    float[] row = new float[dim];
    double within = 0;
    for (int b = 0; b < blocks; b++) {
      Column.read(centre, (long) b * dim, row);
      add(row, mean);
      within += Column.get(spread, b);
    }
    for (int j = 0; j < dim; j++) {
      mean[j] /= blocks;
    }
    double between = 0;
    for (int b = 0; b < blocks; b++) {
      Column.read(centre, (long) b * dim, row);
      for (int j = 0; j < dim; j++) {
        between += (row[j] - mean[j]) * (row[j] - mean[j]);
      }
    }
    return within / (within + between);
  }

  /** Whether blocks lie apart: where points are in no order, looking at balls finds nothing. */
  public boolean telling() {
    return telling;
  }

  /** {@code blocks x d}. */
  public MemorySegment centre() {
    return centre;
  }

  /** The largest distance of a block's points from its centre, or more. */
  public MemorySegment radius() {
    return radius;
  }

  /** The mean of their squared distances, or more. */
  public MemorySegment spread() {
    return spread;
  }

  /** Their largest log weight less the largest of all, or more. */
  public MemorySegment most() {
    return most;
  }

  /** Their least one, or less. */
  public MemorySegment least() {
    return least;
  }

  /** The largest norm of a point, or more. */
  public float largest() {
    return largest;
  }
}
