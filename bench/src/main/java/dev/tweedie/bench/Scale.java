package dev.tweedie.bench;

import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.cli.Benchmarks;
import dev.tweedie.plot.Plot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * {@code tweedie bench --scale}: how the time of a posterior mean grows with each of its sizes. Its
 * cost is {@code B K (c d + 20)} flops, so the slope of log time is 1, over three decades of each
 * size that begin where what a call and a row cost beside it is small.
 */
final class Scale {
  /** How far a slope may be from 1. */
  private static final double TOLERANCE = 0.05;

  /** Passes over all sizes, of which each size keeps its best: a disturbed take bends a line. */
  private static final int PASSES = 3;

  private static final int POINTS = 6;
  private static final int FACTOR = 4;

  /**
   * One size that grows.
   *
   * @param fixed what the other sizes are, for a person
   * @param work in the syntax of {@link ScoreWork}, with %d in the place of the size
   * @param first the least size
   */
  private record Sweep(String size, String fixed, String work, int first) {
    double[] sizes() {
      double[] sizes = new double[POINTS];
      for (int i = 0; i < POINTS; i++) {
        sizes[i] = first * Math.pow(FACTOR, i);
      }
      return sizes;
    }

    String work(double size) {
      return work.formatted((int) size);
    }
  }

  private static final List<Sweep> SWEEPS =
      List.of(
          new Sweep("B", "isotropic, d = 16, K = 1,000", "isotropic:%dx16x1000", 128),
          new Sweep("N", "data set, B = 256, d = 64", "points:256x64x%d@1/4", 512),
          new Sweep("K", "isotropic, B = 1,024, d = 16", "isotropic:1024x16x%d", 256),
          new Sweep("d", "diagonal, B = 256, K = 64", "diagonal:256x%dx64", 32));

  private final Timings measurements;
  private final String backend;
  private final int threads;
  private final List<List<String>> table = new ArrayList<>();
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private final Plot plot = new Plot("Time against size", "size", "milliseconds").logX().logY();
  private boolean allLinear = true;

  Scale(Timings measurements, String backend, int threads) {
    this.measurements = measurements;
    this.backend = backend;
    this.threads = threads;
  }

  Benchmarks.Report report(List<String> machine, Map<String, Object> facts) {
    Map<Sweep, double[]> times = new LinkedHashMap<>();
    for (int pass = 0; pass < PASSES; pass++) {
      for (Sweep sweep : SWEEPS) {
        times.merge(sweep, take(sweep), Scale::best);
      }
    }
    times.forEach(this::add);
    List<String> header =
        List.of("size", "fixed", "from", "to", "time", "slope", "farthest point", "1 within 5 %");
    return new Benchmarks.Report(machine, header, table, facts, rows, plot, allLinear);
  }

  private double[] take(Sweep sweep) {
    return Arrays.stream(sweep.sizes())
        .map(size -> time(Case.of("evaluate", sweep.work(size), backend, threads)))
        .toArray();
  }

  private double time(Case what) {
    return measurements.again(what).ns() * 1e-6;
  }

  private static double[] best(double[] one, double[] other) {
    double[] best = new double[one.length];
    Arrays.setAll(best, i -> Math.min(one[i], other[i]));
    return best;
  }

  private void add(Sweep sweep, double[] times) {
    double[] sizes = sweep.sizes();
    PowerLaw law = PowerLaw.fit(sizes, times);
    boolean linear = Math.abs(law.exponent() - 1) <= TOLERANCE;
    allLinear &= linear;
    double farthest = 1;
    for (int i = 0; i < sizes.length; i++) {
      double ratio = times[i] / law.at(sizes[i]);
      farthest = Math.abs(Math.log(ratio)) > Math.abs(Math.log(farthest)) ? ratio : farthest;
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("size", sweep.size());
      row.put("work", sweep.work(sizes[i]));
      row.put("backend", backend);
      row.put("threads", threads);
      row.put("value", sizes[i]);
      row.put("ns", times[i] * 1e6);
      row.put("slope", law.exponent());
      row.put("met", linear);
      rows.add(row);
    }
    table.add(
        List.of(
            sweep.size(),
            sweep.fixed(),
            String.format(Locale.ROOT, "%,d", (int) sizes[0]),
            String.format(Locale.ROOT, "%,d", (int) sizes[POINTS - 1]),
            Figures.time(times[0] * 1e6) + " to " + Figures.time(times[POINTS - 1] * 1e6),
            Figures.number(law.exponent(), 3),
            Figures.number(farthest, 2) + " of the line",
            linear ? "yes" : "NO"));
    String name = "%s: slope %s".formatted(sweep.size(), Figures.number(law.exponent(), 3));
    plot.line(name, sizes, law.at(sizes)).beside(sweep.size() + ", " + sweep.fixed(), sizes, times);
  }
}
