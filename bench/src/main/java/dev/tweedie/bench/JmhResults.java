package dev.tweedie.bench;

import dev.tweedie.bench.Timings.Pair;
import dev.tweedie.bench.Timings.Timing;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.ListStatistics;

/** What the results of JMH say, as the nanoseconds of one call. */
final class JmhResults {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private JmhResults() {}

  /** The median iteration of one case, and what a call allocated where that was asked for. */
  static Timing single(RunResult result) {
    Result<?> primary = result.getPrimaryResult();
    double median = primary.getStatistics().getPercentile(50);
    return new Timing(median * nanoseconds(primary), allocated(result), null);
  }

  /** Iterations that belong to two cases in turn, the first one's first. */
  static Pair turns(RunResult result) {
    return new Pair(bestOfTurns(result, 0), bestOfTurns(result, 1));
  }

  /**
   * Calls that several threads made side by side: the time in which all of them together make one.
   * Of the processes the best, by its median iteration.
   */
  static Timing together(RunResult result) {
    double best = 0; // calls of all threads in a nanosecond
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      best = Math.max(best, fork.getPrimaryResult().getStatistics().getPercentile(50));
    }
    return new Timing(1 / best, Double.NaN, null);
  }

  /** The best process, by the median of its median calls. */
  private static Timing bestOfTurns(RunResult result, int turn) {
    double best = Double.POSITIVE_INFINITY;
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      ListStatistics medians = new ListStatistics();
      int i = 0;
      for (IterationResult iteration : fork.getIterationResults()) {
        if (i++ % 2 == turn) {
          medians.addValue(iteration.getPrimaryResult().getStatistics().getPercentile(50));
        }
      }
      best = Math.min(best, medians.getPercentile(50));
    }
    return new Timing(best * nanoseconds(result.getPrimaryResult()), Double.NaN, null);
  }

  private static double nanoseconds(Result<?> result) {
    String unit = result.getScoreUnit().replaceFirst("/op", "");
    return switch (unit) {
      case "ns" -> 1;
      case "us" -> TimeUnit.MICROSECONDS.toNanos(1);
      case "ms" -> TimeUnit.MILLISECONDS.toNanos(1);
      case "s" -> TimeUnit.SECONDS.toNanos(1);
      default -> throw new IllegalStateException("unit of time " + unit);
    };
  }

  private static double allocated(RunResult result) {
    for (String name : result.getSecondaryResults().keySet()) {
      if (name.endsWith(ALLOCATED)) {
        return result.getSecondaryResults().get(name).getScore();
      }
    }
    return Double.NaN;
  }
}
