package dev.tweedie.prior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A clustered data set has the same points in another order, with neighbours side by side. */
class PointOrderTest {
  private static final int SIZE = 20_011;
  private static final int DIM = 3;
  private static final int PLACES = 30;

  /** Points around 30 places, in turn; the first coordinate's digits behind 1e-3 number them. */
  private static double[] points() {
    SplittableRandom random = new SplittableRandom(1);
    double[] places = random.doubles(PLACES * DIM, -100, 100).toArray();
    double[] points = new double[SIZE * DIM];
    for (int i = 0; i < points.length; i++) {
      points[i] = places[i / DIM % PLACES * DIM + i % DIM] + random.nextGaussian();
    }
    return points;
  }

  private static double[] row(DataSet points, int k) {
    double[] row = new double[DIM];
    points.copyMean(k, row);
    return row;
  }

  @Test
  void everyPointIsThereOnceWithItsWeight() {
    double[] points = points();
    double[] weights = IntStream.range(0, SIZE).mapToDouble(k -> k % 7 + 1).toArray();
    DataSet given = DataSet.of(points, DIM).withWeights(weights);
    DataSet clustered = given.clustered();
    assertEquals(SIZE, clustered.components());
    assertArrayEquals(sorted(given), sorted(clustered));
    assertArrayEquals(sorted(clustered), sorted(given.clustered()));
    assertTrue(DataSet.of(points, DIM).clustered().equalWeights());
  }

  /** Points with their weights as texts. */
  private static String[] sorted(DataSet set) {
    return IntStream.range(0, SIZE)
        .mapToObj(k -> Arrays.toString(row(set, k)) + (float) set.weight(k))
        .sorted()
        .toArray(String[]::new);
  }

  @Test
  void theOrderIsTheSameAtEveryCall() {
    DataSet set = DataSet.of(points(), DIM);
    DataSet one = set.clustered();
    DataSet other = set.clustered();
    for (int k = 0; k < SIZE; k++) {
      assertArrayEquals(row(one, k), row(other, k));
    }
  }

  @Test
  void blocksAreSmall() {
    double variance = withinBlocks(DataSet.of(points(), DIM));
    assertTrue(variance > 1000, "in turn: " + variance);
    variance = withinBlocks(DataSet.of(points(), DIM).clustered());
    assertTrue(variance < 100, "clustered: " + variance); // 3 within a place; some blocks have two
  }

  private static double withinBlocks(DataSet set) {
    double sum = 0;
    for (int first = 0; first < SIZE; first += 84) {
      int count = Math.min(84, SIZE - first);
      double[] mean = new double[DIM];
      double squares = 0;
      for (int k = first; k < first + count; k++) {
        double[] row = row(set, k);
        for (int j = 0; j < DIM; j++) {
          mean[j] += row[j] / count;
          squares += row[j] * row[j];
        }
      }
      sum += squares - count * Arrays.stream(mean).map(m -> m * m).sum();
    }
    return sum / SIZE;
  }

  /** Nothing to cut between: ends, with all of them. */
  @Test
  void pointsThatAreAllTheSame() {
    DataSet same = DataSet.of(new double[SIZE * DIM], DIM).clustered();
    assertEquals(SIZE, same.components());
    assertArrayEquals(new double[DIM], row(same, SIZE - 1));
  }
}
