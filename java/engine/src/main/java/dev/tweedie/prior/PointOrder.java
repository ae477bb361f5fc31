package dev.tweedie.prior;

import java.util.Arrays;
import java.util.concurrent.RecursiveAction;

/**
 * An order of a data set's points in which neighbours lie close to each other: the set is cut in
 * two between the centres of two clusters, each part again, down to blocks of the softmax. The same
 * order at every call.
 *
 * <p>A cut falls on the border of a block where that moves points to the other side which are near
 * it anyway. Points that are not would be strangers there, with those of other cuts in one block;
 * so between two clusters that lie apart the cut stays, and one block has the end of one and the
 * beginning of the other.
 */
final class PointOrder extends RecursiveAction {
  private static final long serialVersionUID = 1;

  /** Points in which clusters are sought. */
  private static final int SAMPLE = 256;

  private static final int ITERATIONS = 4;

  /** Neither side has less than this share, so that cuts of cuts end. */
  private static final int LEAST_SHARE = 32;

  /** Of the way from the plane between the centres to one of them: points so near are moved. */
  private static final double NEAR = 0.25;

  /** Smaller parts are not worth a task of their own. */
  private static final int SEQUENTIAL = 1 << 12;

  private static final int BLOCK = Kind.ISOTROPIC.block();

  private final transient DataSet points;
  private final int[] order;
  private final float[] keys;
  private final int begin;
  private final int end;

  private PointOrder(DataSet points, int[] order, float[] keys, int begin, int end) {
    this.points = points;
    this.order = order;
    this.keys = keys;
    this.begin = begin;
    this.end = end;
  }

  /** Which point comes at each place. */
  static int[] of(DataSet points) {
    int size = points.components();
    int[] order = new int[size];
    Arrays.setAll(order, i -> i);
    new PointOrder(points, order, new float[size], 0, size).invoke();
    return order;
  }

  @Override
  protected void compute() {
    int size = end - begin;
    if (size <= BLOCK) {
      return;
    }
    int cut = cut(twoCentres());
    PointOrder left = new PointOrder(points, order, keys, begin, cut);
    PointOrder right = new PointOrder(points, order, keys, cut, end);
    if (size > SEQUENTIAL) {
      invokeAll(left, right);
    } else {
      left.compute();
      right.compute();
    }
  }

  /** Brings points on the side of the first centre to the front; returns where they end. */
  private int cut(double[][] centres) {
    int below = project(centres[0], centres[1]);
    int least = Math.max(1, (end - begin) / LEAST_SHARE);
    int cut = begin + Math.clamp(below, least, end - begin - least);
    int border = (cut + BLOCK / 2) / BLOCK * BLOCK;
    if (border > begin && border < end) {
      select(border);
      if (moves(border) < NEAR * squaredDistance(centres[0], centres[1]) / 2) {
        return border;
      }
    }
    select(cut);
    return cut;
  }

  /** The furthest from the plane that a point on the wrong side of {@code cut} has its key. */
  private float moves(int cut) {
    float most = 0;
    for (int i = begin; i < end; i++) {
      most = Math.max(most, i < cut ? keys[i] : -keys[i]);
    }
    return most;
  }

  /** Two means of some of the points, begun far from each other. */
  private double[][] twoCentres() {
    int count = Math.min(SAMPLE, end - begin);
    double[][] sample = new double[count][points.dim()];
    for (int i = 0; i < count; i++) {
      points.copyMean(order[begin + (int) ((long) i * (end - begin) / count)], sample[i]);
    }
    double[] one = furthest(sample, sample[0]);
    double[][] centres = {one.clone(), furthest(sample, one).clone()};
    for (int i = 0; i < ITERATIONS; i++) {
      move(sample, centres);
    }
    return centres;
  }

  private static double[] furthest(double[][] sample, double[] from) {
    double[] found = from;
    double most = 0;
    for (double[] point : sample) {
      double distance = squaredDistance(point, from);
      if (distance > most) {
        most = distance;
        found = point;
      }
    }
    return found;
  }

  private static void move(double[][] sample, double[][] centres) {
    int dim = centres[0].length;
    double[][] sums = new double[2][dim];
    int[] counts = new int[2];
    for (double[] point : sample) {
      boolean second = squaredDistance(point, centres[1]) < squaredDistance(point, centres[0]);
      int side = second ? 1 : 0;
      counts[side]++;
      for (int j = 0; j < dim; j++) {
        sums[side][j] += point[j];
      }
    }
    for (int side = 0; side < 2; side++) {
      for (int j = 0; j < dim && counts[side] > 0; j++) {
        centres[side][j] = sums[side][j] / counts[side];
      }
    }
  }

  private static double squaredDistance(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sum;
  }

  /** Keys: how far points are from the plane between the centres; returns how many are before. */
  private int project(double[] one, double[] other) {
    int dim = one.length;
    double[] along = new double[dim];
    double middle = 0;
    for (int j = 0; j < dim; j++) {
      along[j] = other[j] - one[j];
      middle += along[j] * (other[j] + one[j]) / 2;
    }
    double[] point = new double[dim];
    int below = 0;
    for (int i = begin; i < end; i++) {
      points.copyMean(order[i], point);
      double product = -middle;
      for (int j = 0; j < dim; j++) {
        product += along[j] * point[j];
      }
      keys[i] = (float) product;
      below += product < 0 ? 1 : 0;
    }
    return below;
  }

  /** Moves what has lesser keys before {@code cut}, the others behind (Hoare's quickselect). */
  private void select(int cut) {
    int low = begin;
    int high = end - 1;
    while (low < high) {
      float pivot = keys[(low + high) >>> 1];
      int i = low;
      int j = high;
      while (i <= j) {
        while (keys[i] < pivot) {
          i++;
        }
        while (keys[j] > pivot) {
          j--;
        }
        if (i <= j) {
          swap(i++, j--);
        }
      }
      if (cut <= j) {
        high = j;
      } else if (cut >= i) {
        low = i;
      } else {
        return;
      }
    }
  }

  private void swap(int i, int j) {
    float key = keys[i];
    keys[i] = keys[j];
    keys[j] = key;
    int point = order[i];
    order[i] = order[j];
    order[j] = point;
  }
}
