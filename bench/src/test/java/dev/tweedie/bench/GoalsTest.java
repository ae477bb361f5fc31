package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.bench.CommandTime.Found;
import dev.tweedie.cli.Benchmarks;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** What is met and what is not, by times that are given instead of taken. */
class GoalsTest {
  private static final String OURS = "cpu:avx512";
  private static final String BASELINE = "random:10000x64x128@snrs";
  private static final Case END = Case.of("evaluate", BASELINE, OURS, 2);

  /** Times of a machine on which everything is met; NaN for what is absent. */
  private static double good(Case what) {
    double ns = .5 * what.cost().elements() / what.threads();
    if (what.backend().equals("roof")) {
      return what.op().equals("fma") ? 1e9 : ns;
    }
    if (what.work().endsWith("@1/0.2")) {
      ns /= 2;
    } else if (what.work().endsWith("@dense")) {
      ns *= what.work().startsWith("clustered") ? 25 : 5;
    }
    return what.numerics().isEmpty() ? 100 * ns : ns;
  }

  private static Benchmarks.Report report(ToDoubleFunction<Case> times, double endRatio) {
    Timings given =
        new Timings(false, new PrintWriter(Writer.nullWriter())) {
          @Override
          Timing run(Case what, boolean heap) {
            double ns = times.applyAsDouble(what);
            return new Timing(ns, 100, Double.isNaN(ns) ? "not here" : null);
          }

          @Override
          double skipped(Case what) {
            return what.work().startsWith("mnist") ? .75 : Double.NaN;
          }

          @Override
          Timing manyEngines(Case what, int engines) {
            return new Timing(.9 * run(what, false).ns() / engines, 100, null);
          }

          @Override
          Pair inTurn(Case one, Case other) {
            return new Pair(run(one, false), run(other, false));
          }
        };
    return new Goals(given, OURS, _ -> new Found(END, endRatio, 1, endRatio))
        .report(List.of(), Map.of());
  }

  private static Map<String, Object> baselineBesideTorch(Benchmarks.Report report) {
    return report.rows().stream()
        .filter(row -> row.get("workload").toString().contains(BASELINE))
        .filter(row -> row.get("peer").toString().startsWith("libtorch"))
        .filter(row -> row.get("threads").equals(1))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aMachineOnWhichEveryFigureIsReachedMeetsAll() {
    Benchmarks.Report report = report(GoalsTest::good, 1);
    for (Map<String, Object> row : report.rows()) {
      assertTrue(row.get("met") == null || row.get("met").equals(true), row.toString());
    }
    assertTrue(report.met());
  }

  @Test
  void aRatioIsThePeersTimeOverOursAndOneThatFallsShortFailsTheRun() {
    Case ours = Case.of("evaluate", BASELINE, OURS, 1);
    for (double times : new double[] {2.9, 3.1}) {
      Case torch = ours.by("libtorch");
      Benchmarks.Report report =
          report(what -> what.equals(torch) ? times * good(ours) : good(what), 1);
      Map<String, Object> row = baselineBesideTorch(report);
      assertEquals(times, (double) row.get("ratio"), 1e-9); // float64 of a product and a quotient
      assertEquals(3.0, row.get("required"));
      assertEquals(times > 3, row.get("met"));
      assertEquals(times > 3, report.met());
    }
  }

  /**
   * What two cores can do is no goal; by it one sees whether the machine or the engine fell short.
   */
  @Test
  void twoThreadsAreShownBesideTwoEngines() {
    List<Map<String, Object>> rows =
        report(GoalsTest::good, 1).rows().stream()
            .filter(row -> row.get("peer").equals("2 engines of 1 thread"))
            .toList();
    assertEquals(7, rows.size());
    for (Map<String, Object> row : rows) {
      assertEquals(.9, (double) row.get("ratio"), 1e-9); // float64 of a product and two quotients
      assertNull(row.get("met"));
    }
  }

  @Test
  void whatCouldNotBeTimedIsNotMet() {
    Benchmarks.Report report =
        report(what -> what.backend().equals("libtorch") ? Double.NaN : good(what), 1);
    Map<String, Object> row = baselineBesideTorch(report);
    assertEquals(false, row.get("met"));
    assertTrue(Double.isNaN((double) row.get("ratio")));
    assertEquals("libtorch: not here", row.get("peer"));
    assertFalse(report.met());
  }

  @Test
  void theCommandLineThatTakesTooLongFailsTheRun() {
    assertFalse(report(GoalsTest::good, .79).met());
  }

  @Test
  void aFigureWithoutARequirementIsNeitherMetNorMissed() {
    Benchmarks.Report report = report(GoalsTest::good, 1);
    for (Map<String, Object> row : report.rows()) {
      if (row.get("workload").toString().startsWith("(g)")) {
        assertNull(row.get("met"));
      }
    }
  }

  @Test
  void everyRowHasTheFieldsThatScriptsRead() {
    Set<String> fields =
        Set.of(
            "workload",
            "backend",
            "numerics",
            "threads",
            "ns",
            "gflops",
            "gbps",
            "roofShare",
            "skipped",
            "forks",
            "peerForks",
            "peer",
            "ratio",
            "required",
            "met");
    for (Map<String, Object> row : report(GoalsTest::good, 1).rows()) {
      assertEquals(fields, row.keySet());
    }
  }

  /** So that what drifts, drifts for both. */
  @Test
  void aCaseAndItsPeerAreTimedInTurnAndKeepTheirBest() {
    Case ours = Case.of("gemm", "64x64x64", OURS, 1);
    Case peer = ours.by("oneMKL");
    double[] takes = {5, 8, 4, 9, 6, 7};
    List<Case> order = new ArrayList<>();
    Timings given =
        new Timings(false, new PrintWriter(Writer.nullWriter())) {
          @Override
          Timing run(Case what, boolean heap) {
            order.add(what);
            return new Timing(takes[order.size() - 1], 0, null);
          }
        };
    Timings.Pair pair = given.pair(ours, peer);
    assertEquals(List.of(ours, peer, ours, peer, ours, peer), order);
    assertEquals(4, pair.one().ns());
    assertEquals(7, pair.other().ns());
  }

  /** Three takes, of which one is quick: the roof is the highest that was seen. */
  @Test
  void aDisturbedTakeOfARoofDoesNotLowerIt() {
    double[] takes = {3, 1, 2};
    int[] taken = {0};
    Timings given =
        new Timings(false, new PrintWriter(Writer.nullWriter())) {
          @Override
          Timing run(Case what, boolean heap) {
            return new Timing(takes[taken[0]++], 0, null);
          }
        };
    assertEquals(1, given.ns(Case.roof("fma", 1024, 1)));
    assertEquals(3, taken[0]);
  }
}
