package dev.tweedie.bench;

import dev.tweedie.bench.Timings.Pair;
import dev.tweedie.cli.Benchmarks.Report;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@link Against} finds: ratios of this build's times to the other one's. */
final class AgainstReport {
  private static final List<String> HEADER =
      List.of("op", "size", "backend", "threads", "this", "other", "ratio", "95 %", "moved");

  /** {@link Against#time}; tests put known times in its place. */
  interface Taker {
    Pair time(Case what, int pairs);
  }

  private AgainstReport() {}

  static Report of(
      Path other,
      Taker taker,
      List<Case> cases,
      int pairs,
      Map<String, Object> facts,
      PrintWriter progress) {
    Map<Case, Pair> timed = new LinkedHashMap<>();
    List<Interval> intervals = new ArrayList<>();
    for (Case what : cases) {
      Pair pair = taker.time(what, pairs);
      timed.put(what, pair);
      if (!absent(pair)) {
        intervals.add(Interval.paired(pair.other().forks(), pair.one().forks()));
      }
      progress.printf(
          Locale.ROOT,
          "%s: %s, %s%n",
          what.title(),
          Figures.time(pair.one().ns()),
          Figures.time(pair.other().ns()));
      progress.flush();
    }
    double[] p = Interval.holm(intervals.stream().mapToDouble(Interval::p).toArray());
    List<List<String>> table = new ArrayList<>();
    List<Map<String, Object>> rows = new ArrayList<>();
    int judged = 0;
    boolean met = true;
    for (Map.Entry<Case, Pair> entry : timed.entrySet()) {
      Pair pair = entry.getValue();
      Interval interval = absent(pair) ? null : intervals.get(judged);
      String moved = absent(pair) ? reason(pair) : RunComparison.moved(interval, p[judged]);
      judged += absent(pair) ? 0 : 1;
      met &= !moved.equals(RunComparison.SLOWER) && !pair.one().absent();
      table.add(cells(entry.getKey(), pair, interval, moved));
      rows.add(row(entry.getKey(), pair, other, interval));
    }
    List<String> lines = new ArrayList<>();
    lines.add("this:  " + facts.get("version") + " at " + facts.get("commit"));
    lines.add("other: " + other + " at " + Build.commit(other));
    lines.add("ratio: times of this build over the other's, above 1 is slower");
    return new Report(lines, HEADER, table, facts, rows, null, met);
  }

  private static boolean absent(Pair pair) {
    return pair.one().absent() || pair.other().absent();
  }

  private static String reason(Pair pair) {
    return pair.one().absent() ? "this: " + pair.one().reason() : "other: " + pair.other().reason();
  }

  private static List<String> cells(Case what, Pair pair, Interval interval, String moved) {
    return List.of(
        what.op(),
        what.work(),
        what.column(),
        Integer.toString(what.threads()),
        Figures.time(pair.one().ns()),
        Figures.time(pair.other().ns()),
        interval == null ? "-" : Figures.number(interval.ratio(), 3),
        interval == null ? "-" : RunComparison.range(interval),
        moved);
  }

  private static Map<String, Object> row(Case what, Pair pair, Path other, Interval interval) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("op", what.op());
    row.put("size", what.work());
    row.put("backend", what.backend());
    row.put("numerics", what.numerics());
    row.put("threads", what.threads());
    row.put("ns", pair.one().ns());
    row.put("absent", absent(pair) ? reason(pair) : null);
    row.put("forks", pair.one().forks());
    row.put("peer", other.toString());
    row.put("peerForks", pair.other().forks());
    row.put("ratio", interval == null ? null : interval.ratio());
    row.put("low", interval == null ? null : interval.low());
    row.put("high", interval == null ? null : interval.high());
    row.put("p", interval == null ? null : interval.p());
    return row;
  }
}
