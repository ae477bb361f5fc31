package dev.tweedie.bench;

import dev.tweedie.bench.Timings.Pair;
import dev.tweedie.bench.Timings.Timing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** What the results of JMH say, as the nanoseconds of one call. */
final class JmhResults {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private JmhResults() {}

  /** The median iteration of one case, and what a call allocated where that was asked for. */
  static Timing single(RunResult result) {
    Result<?> primary = result.getPrimaryResult();
    List<double[]> forks =
        result.getBenchmarkResults().stream()
            .map(fork -> times(fork.getIterationResults(), Result::getScore, nanoseconds(primary)))
            .toList();
    return Timing.of(forks, allocated(result));
  }

  /** Of one process whose single calls were timed: the median call of each iteration. */
  static double[] medians(RunResult result) {
    return times(
        result.getBenchmarkResults().iterator().next().getIterationResults(),
        one -> one.getStatistics().getPercentile(50),
        nanoseconds(result.getPrimaryResult()));
  }

  /** Iterations that belong to two cases in turn, the first one's first. */
  static Pair turns(RunResult result) {
    return new Pair(bestOfTurns(result, 0), bestOfTurns(result, 1));
  }

  private static double[] times(
      Collection<IterationResult> iterations, ToDoubleFunction<Result<?>> read, double unit) {
    return iterations.stream()
        .mapToDouble(iteration -> unit * read.applyAsDouble(iteration.getPrimaryResult()))
        .toArray();
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
    double unit = nanoseconds(result.getPrimaryResult());
    List<double[]> forks = new ArrayList<>();
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      List<IterationResult> own = new ArrayList<>();
      int i = 0;
      for (IterationResult iteration : fork.getIterationResults()) {
        if (i++ % 2 == turn) {
          own.add(iteration);
        }
      }
      forks.add(times(own, one -> one.getStatistics().getPercentile(50), unit));
    }
    double best = forks.stream().mapToDouble(Timings::median).min().orElseThrow();
    return new Timing(best, Double.NaN, null, forks);
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
