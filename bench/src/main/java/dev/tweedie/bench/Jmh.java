package dev.tweedie.bench;

import dev.tweedie.bench.Timings.Pair;
import dev.tweedie.bench.Timings.Timing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Single runs of JMH: how long they are; {@link JmhResults} reads what they found. */
final class Jmh {
  /** From this many flops on, one call is an iteration, and three are enough. */
  private static final double LONG_WORK = 1e11;

  private final boolean quick;
  private final Path log;

  Jmh(boolean quick) {
    this.quick = quick;
    try {
      log = Files.createTempFile("tweedie-bench", ".log");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    log.toFile().deleteOnExit();
  }

  /** How many iterations a case gets, and how long each is. */
  record Lengths(int warmups, long warmupMillis, int iterations, long iterationMillis) {
    /**
     * @param cases that share a process
     * @param shared whether the work takes more than one core
     * @param heap whether allocations are counted
     */
    static Lengths of(List<Case> cases, boolean shared, boolean heap, boolean quick) {
      boolean longWork = cases.stream().anyMatch(what -> what.cost().flops() >= LONG_WORK);
      // Java needs its compiler's second stage before it shows what it can do.
      boolean compiled =
          cases.stream()
              .map(Case::backend)
              .anyMatch(name -> name.startsWith("java") || name.equals("roof"));
      // While that is at work, for 5 s of calls of 12 ms, it takes a core from a case of several
      // threads.
      int warmups = shared && !quick ? 8 : compiled ? 4 : quick || longWork ? 1 : 2;
      // What JMH itself allocates in an iteration must be little for each of its calls.
      long iteration = quick ? 100 : heap ? 2000 : longWork ? 1000 : 400;
      return new Lengths(
          warmups, compiled || shared ? 400 : iteration, quick || longWork ? 3 : 5, iteration);
    }

    /** For the command line of a process. */
    List<String> words() {
      return Stream.of(warmups, warmupMillis, iterations, iterationMillis)
          .map(Object::toString)
          .toList();
    }
  }

  /** One case, in one process. */
  Timing time(Case what, boolean heap) {
    if (Jmh.class.getResource("/" + what.suite().replace('.', '/') + ".class") == null) {
      return absent("not built (the peers are a profile of their own)");
    }
    ChainedOptionsBuilder options = options(what, what.threads() > 1, heap);
    return what.isOurs()
        ? run(
            heap ? options.addProfiler(GCProfiler.class) : options, JmhResults::single, Jmh::absent)
        : peer(options);
  }

  /** With its error, which its process leaves in a file. */
  private Timing peer(ChainedOptionsBuilder options) {
    try {
      Path errors = Files.createTempFile("tweedie-bench", ".errors");
      try {
        options.jvmArgsAppend("-D" + Agreement.ERRORS + "=" + errors);
        return run(options, JmhResults::single, Jmh::absent).erring(error(errors));
      } finally {
        Files.deleteIfExists(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Two cases of ours, iteration by iteration, in as many processes. */
  Pair inTurn(Case one, Case other, int forks) {
    boolean shared = one.threads() > 1 || other.threads() > 1;
    ChainedOptionsBuilder options =
        options(TurnsBench.class.getName() + ".call", List.of(one, other), shared, false)
            .param("one", one.text())
            .param("other", other.text())
            .forks(forks);
    return run(options, JmhResults::turns, reason -> new Pair(absent(reason), absent(reason)));
  }

  /**
   * So many engines at once, each with a thread and data of its own: what the machine can do for a
   * case of as many threads, whatever they would share.
   */
  Timing sideBySide(Case what, int engines, int forks) {
    ChainedOptionsBuilder options =
        options(what, true, false)
            .mode(Mode.Throughput)
            .timeUnit(TimeUnit.NANOSECONDS)
            .threads(engines)
            .forks(forks);
    return run(options, JmhResults::together, Jmh::absent);
  }

  private ChainedOptionsBuilder options(Case what, boolean shared, boolean heap) {
    ChainedOptionsBuilder options =
        options(what.suite() + "." + what.op(), List.of(what), shared, heap)
            .param("work", what.work())
            .param("threads", Integer.toString(what.threads()));
    return what.isOurs()
        ? options.param("backend", what.backend()).param("numerics", what.numerics())
        : options;
  }

  /**
   * Iterations for each of the cases, which take turns.
   *
   * @param shared whether the work takes more than one core
   */
  private ChainedOptionsBuilder options(
      String benchmark, List<Case> cases, boolean shared, boolean heap) {
    Lengths lengths = Lengths.of(cases, shared, heap, quick);
    return new OptionsBuilder()
        .include(Pattern.quote(benchmark) + "$")
        .forks(1)
        .warmupIterations(cases.size() * lengths.warmups())
        .warmupTime(TimeValue.milliseconds(lengths.warmupMillis()))
        .measurementIterations(cases.size() * lengths.iterations())
        .measurementTime(TimeValue.milliseconds(lengths.iterationMillis()))
        .timeout(TimeValue.minutes(4))
        .shouldFailOnError(true)
        .verbosity(VerboseMode.NORMAL)
        .output(log.toString());
  }

  private <T> T run(
      ChainedOptionsBuilder options, Function<RunResult, T> read, Function<String, T> absent) {
    try {
      Files.writeString(log, "");
      Collection<RunResult> results = new Runner(options.build()).run();
      return results.isEmpty() ? absent.apply(reason(null)) : read.apply(results.iterator().next());
    } catch (RunnerException e) {
      return absent.apply(reason(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Timing absent(String reason) {
    return new Timing(Double.NaN, Double.NaN, reason);
  }

  /**
   * What a failed benchmark says of itself: the innermost exception of its stack trace.
   *
   * @param otherwise what JMH says, such as that another run goes on; may be null
   */
  private String reason(String otherwise) {
    return reason(
        log, otherwise == null ? "the benchmark failed" : otherwise.lines().findFirst().get());
  }

  /** The largest of those that {@link Agreement#showError} wrote; NaN where there is none. */
  static double error(Path errors) {
    return lines(errors).stream()
        .mapToDouble(Double::parseDouble)
        .reduce(Math::max)
        .orElse(Double.NaN);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link #reason(String)}, of such a log. */
  static String reason(Path log, String otherwise) {
    String found = otherwise;
    for (String line : lines(log)) {
      if (line.matches(
          "(Caused by: )?[a-z]+(\\.[A-Za-z$]+)+(Exception|Error|Disagreement)(: .*)?")) {
        found = line.replaceFirst("^(Caused by: )?[a-z]+(\\.[A-Za-z$]+)+: ", "");
      }
    }
    return found;
  }
}
