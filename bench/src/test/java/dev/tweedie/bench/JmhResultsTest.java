package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.IterationResultMetaData;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ResultRole;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.SampleTimeResult;
import org.openjdk.jmh.results.ThroughputResult;
import org.openjdk.jmh.runner.IterationType;
import org.openjdk.jmh.runner.WorkloadParams;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.SampleBuffer;

/** How times are read, from results with times that are given instead of taken. */
class JmhResultsTest {
  private static final double EPSILON = 1e-9; // a few roundings of float64, relative to 1e3 at most
  private static final IterationParams SECOND =
      new IterationParams(IterationType.MEASUREMENT, 1, TimeValue.seconds(1), 1);

  /** Four threads with 1,000 calls of 1 us each in a millisecond: 4,000 calls, 250 ns for each. */
  @Test
  void callsOfEnginesSideBySideAreCountedTogether() {
    Result<?>[] threads = new Result<?>[4];
    Arrays.setAll(threads, _ -> calls(1000, 1_000_000));
    assertEquals(250, JmhResults.together(run(Mode.Throughput, fork(threads))).ns(), EPSILON);
  }

  @Test
  void aSlowEngineCountsByTheCallsItMade() {
    Result<?>[] threads = {calls(1000, 1_000_000), calls(250, 1_000_000)};
    assertEquals(800, JmhResults.together(run(Mode.Throughput, fork(threads))).ns(), EPSILON);
  }

  @Test
  void ofProcessesTheBestCountsByItsMedianIteration() {
    List<Result<?>[]> slow = List.of(rate(100), rate(200), rate(900));
    List<Result<?>[]> fast = List.of(rate(10), rate(400), rate(500));
    assertEquals(2500, JmhResults.together(run(Mode.Throughput, slow, fast)).ns(), EPSILON);
  }

  /**
   * 1 us and a thousand times that in turn; whoever mixed the turns up would find the same time for
   * both. Powers of two, which JMH's buckets of times keep as they are.
   */
  @Test
  void everyOfTwoCasesInTurnGetsItsOwnTime() {
    List<Result<?>[]> fork = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      fork.add(samples(1 << 10));
      fork.add(samples(1 << 20));
    }
    Timings.Pair pair = JmhResults.turns(run(Mode.SampleTime, fork));
    assertEquals(1 << 10, pair.one().ns(), EPSILON);
    assertEquals(1 << 20, pair.other().ns(), 1e6 * EPSILON);
  }

  /** A mean would hold what disturbs a few calls. */
  @Test
  void aDisturbedCallChangesNoMedian() {
    List<Result<?>[]> fork = List.of(samples(10, 20, 500), samples(30, 40, 700));
    Timings.Pair pair = JmhResults.turns(run(Mode.SampleTime, fork));
    assertEquals(20, pair.one().ns(), EPSILON);
    assertEquals(40, pair.other().ns(), EPSILON);
  }

  @Test
  void aTimeInMicrosecondsIsReadAsSuch() {
    SampleBuffer times = new SampleBuffer();
    times.add(2048);
    Result<?> inMicroseconds =
        new SampleTimeResult(ResultRole.PRIMARY, "call", times, TimeUnit.MICROSECONDS);
    RunResult result = run(Mode.SampleTime, fork(inMicroseconds));
    assertEquals(2048, JmhResults.single(result).ns(), 1e3 * EPSILON);
  }

  private static Result<?>[] rate(int callsInAMillisecond) {
    return new Result<?>[] {calls(callsInAMillisecond, 1_000_000)};
  }

  /** What one thread counted. */
  private static Result<?> calls(int count, long nanoseconds) {
    return new ThroughputResult(
        ResultRole.PRIMARY, "call", count, nanoseconds, TimeUnit.NANOSECONDS);
  }

  private static Result<?>[] samples(long... nanoseconds) {
    SampleBuffer times = new SampleBuffer();
    for (long time : nanoseconds) {
      times.add(time);
    }
    return new Result<?>[] {
      new SampleTimeResult(ResultRole.PRIMARY, "call", times, TimeUnit.NANOSECONDS)
    };
  }

  /** A process of one iteration. */
  private static List<Result<?>[]> fork(Result<?>... threads) {
    return List.<Result<?>[]>of(threads);
  }

  /** What JMH makes of its processes' iterations, each with one result a thread. */
  @SafeVarargs
  private static RunResult run(Mode mode, List<Result<?>[]>... forks) {
    BenchmarkParams params =
        new BenchmarkParams(
            "call",
            "call",
            false,
            1,
            new int[] {1},
            List.of(),
            forks.length,
            0,
            SECOND,
            SECOND,
            mode,
            new WorkloadParams(),
            TimeUnit.NANOSECONDS,
            1,
            "java",
            List.of(),
            "25",
            "",
            "",
            "",
            TimeValue.minutes(1));
    List<BenchmarkResult> found = new ArrayList<>();
    for (List<Result<?>[]> fork : forks) {
      List<IterationResult> iterations = new ArrayList<>();
      for (Result<?>[] threads : fork) {
        IterationResult iteration =
            new IterationResult(params, SECOND, new IterationResultMetaData(0, 0));
        iteration.addResults(List.of(threads));
        iterations.add(iteration);
      }
      found.add(new BenchmarkResult(params, iterations));
    }
    return new RunResult(params, found);
  }
}
