package dev.tweedie.bench;

import dev.tweedie.Numerics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The roofline model (Williams, Waterman and Patterson 2009) of this machine, in this run: the
 * least time that a cost can take, from the rate of fma in registers and the bandwidth of a triad
 * whose arrays are about as large.
 */
final class Roofs {
  /** Elements of the triad's arrays: in the first, second, third cache, and beyond. */
  static final long[] TRIADS = {1L << 11, 1L << 15, 1L << 20, 1L << 24, 1L << 26};

  private static final double TRIAD_BYTES = 12;

  private final Timings measurements;

  Roofs(Timings measurements) {
    this.measurements = measurements;
  }

  /** Flops a nanosecond. */
  double flops(int threads) {
    Case fma = Case.roof("fma", 1024, threads);
    return threads * fma.cost().flops() / measurements.ns(fma);
  }

  /** Flops a nanosecond of oneMKL's sgemm on a large product; NaN where it is absent. */
  double sgemm(int threads) {
    Case product = largeProduct(threads);
    return product.cost().flops() / measurements.ns(product);
  }

  /** Bytes a nanosecond, of work on {@code footprint} bytes. */
  double bandwidth(double footprint, int threads) {
    long best = TRIADS[0];
    for (long elements : TRIADS) {
      if (distance(elements, footprint) < distance(best, footprint)) {
        best = elements;
      }
    }
    Case triad = Case.roof("triad", best, threads);
    return triad.cost().bytes() / measurements.ns(triad);
  }

  private static double distance(long elements, double footprint) {
    return Math.abs(Math.log(elements * TRIAD_BYTES / footprint));
  }

  /** Every roof of so many threads, for a record. */
  List<Map<String, Object>> rows(List<Integer> threads) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int count : threads) {
      Case fma = Case.roof("fma", 1024, count);
      rows.add(row(fma, "gflops", count * fma.cost().flops()));
      for (long elements : TRIADS) {
        Case triad = Case.roof("triad", elements, count);
        rows.add(row(triad, "gbps", triad.cost().bytes()));
      }
      Case product = largeProduct(count);
      rows.add(row(product, "gflops", product.cost().flops()));
    }
    rows.add(row(Case.roof("crossing", 1024, 1), "calls", 1));
    return rows;
  }

  private Map<String, Object> row(Case what, String rate, double work) {
    Timings.Timing timing = measurements.time(what);
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("roof", what.op().equals("gemm") ? "sgemm" : what.op());
    row.put("size", what.work());
    row.put("threads", what.threads());
    row.put("ns", timing.ns());
    row.put(rate, work / timing.ns());
    row.put("absent", timing.reason());
    row.put("forks", timing.forks());
    return row;
  }

  private static Case largeProduct(int threads) {
    return Case.of("gemm", "2048x2048x2048", "cpu", threads).in(Numerics.FAST);
  }

  /** One call to C that does nothing. */
  double crossing() {
    return measurements.ns(Case.roof("crossing", 1024, 1));
  }

  /** The least time over the time taken; NaN where there is none. */
  double share(Case what) {
    return share(what, measurements.ns(what));
  }

  /** As {@link #share(Case)}, of work that took {@code ns}. */
  double share(Case what, double ns) {
    if (Double.isNaN(ns)) {
      return Double.NaN;
    }
    Cost cost = what.cost();
    double least =
        Math.max(
            cost.flops() / flops(what.threads()),
            cost.bytes() / bandwidth(cost.bytes(), what.threads()));
    return least / ns;
  }
}
