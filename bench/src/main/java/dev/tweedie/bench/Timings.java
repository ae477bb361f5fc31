package dev.tweedie.bench;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Times cases with JMH. One run: every ratio is between numbers that were taken here, its two sides
 * in turn, since a machine's clock and its other tenants drift. Two cases of ours take turns within
 * a process; a peer, whose threads and memory should not meet ours, has processes of its own.
 */
class Timings {
  private static final int ROOF_TAKES = 3;

  private static final int PAIR_TAKES = 3;

  private final Map<Case, Timing> timings = new HashMap<>();
  private final boolean quick;
  private final PrintWriter progress;
  private final Jmh jmh;

  /**
   * Of one case.
   *
   * @param ns median of a call; NaN where there is none
   * @param allocated bytes of Java heap a call, where that was asked for
   * @param reason why there is no time, or null
   * @param forks nanoseconds a call of every iteration, in the order taken, by process
   * @param error of a peer, the largest of its responsibilities; NaN where none is known
   */
  record Timing(double ns, double allocated, String reason, List<double[]> forks, double error) {
    /** Whose error is not known. */
    Timing(double ns, double allocated, String reason, List<double[]> forks) {
      this(ns, allocated, reason, forks, Double.NaN);
    }

    /** The same with an error. */
    Timing erring(double by) {
      return new Timing(ns, allocated, reason, forks, by);
    }

    /** Without its iterations. */
    Timing(double ns, double allocated, String reason) {
      this(ns, allocated, reason, List.of());
    }

    /** Of iterations alone: the median of the processes' medians. */
    static Timing of(List<double[]> forks, double allocated) {
      double[] medians = forks.stream().mapToDouble(Timings::median).toArray();
      return new Timing(median(medians), allocated, null, forks);
    }

    /** Of both, unless one is absent. */
    private Timing and(Timing more) {
      return absent()
          ? this
          : more.absent() ? more : of(joined(forks, more.forks), allocated).erring(error);
    }

    private static List<double[]> joined(List<double[]> some, List<double[]> more) {
      return Stream.concat(some.stream(), more.stream()).toList();
    }

    /** The better one, with the iterations of both. */
    private static Timing better(Timing one, Timing other) {
      Timing best = other.ns < one.ns ? other : one;
      return new Timing(best.ns, best.allocated, best.reason, joined(one.forks, other.forks))
          .erring(best.error);
    }

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
  Timings(boolean quick, PrintWriter progress) {
    this.quick = quick;
    this.progress = progress;
    this.jmh = new Jmh(quick);
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

  /**
   * Of ours, medians of iterations in turn. Beside a peer one, other, one, other, ..., of which
   * each keeps its best.
   */
  Pair pair(Case one, Case other) {
    if (one.isOurs() && other.isOurs()) {
      long start = System.nanoTime();
      Pair pair = inTurn(one, other);
      show(start, one.title(), pair.one());
      show(start, other.title(), pair.other());
      return pair;
    }
    Timing ofOne = again(one);
    Timing ofOther = again(other);
    for (int take = 1; take < PAIR_TAKES && !quick; take++) {
      ofOne = Timing.better(ofOne, again(one));
      ofOther = Timing.better(ofOther, again(other));
    }
    return new Pair(ofOne, ofOther);
  }

  /** Of its pairs, what a filter leaves out; NaN where none was asked. */
  double skipped(Case what) {
    return Skipped.share(what);
  }

  /** A case of one thread by so many engines at once: time of a call, all of them counted. */
  Timing sideBySide(Case what, int engines) {
    long start = System.nanoTime();
    Timing timing = manyEngines(what, engines);
    show(start, what.title() + ", " + engines + " engines at once", timing);
    return timing;
  }

  /**
   * Cases in so many processes each, one round after the other: what drifts while all are timed is
   * then among the differences between a case's processes, and no surprise of the next run.
   *
   * @return as many timings
   */
  List<Timing> inRounds(List<Case> cases, int rounds) {
    for (int round = 0; round < rounds; round++) {
      boolean first = round == 0;
      for (Case what : cases) {
        Timing before = first ? null : timings.get(what);
        if (first || !before.absent()) {
          Timing timing = measure(what, false);
          timings.put(what, first ? timing : before.and(timing));
        }
      }
    }
    return cases.stream().map(timings::get).toList();
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** With bytes of heap; timed anew, because counting them may cost time. */
  Timing allocations(Case what) {
    return measure(what, true);
  }

  private Timing measure(Case what, boolean heap) {
    long start = System.nanoTime();
    Timing timing = takes(what, heap);
    show(start, what.title(), timing);
    return timing;
  }

  private void show(long start, String title, Timing timing) {
    progress.printf(
        Locale.ROOT,
        "%5.1f s  %s: %s%n",
        (System.nanoTime() - start) * 1e-9,
        title,
        timing.absent() ? timing.reason() : Figures.time(timing.ns()));
    progress.flush();
  }

  /** A roof is the best of its takes: what disturbs one would raise every share of it. */
  private Timing takes(Case what, boolean heap) {
    Timing best = run(what, heap);
    for (int take = 1; take < ROOF_TAKES && what.backend().equals("roof") && !quick; take++) {
      best = Timing.better(best, run(what, heap));
    }
    return best;
  }

  /** One run of JMH; tests put known times in its place, as for the two below. */
  Timing run(Case what, boolean heap) {
    return PythonPeer.is(what) ? PythonPeer.time(what, quick) : jmh.time(what, heap);
  }

  Timing manyEngines(Case what, int engines) {
    return jmh.sideBySide(what, engines, quick ? 1 : PAIR_TAKES);
  }

  Pair inTurn(Case one, Case other) {
    return jmh.inTurn(one, other, quick ? 1 : PAIR_TAKES);
  }
}
