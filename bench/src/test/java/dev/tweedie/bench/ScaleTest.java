package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.cli.Benchmarks;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Slopes of times that are given instead of taken. */
class ScaleTest {
  private static Benchmarks.Report report(ToDoubleFunction<ScoreWork> times) {
    Timings given =
        new Timings(false, new PrintWriter(Writer.nullWriter())) {
          @Override
          Timing run(Case what, boolean heap) {
            return new Timing(times.applyAsDouble(ScoreWork.parse(what.work())), 0, null);
          }
        };
    return new Scale(given, "cpu:avx2", 1).report(List.of(), Map.of());
  }

  private static double product(ScoreWork work) {
    return (double) work.rows() * work.dim() * work.components();
  }

  private static double slope(Benchmarks.Report report, String size) {
    Map<String, Object> row =
        report.rows().stream()
            .filter(one -> one.get("size").equals(size))
            .findFirst()
            .orElseThrow();
    assertEquals(Math.abs((double) row.get("slope") - 1) <= 0.05, row.get("met"));
    return (double) row.get("slope");
  }

  @Test
  void aPowerLawIsFoundAgain() {
    PowerLaw law = PowerLaw.fit(new double[] {1, 10, 1000}, new double[] {3, 30e3, 3e12});
    assertEquals(4, law.exponent(), 1e-12); // float64 of some logarithms
    assertEquals(3, law.factor(), 1e-11);
    assertEquals(48, law.at(2), 1e-10);
  }

  @Test
  void pointsAroundALineHaveItsSlope() {
    // off by +h, -h, -h, +h in log y, which least squares of equal steps do not see
    double[] y = {1.1, 10 / 1.1, 100 / 1.1, 1100};
    assertEquals(1, PowerLaw.fit(new double[] {1, 10, 100, 1000}, y).exponent(), 1e-12);
  }

  @Test
  void timesThatGrowWithEverySizeAreLinear() {
    Benchmarks.Report report = report(ScaleTest::product);
    for (String size : List.of("B", "N", "K", "d")) {
      assertEquals(1, slope(report, size), 1e-12);
    }
    assertTrue(report.met());
  }

  @Test
  void oneSizeThatIsNotFailsTheRun() {
    Benchmarks.Report report = report(work -> product(work) * Math.pow(work.dim(), 0.06));
    assertEquals(1.06, slope(report, "d"), 1e-12);
    assertEquals(1, slope(report, "B"), 1e-12);
    assertFalse(report.met());
  }

  /** A size that is disturbed in one pass of three keeps its place on the line. */
  @Test
  void aDisturbedTakeDoesNotBendTheLine() {
    Map<ScoreWork, Integer> takes = new HashMap<>();
    Benchmarks.Report report =
        report(work -> product(work) * (takes.merge(work, 1, Integer::sum) == 2 ? 1 : 3));
    assertEquals(1, slope(report, "B"), 1e-12);
    takes.replaceAll((_, count) -> 0);
    report =
        report(
            work ->
                product(work)
                    * (takes.merge(work, 1, Integer::sum) == 2 && work.rows() > 500 ? 1 : 3));
    assertFalse(report.met());
  }

  @Test
  void eachSizeSpansThreeDecades() {
    for (String size : List.of("B", "N", "K", "d")) {
      var values =
          report(ScaleTest::product).rows().stream()
              .filter(row -> row.get("size").equals(size))
              .mapToDouble(row -> (double) row.get("value"))
              .summaryStatistics();
      assertTrue(values.getMax() >= 1000 * values.getMin(), size + ": " + values);
    }
  }

  @Test
  void everyRowHasTheFieldsThatScriptsRead() {
    Set<String> fields =
        Set.of("size", "work", "backend", "threads", "value", "ns", "slope", "met");
    report(ScaleTest::product).rows().forEach(row -> assertEquals(fields, row.keySet()));
  }
}
