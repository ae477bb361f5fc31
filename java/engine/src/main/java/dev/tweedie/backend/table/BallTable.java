package dev.tweedie.backend.table;

import dev.tweedie.prior.Kind;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Balls around the blocks of a data set, from which kernels see that a block is out of reach
 * without reading it: {@code tweedie_balls}. A block of 84 points has one centre and four numbers;
 * one whose ball would be large, as around points of two clusters, has several.
 */
public final class BallTable {
  private static final int BLOCK = Kind.ISOTROPIC.block();

  /** Blocks that a thread takes at a time. */
  private static final int CHUNK = 16;

  /** What float32 sums of log weights may lose of them. */
  private static final double SLACK = 0x1p-20;

  /** Beyond it squares could overflow. */
  private static final float LARGEST_NORM = 1e15f;

  /** Share of the points' variance within blocks, above which one block is much like another. */
  private static final double TELLING = 0.5;

  /** So many times the median radius, a ball is large. */
  private static final float LARGE = 1.25f;

  /** Balls that a block may have. */
  public static final int MOST = 16;

  private final int dim;
  private final double heaviest;
  private final MemorySegment centre;
  private final MemorySegment radius;
  private final MemorySegment spread;
  private final MemorySegment most;
  private final MemorySegment least;
  private final MemorySegment further;
  private final float largest;
  private final boolean telling;

  private BallTable(PriorTable prior, Workers workers, Arena arena) {
    int blocks = (prior.components() + BLOCK - 1) / BLOCK;
    dim = prior.dim();
    heaviest = prior.largestLogWeight();
    float[] norms = new float[blocks];
    Ball[] whole = new Ball[blocks];
    forEachBlock(
        workers,
        blocks,
        (b, points) -> {
          norms[b] = read(prior, b, points);
          whole[b] = Ball.around(points);
        });
    telling = withinBlocks(whole) < TELLING;
    float usual = LARGE * median(whole);
    List<List<Ball>> balls = new ArrayList<>(Collections.nCopies(blocks, List.of()));
    forEachBlock(
        workers,
        blocks,
        (b, points) -> {
          if (whole[b].radius() > usual) {
            read(prior, b, points);
            balls.set(b, Ball.split(points, usual, MOST));
          } else {
            balls.set(b, List.of(whole[b]));
          }
        });
    int count = balls.stream().mapToInt(List::size).sum();
    centre = Column.floats(arena, (long) count * dim);
    radius = Column.floats(arena, count);
    spread = Column.floats(arena, count);
    most = Column.floats(arena, count);
    least = Column.floats(arena, count);
    int[] next = new int[blocks + 1];
    next[0] = blocks;
    for (int b = 0; b < blocks; b++) {
      next[b + 1] = next[b];
      write(balls.get(b).getFirst(), b);
      for (Ball ball : balls.get(b).subList(1, balls.get(b).size())) {
        write(ball, next[b + 1]++);
      }
    }
    further = arena.allocateFrom(ValueLayout.JAVA_INT, next);
    float norm = 0;
    for (float each : norms) {
      norm = Math.max(norm, each);
    }
    largest = norm;
  }

  /** Balls around the blocks of {@code prior}, or null where its numbers are too large. */
  static @Nullable BallTable of(PriorTable prior, Workers workers, Arena arena) {
    BallTable table = new BallTable(prior, workers, arena);
    return table.largest <= LARGEST_NORM ? table : null;
  }

  /** What is done with a block and memory for its points. */
  private interface OfBlock {
    void accept(int block, Ball.Points points);
  }

  private void forEachBlock(Workers workers, int blocks, OfBlock work) {
    workers.forEachChunk(
        blocks,
        CHUNK,
        (begin, count) -> {
          Ball.Points points = new Ball.Points(BLOCK, dim);
          for (long b = begin; b < begin + count; b++) {
            work.accept((int) b, points);
          }
        });
  }

  /** The points of a block that have weight; returns the largest norm of all of them, or more. */
  private float read(PriorTable prior, int b, Ball.Points points) {
    float[] origin = new float[dim];
    double norm = 0;
    points.clear();
    int last = Math.min((b + 1) * BLOCK, prior.components());
    for (int k = b * BLOCK; k < last; k++) {
      Column.read(prior.means(), (long) k * dim, points.next());
      norm = Math.max(norm, Ball.squaredDistance(points.next(), origin));
      double weight = prior.logWeight(k) - heaviest;
      if (weight != Double.NEGATIVE_INFINITY) {
        points.keep(weight);
      }
    }
    return Ball.up(Math.sqrt(norm));
  }

  private void write(Ball ball, int at) {
    Column.write(ball.centre(), centre, (long) at * dim);
    Column.set(radius, at, ball.radius());
    Column.set(spread, at, ball.spread());
    Column.set(most, at, ball.most() + Math.abs(ball.most()) * SLACK);
    Column.set(least, at, ball.least() - Math.abs(ball.least()) * SLACK);
  }

  private static float median(Ball[] balls) {
    float[] radii = new float[balls.length];
    for (int b = 0; b < balls.length; b++) {
      radii[b] = balls[b].radius();
    }
    Arrays.sort(radii);
    return radii[balls.length / 2];
  }

  /**
   * The share of the points' variance that is within blocks, the last block counted like others.
   */
  private double withinBlocks(Ball[] balls) {
    double[] mean = new double[dim];
    double within = 0;
    for (Ball ball : balls) {
      for (int j = 0; j < dim; j++) {
        mean[j] += ball.centre()[j] / balls.length;
      }
      within += ball.spread();
    }
    double between = 0;
    for (Ball ball : balls) {
      for (int j = 0; j < dim; j++) {
        between += (ball.centre()[j] - mean[j]) * (ball.centre()[j] - mean[j]);
      }
    }
    return within / (within + between);
  }

  /** Whether blocks lie apart: where points are in no order, looking at balls finds nothing. */
  public boolean telling() {
    return telling;
  }

  /** {@code balls x d}: one of each block, then the further ones of blocks that have several. */
  public MemorySegment centre() {
    return centre;
  }

  /** The largest distance of a ball's points from its centre, or more. */
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

  /** {@code blocks + 1}: the first of each block's further balls. */
  public MemorySegment further() {
    return further;
  }

  /** The largest norm of a point, or more. */
  public float largest() {
    return largest;
  }
}
