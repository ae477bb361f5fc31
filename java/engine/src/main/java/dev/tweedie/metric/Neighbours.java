package dev.tweedie.metric;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.util.Arrays;

/**
 * The k nearest rows of a data set, by Euclidean distance: whether a sample is new or copied from
 * the training set shows in them. All pairs, {@code O(A B d)} on the engine's product; those within
 * its rounding of the k-th are compared by their differences in float64, so the answer is exact for
 * the rows as they are, ties in order of rows.
 */
public final class Neighbours {
  private final int count;
  private final int[] rows;
  private final double[] distances;

  private Neighbours(int queries, int count) {
    this.count = count;
    rows = new int[queries * count];
    distances = new double[queries * count];
  }

  /**
   * Finds them.
   *
   * @param engine that both belong to
   * @param queries {@code A x d}
   * @param points {@code B x d}
   * @param count k, 1 .. B
   * @throws InvalidInputException for another dimension, a count outside, or rows that are not
   *     finite
   */
  public static Neighbours of(Engine engine, Samples queries, Samples points, int count) {
    if (count < 1 || count > points.rows()) {
      throw new InvalidInputException(
          "neighbours: found %d, allowed: 1 to %d, the number of points"
              .formatted(count, points.rows()));
    }
    try (PairDistances pairs = new PairDistances(engine, queries, points)) {
      Neighbours found = new Neighbours(pairs.rows(), count);
      Arrays.fill(found.distances, Double.POSITIVE_INFINITY);
      pairs.forEachRow(
          false,
          (row, column, columns, squares) -> {
            for (int j = 0; j < columns; j++) {
              double worst = found.distances[(row + 1) * count - 1];
              if (squares[j] - pairs.bound(row, column + j) < worst) {
                found.insert(row, column + j, pairs.exact(row, column + j));
              }
            }
          });
      for (int i = 0; i < found.distances.length; i++) {
        found.distances[i] = Math.sqrt(found.distances[i]);
      }
      return found;
    }
  }

  /** Puts a squared distance where it belongs, after equal ones. */
  private void insert(int query, int row, double square) {
    int from = query * count;
    int at = from + count;
    while (at > from && distances[at - 1] > square) {
      at--;
    }
    if (at == from + count) {
      return;
    }
    System.arraycopy(distances, at, distances, at + 1, from + count - 1 - at);
    System.arraycopy(rows, at, rows, at + 1, from + count - 1 - at);
    distances[at] = square;
    rows[at] = row;
  }

  /** Number of neighbours of each query. */
  public int count() {
    return count;
  }

  /**
   * The row of a neighbour among the points.
   *
   * @param rank 0 for the nearest
   */
  public int row(int query, int rank) {
    return rows[at(query, rank)];
  }

  /** Its distance. */
  public double distance(int query, int rank) {
    return distances[at(query, rank)];
  }

  private int at(int query, int rank) {
    if (query < 0 || query >= rows.length / count || rank < 0 || rank >= count) {
      throw new IndexOutOfBoundsException(
          "(" + query + ", " + rank + ") outside " + rows.length / count + " x " + count);
    }
    return query * count + rank;
  }
}
