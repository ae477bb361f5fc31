package dev.tweedie.backend.table;

import java.util.ArrayList;
import java.util.List;

/**
 * A ball around some points of a block, with what bounds their logits.
 *
 * @param centre the mean of the points
 * @param radius the largest distance of a point from it, or more
 * @param spread the mean of their squared distances, or more
 * @param most their largest log weight; -infinity where there is no point
 * @param least their least one, likewise
 * @param begin the first of the points
 * @param end behind the last
 */
record Ball(
    float[] centre, float radius, float spread, double most, double least, int begin, int end) {
  /** More than the rounding of float64 sums over a block. */
  private static final double UP = 1 + 1e-9;

  /** Points of a block that have weight, which {@link #split} brings into another order. */
  static final class Points {
    private final float[][] at;
    private final double[] weight;
    private int count;

    Points(int most, int dim) {
      at = new float[most][dim];
      weight = new double[most];
    }

    void clear() {
      count = 0;
    }

    /** Where the next point is to be written. */
    float[] next() {
      return at[count];
    }

    /** Keeps what was written to {@link #next}. */
    void keep(double logWeight) {
      weight[count++] = logWeight;
    }

    private void swap(int i, int j) {
      float[] point = at[i];
      at[i] = at[j];
      at[j] = point;
      double w = weight[i];
      weight[i] = weight[j];
      weight[j] = w;
    }

    /** The point in {@code [begin, end)} that is furthest. */
    private float[] furthest(float[] from, int begin, int end) {
      int found = begin;
      double most = -1;
      for (int i = begin; i < end; i++) {
        double square = squaredDistance(at[i], from);
        if (square > most) {
          most = square;
          found = i;
        }
      }
      return at[found];
    }
  }

  /** Around all points. */
  static Ball around(Points points) {
    return around(points, 0, points.count);
  }

  private static Ball around(Points points, int begin, int end) {
    int dim = points.at[0].length;
    int count = end - begin;
    double[] sum = new double[dim];
    double high = Double.NEGATIVE_INFINITY;
    double low = Double.POSITIVE_INFINITY;
    for (int i = begin; i < end; i++) {
      for (int j = 0; j < dim; j++) {
        sum[j] += points.at[i][j];
      }
      high = Math.max(high, points.weight[i]);
      low = Math.min(low, points.weight[i]);
    }
    float[] mean = new float[dim];
    for (int j = 0; j < dim && count > 0; j++) {
      mean[j] = (float) (sum[j] / count);
    }
    double widest = 0;
    double squares = 0;
    for (int i = begin; i < end; i++) {
      double square = squaredDistance(points.at[i], mean);
      widest = Math.max(widest, square);
      squares += square;
    }
    return new Ball(
        mean,
        up(Math.sqrt(widest)),
        count == 0 ? 0 : up(squares / count),
        high,
        count == 0 ? high : low,
        begin,
        end);
  }

  /**
   * Balls around all points, the largest ones cut in two until none is larger than {@code radius}
   * or there are {@code most}.
   */
  static List<Ball> split(Points points, float radius, int most) {
    List<Ball> balls = new ArrayList<>(List.of(around(points)));
    while (balls.size() < most) {
      int largest = 0;
      for (int i = 1; i < balls.size(); i++) {
        largest = balls.get(i).radius > balls.get(largest).radius ? i : largest;
      }
      Ball ball = balls.get(largest);
      if (ball.radius <= radius) {
        break;
      }
      int cut = ball.cut(points);
      balls.set(largest, around(points, ball.begin, cut));
      balls.add(around(points, cut, ball.end));
    }
    return balls;
  }

  /** Brings points that are nearer to one of two far ones to the front; returns where they end. */
  private int cut(Points points) {
    float[] one = points.furthest(centre, begin, end);
    float[] other = points.furthest(one, begin, end);
    int cut = begin;
    for (int i = begin; i < end; i++) {
      if (squaredDistance(points.at[i], one) <= squaredDistance(points.at[i], other)) {
        points.swap(i, cut++);
      }
    }
    return cut;
  }

  static double squaredDistance(float[] point, float[] from) {
    double sum = 0;
    for (int j = 0; j < point.length; j++) {
      double off = (double) point[j] - from[j];
      sum += off * off;
    }
    return sum;
  }

  /** The next float32 above what a float64 sum over a block may have lost. */
  static float up(double value) {
    return Math.nextUp((float) (value * UP));
  }
}
