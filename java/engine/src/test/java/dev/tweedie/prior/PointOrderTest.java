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

  /** So few blocks have points of two places. A plane between two centres may cut other places. */
  @Test
  void eachPlaceStandsTogether() {
    assertEquals(SIZE - 1, changesOfPlace(DataSet.of(points(), DIM)), "in turn");
    int changes = changesOfPlace(DataSet.of(points(), DIM).clustered());
    assertTrue(changes >= PLACES - 1 && changes < 3 * PLACES, "clustered: " + changes);
  }

  private static int changesOfPlace(DataSet set) {
    double[] places = new SplittableRandom(1).doubles(PLACES * DIM, -100, 100).toArray();
    int[] place = IntStream.range(0, SIZE).map(k -> nearest(places, row(set, k))).toArray();
    return (int) IntStream.range(1, SIZE).filter(k -> place[k] != place[k - 1]).count();
  }

  private static int nearest(double[] places, double[] point) {
    int found = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < PLACES; i++) {
      double square = 0;
      for (int j = 0; j < DIM; j++) {
        square += Math.pow(places[i * DIM + j] - point[j], 2);
      }
      found = square < least ? i : found;
      least = Math.min(least, square);
    }
    return found;
  }

  /** In one cluster without a gap cuts fall between blocks, or a block would be cut in two. */
  @Test
  void blocksOfOneClusterAreSmall() {
    double[] points = new SplittableRandom(1).doubles(SIZE * DIM).toArray();
    double variance = withinBlocks(DataSet.of(points, DIM));
    assertTrue(variance > 0.2, "as they come: " + variance); // a quarter, of a unit cube
    variance = withinBlocks(DataSet.of(points, DIM).clustered());
    assertTrue(variance < 0.01, "clustered: " + variance); // cubes of 84 points: 0.0065
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
