package dev.tweedie.bench;

import dev.tweedie.InvalidInputException;
import dev.tweedie.cli.Benchmarks.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Two runs of the ops, an earlier and a later one: what moved beyond the noise. */
final class RunComparison {
  /** Of all cases together. */
  private static final double CHANCE = 0.05;

  static final String SLOWER = "SLOWER";
  private static final String FASTER = "faster";

  private static final List<String> HEADER =
      List.of("op", "size", "backend", "threads", "before", "after", "ratio", "95 %", "moved");

  private final RunFile before;
  private final RunFile after;
  private final List<Row> rows = new ArrayList<>();

  /** A case of both runs; without an interval where a run has too few processes of it. */
  private record Row(RunFile.Key key, double before, double after, Interval interval) {}

  private RunComparison(RunFile before, RunFile after) {
    this.before = before;
    this.after = after;
  }

  /**
   * The report of both.
   *
   * @throws InvalidInputException where they cannot be compared
   */
  static Report of(RunFile before, RunFile after, boolean otherMachine) {
    refuseOthers(before, after, otherMachine);
    return new RunComparison(before, after).report();
  }

  /**
   * Where runs are of two kinds or machines.
   *
   * @throws InvalidInputException that says what differs
   */
  static void refuseOthers(RunFile before, RunFile after, boolean otherMachine) {
    if (before.quick() != after.quick()) {
      throw new InvalidInputException(
          "%s: found a run with --quick beside one without, allowed: two alike"
              .formatted(before.quick() ? before.name() : after.name()));
    }
    List<String> differences = before.otherMachine(after);
    if (!differences.isEmpty() && !otherMachine) {
      throw new InvalidInputException(
          "%s and %s: found other machines (%s), allowed: one machine, or --other-machine"
              .formatted(before.name(), after.name(), String.join("; ", differences)));
    }
    if (differences.isEmpty() && otherMachine) {
      throw new InvalidInputException(
          "--other-machine: found one machine in both files, allowed: without");
    }
  }

  private Report report() {
    List<String> lines = new ArrayList<>();
    lines.add("before: " + before.name() + ", " + before.build());
    lines.add("after:  " + after.name() + ", " + after.build());
    before.otherMachine(after).forEach(line -> lines.add("other machine: " + line));
    before.otherSystem(after).forEach(line -> lines.add("other " + line));
    lines.addAll(roofs());
    List<String> lost = match(lines);
    double[] p =
        rows.stream()
            .filter(row -> row.interval != null)
            .mapToDouble(row -> row.interval.p())
            .toArray();
    if (p.length == 0) {
      throw new InvalidInputException(
          ("%s and %s: found no case with %d processes or more in both, allowed: runs with --forks"
                  + " %d or more")
              .formatted(before.name(), after.name(), Interval.LEAST, Interval.LEAST));
    }
    double[] corrected = Interval.holm(p);
    List<List<String>> table = new ArrayList<>();
    int judged = 0;
    int slower = 0;
    int faster = 0;
    for (Row row : rows) {
      String moved = row.interval == null ? "?" : moved(row.interval, corrected[judged++]);
      slower += moved.equals(SLOWER) ? 1 : 0;
      faster += moved.equals(FASTER) ? 1 : 0;
      table.add(cells(row, moved));
    }
    lines.addAll(lost);
    lines.add(
        "of %d cases %d slower, %d faster beyond the noise; %d without enough processes"
            .formatted(rows.size(), slower, faster, rows.size() - judged));
    return new Report(
        lines, HEADER, table, Map.of(), List.of(), null, slower == 0 && lost.isEmpty());
  }

  /**
   * Fills the rows.
   *
   * @param lines gets what is in one file only
   * @return a line for each case that no longer works
   */
  private List<String> match(List<String> lines) {
    Map<RunFile.Key, RunFile.Entry> unmatched = new LinkedHashMap<>(after.byKey());
    List<String> lost = new ArrayList<>();
    int gone = 0;
    for (RunFile.Entry old : before.byKey().values()) {
      RunFile.Entry found = unmatched.remove(old.key());
      if (found == null) {
        gone++;
      } else if (old.absent() == null && found.absent() != null) {
        lost.add(
            "LOST: %s %s, %s: %s"
                .formatted(old.key().op(), old.key().size(), old.key().column(), found.absent()));
      } else if (old.absent() == null) {
        rows.add(row(old, found));
      }
    }
    if (gone > 0) {
      lines.add("only in %s: %d cases".formatted(before.name(), gone));
    }
    if (!unmatched.isEmpty()) {
      lines.add("only in %s: %d cases".formatted(after.name(), unmatched.size()));
    }
    return lost;
  }

  private static Row row(RunFile.Entry old, RunFile.Entry found) {
    boolean enough = Math.min(old.forks().size(), found.forks().size()) >= Interval.LEAST;
    return new Row(
        old.key(),
        old.median(),
        found.median(),
        enough ? Interval.welch(old.forks(), found.forks()) : null);
  }

  private static List<String> cells(Row row, String moved) {
    Interval interval = row.interval;
    double ratio = interval == null ? row.after / row.before : interval.ratio();
    return Arrays.asList(
        row.key.op(),
        row.key.size(),
        row.key.column(),
        Integer.toString(row.key.threads()),
        Figures.time(row.before),
        Figures.time(row.after),
        Figures.number(ratio, 3),
        interval == null ? "-" : range(interval),
        moved);
  }

  /**
   * SLOWER, faster, or nothing.
   *
   * @param p corrected for all cases
   */
  static String moved(Interval interval, double p) {
    return p >= CHANCE ? "" : interval.ratio() > 1 ? SLOWER : FASTER;
  }

  static String range(Interval interval) {
    return String.format(Locale.ROOT, "%.3f to %.3f", interval.low(), interval.high());
  }

  /** Where the roofs moved the machine did, whatever the build. */
  private List<String> roofs() {
    Map<String, Double> old = rates(before);
    Map<String, Double> found = rates(after);
    List<String> lines = new ArrayList<>();
    old.forEach(
        (roof, rate) -> {
          double ratio = found.getOrDefault(roof, Double.NaN) / rate;
          if (Math.abs(Math.log(ratio)) > Math.log(1.05)) {
            lines.add(
                "the machine's own rate moved: %s, %s times"
                    .formatted(roof, Figures.number(ratio, 2)));
          }
        });
    return lines;
  }

  private static Map<String, Double> rates(RunFile run) {
    Map<String, Double> rates = new LinkedHashMap<>();
    for (Map<String, Object> roof : run.roofs()) {
      for (String unit : List.of("gflops", "gbps")) {
        if (roof.get(unit) instanceof Double rate && rate > 0) {
          Object size = "triad".equals(roof.get("roof")) ? " of " + roof.get("size") : "";
          Object threads = roof.get("threads") instanceof Double n ? n.intValue() : 1;
          rates.put("%s%s, threads %s".formatted(roof.get("roof"), size, threads), rate);
        }
      }
    }
    return rates;
  }
}
