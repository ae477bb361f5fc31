package dev.tweedie.prior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tweedie.blind.LevelPrior;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nobody changes what is called immutable: neither by what was passed in nor by what came out. */
class WriteThroughTest {
  private static final double FOREIGN = 17;

  private static double[] ones(int length) {
    double[] values = new double[length];
    Arrays.fill(values, 1);
    return values;
  }

  static Stream<Object> immutable() {
    double[] basis = {1, 0, 0, 1};
    List<Object> all = new ArrayList<>();
    for (Covariance covariance :
        List.of(
            new Covariance.Isotropic(ones(1)),
            new Covariance.Diagonal(ones(2)),
            new Covariance.LowRank(ones(2), 1, ones(1)),
            new Covariance.Full(basis.clone()))) {
      var mixture = new GaussianMixture(ones(1), ones(2), 2, covariance);
      all.addAll(List.of(covariance, mixture, mixture.covariance()));
      if (covariance instanceof Covariance.LowRank || covariance instanceof Covariance.Full) {
        all.add(mixture.spectrum());
      }
    }
    all.add(new Spectrum(2, ones(2), basis.clone()));
    all.add(DataSet.of(ones(4), 2).withWeights(ones(2)));
    all.add(LevelPrior.powerLaw(1, .1, 1, 4));
    return all.stream();
  }

  /** By every public method without arguments that gives numbers. */
  @ParameterizedTest
  @MethodSource("immutable")
  void nothingThatComesOutIsLive(Object object) throws Exception {
    for (Method method : object.getClass().getMethods()) {
      if (method.getReturnType() == double[].class
          && method.getParameterCount() == 0
          && !Modifier.isStatic(method.getModifiers())) {
        double[] before = ((double[]) method.invoke(object)).clone();
        Arrays.fill((double[]) method.invoke(object), FOREIGN);
        assertArrayEquals(before, (double[]) method.invoke(object), method.toString());
      }
    }
  }

  @Test
  void nothingThatWentInIsLive() {
    double[] one = {1};
    double[] two = {1, 2};
    double[] four = {2, 1, 1, 2};
    var isotropic = new Covariance.Isotropic(one);
    var diagonal = new Covariance.Diagonal(two);
    var lowRank = new Covariance.LowRank(two, 1, one);
    var full = new Covariance.Full(four);
    var mixture = new GaussianMixture(one, two, 2, full);
    var spectrum = new Spectrum(2, two, four);
    DataSet points = DataSet.of(four, 2);
    double[] weights = {1, 3};
    DataSet weighted = points.withWeights(weights);
    for (double[] array : List.of(one, two, four, weights)) {
      Arrays.fill(array, FOREIGN);
    }
    assertArrayEquals(new double[] {1}, isotropic.variances());
    assertArrayEquals(new double[] {1, 2}, diagonal.variances());
    assertArrayEquals(new double[] {1, 2}, lowRank.factors());
    assertArrayEquals(new double[] {1}, lowRank.floor());
    assertArrayEquals(new double[] {2, 1, 1, 2}, full.matrices());
    assertArrayEquals(new double[] {1, 2}, mixture.mean());
    assertArrayEquals(new double[] {1, 2}, spectrum.values());
    assertArrayEquals(new double[] {2, 1, 1, 2}, spectrum.basis());
    assertEquals(2, points.mean(0, 0));
    assertEquals(.25, weighted.weight(0));
  }

  @Test
  void levelsOfAScheduleAndPointsInPlaceAreViews() {
    Level[] levels = {Level.ofSigma(1), Level.ofSigma(2)};
    Schedule schedule = Schedule.ofLevels(levels);
    levels[0] = Level.ofSigma(FOREIGN);
    assertEquals(1, schedule.level(0).sigma());
    assertThrows(UnsupportedOperationException.class, () -> schedule.levels().clear());
    var seen = DataSet.of(new float[] {1, 2}, 1).inPlace().readInPlace();
    assertThrows(RuntimeException.class, () -> seen.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 3));
  }
}
