package dev.tweedie.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/**
 * Times cases with JMH, each take in a process of its own. One run: every ratio is between numbers
 * that were taken here, its two sides in turn, since a machine's clock and its other tenants drift.
 */
class Measurements {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private static final int ROOF_TAKES = 3;

  private static final int PAIR_TAKES = 3;

  /** From this many flops on, one call is an iteration, and three are enough. */
  private static final double LONG_WORK = 1e11;

  private final Map<Case, Timing> timings = new HashMap<>();
  private final boolean quick;
  private final PrintWriter progress;
  private final Path log;

  /**
   * Of one case.
   *
   * @param ns median of a call; NaN where there is none
   * @param allocated bytes of Java heap a call, where that was asked for
   * @param reason why there is no time, or null
   */
  record Timing(double ns, double allocated, String reason) {
    boolean absent() {
      return reason != null;
    }
  }

  /** Two cases, timed in turn. */
  record Pair(Timing one, Timing other) {}

  /**
   * @param quick short runs, for a look
   * @param progress gets a line a case
   */
  Measurements(boolean quick, PrintWriter progress) {
    this.quick = quick;
    this.progress = progress;
    try {
      log = Files.createTempFile("tweedie-bench", ".log");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    log.toFile().deleteOnExit();
  }

  boolean quick() {
    return quick;
  }

  double ns(Case what) {
    return time(what).ns();
  }

  Timing time(Case what) {
    return timings.computeIfAbsent(what, one -> measure(one, false));
  }

  /** Timed anew, whatever was found before. */
  Timing again(Case what) {
    return measure(what, false);
  }

  /** One, other, one, other, ..., of which each keeps its best. */
  Pair pair(Case one, Case other) {
    Timing ofOne = again(one);
    Timing ofOther = again(other);
    for (int take = 1; take < PAIR_TAKES && !quick; take++) {
      ofOne = better(ofOne, again(one));
      ofOther = better(ofOther, again(other));
    }
    return new Pair(ofOne, ofOther);
  }

  private static Timing better(Timing one, Timing other) {
    return other.ns() < one.ns() ? other : one;
  }

  /** With bytes of heap; timed anew, because counting them may cost time. */
  Timing allocations(Case what) {
    return measure(what, true);
  }

  private Timing measure(Case what, boolean heap) {
    long start = System.nanoTime();
    Timing timing = takes(what, heap);
    double seconds = (System.nanoTime() - start) * 1e-9;
    progress.printf(
        Locale.ROOT,
        "%5.1f s  %s: %s%n",
        seconds,
        what.title(),
        timing.absent() ? timing.reason() : Figures.time(timing.ns()));
    progress.flush();
    return timing;
  }

  /** A roof is the best of its takes: what disturbs one would raise every share of it. */
  private Timing takes(Case what, boolean heap) {
    Timing best = run(what, heap);
    for (int take = 1; take < ROOF_TAKES && what.backend().equals("roof") && !quick; take++) {
      best = better(best, run(what, heap));
    }
    return best;
  }

  /** One run of JMH; tests put known times in its place. */
  Timing run(Case what, boolean heap) {
    if (Measurements.class.getResource("/" + what.suite().replace('.', '/') + ".class") == null) {
      return absent("not built (the peers are a profile of their own)");
    }
    try {
      Files.writeString(log, "");
      Collection<RunResult> results = new Runner(options(what, heap).build()).run();
      if (results.isEmpty()) {
        return absent(reason(null));
      }
      RunResult result = results.iterator().next();
      Statistics times = result.getPrimaryResult().getStatistics();
      return new Timing(times.getPercentile(50) * nanoseconds(result), allocated(result), null);
    } catch (RunnerException e) {
      return absent(reason(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Timing absent(String reason) {
    return new Timing(Double.NaN, Double.NaN, reason);
  }

  private ChainedOptionsBuilder options(Case what, boolean heap) {
    boolean longWork = what.cost().flops() >= LONG_WORK;
    // What JMH itself allocates in an iteration must be little for each of its calls.
    TimeValue iteration = TimeValue.milliseconds(quick ? 100 : heap ? 2000 : longWork ? 1000 : 400);
    // Java needs its compiler's second stage before it shows what it can do.
    boolean compiled = what.backend().startsWith("java") || what.backend().equals("roof");
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(Pattern.quote(what.suite() + "." + what.op()) + "$")
            .param("work", what.work())
            .param("threads", Integer.toString(what.threads()))
            .forks(1)
            .warmupIterations(compiled ? 4 : quick || longWork ? 1 : 2)
            .warmupTime(compiled ? TimeValue.milliseconds(400) : iteration)
            .measurementIterations(quick || longWork ? 3 : 5)
            .measurementTime(iteration)
            .timeout(TimeValue.minutes(4))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.NORMAL)
            .output(log.toString());
    if (!what.numerics().isEmpty()) {
      options.param("backend", what.backend()).param("numerics", what.numerics());
    }
    return heap ? options.addProfiler(GCProfiler.class) : options;
  }

  private static double nanoseconds(RunResult result) {
    String unit = result.getPrimaryResult().getScoreUnit().replaceFirst("/op", "");
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

  /**
   * What a failed benchmark says of itself: the innermost exception of its stack trace.
   *
   * @param otherwise what JMH says, such as that another run goes on; may be null
   */
  private String reason(String otherwise) {
    List<String> lines;
    try {
      lines = Files.readAllLines(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String found = otherwise == null ? "the benchmark failed" : otherwise.lines().findFirst().get();
    for (String line : lines) {
      if (line.matches("(Caused by: )?[a-z]+(\\.[A-Za-z$]+)+(Exception|Error)(: .*)?")) {
        found = line.replaceFirst("^(Caused by: )?[a-z]+(\\.[A-Za-z$]+)+: ", "");
      }
    }
    return found;
  }
}
