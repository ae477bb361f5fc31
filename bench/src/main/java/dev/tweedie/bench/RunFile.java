package dev.tweedie.bench;

import dev.tweedie.InvalidInputException;
import dev.tweedie.cli.Benchmarks.Recorded;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A file of {@code bench --json} that is read again: every field that is asked for is checked. */
final class RunFile {
  /** By these a machine is another one; others, such as the kernel, may change on one machine. */
  private static final List<String> MACHINE =
      List.of("processor", "architecture", "cores", "caches", "virtualised", "governor");

  private final String name;
  private final Map<String, Object> file;
  private final List<Entry> entries = new ArrayList<>();

  /** What a row is of. */
  record Key(String op, String size, String backend, String numerics, int threads) {
    /** The backend, with its mode where that is not the usual one. */
    String column() {
      return numerics.isEmpty() || numerics.equals("exact") ? backend : backend + " " + numerics;
    }
  }

  /**
   * A row.
   *
   * @param forks iterations by process; none where it is absent
   * @param row the same as the file has it
   */
  record Entry(Key key, List<double[]> forks, String absent, Map<String, Object> row) {
    /** Nanoseconds: the median of the processes' medians; NaN where it is absent. */
    double median() {
      return forks.isEmpty()
          ? Double.NaN
          : Timings.median(forks.stream().mapToDouble(Timings::median).toArray());
    }
  }

  private RunFile(String name, Map<String, Object> file) {
    this.name = name;
    this.file = file;
  }

  /**
   * Of a run of the ops.
   *
   * @throws InvalidInputException where it is none, with the field
   */
  static RunFile of(Recorded recorded) {
    RunFile run = new RunFile(recorded.name(), map(recorded.name(), recorded.json()));
    run.demand("format", (double) RunRecord.FORMAT);
    run.demand("table", "ops");
    run.text("version");
    run.quick();
    map(run.name + ": machine", run.file.get("machine"));
    int i = 0;
    for (Object row : list(run.name + ": rows", run.file.get("rows"))) {
      String at = run.name + ": rows[" + i++ + "]";
      run.entries.add(entry(at, map(at, row)));
    }
    return run;
  }

  private void demand(String field, Object allowed) {
    if (!allowed.equals(file.get(field))) {
      throw bad(name + ": " + field, file.get(field), "what bench --json writes: " + allowed);
    }
  }

  private static Entry entry(String at, Map<String, Object> row) {
    Key key =
        new Key(
            text(at, row, "op"),
            text(at, row, "size"),
            text(at, row, "backend"),
            text(at, row, "numerics"),
            row.get("threads") instanceof Double count ? count.intValue() : 1); // 1: a device's
    String absent = row.get("absent") instanceof String reason ? reason : null;
    List<double[]> forks = new ArrayList<>();
    for (Object fork : list(at + ".forks", row.get("forks"))) {
      forks.add(times(at + ".forks[" + forks.size() + "]", fork));
    }
    if (absent == null && forks.isEmpty()) {
      throw bad(at + ".forks", "nothing", "iterations, or why they are absent");
    }
    return new Entry(key, forks, absent, row);
  }

  private static double[] times(String at, Object fork) {
    List<?> values = list(at, fork);
    if (values.isEmpty()) {
      throw bad(at, "nothing", "one iteration or more");
    }
    double[] times = new double[values.size()];
    for (int i = 0; i < times.length; i++) {
      if (!(values.get(i) instanceof Double time && time > 0)) {
        throw bad(at + "[" + i + "]", values.get(i), "nanoseconds, more than 0");
      }
      times[i] = time;
    }
    return times;
  }

  String name() {
    return name;
  }

  List<Entry> entries() {
    return entries;
  }

  /** As {@link #entries}, by what they are of. */
  Map<Key, Entry> byKey() {
    Map<Key, Entry> map = new LinkedHashMap<>();
    entries.forEach(entry -> map.put(entry.key(), entry));
    return map;
  }

  boolean quick() {
    if (file.get("quick") instanceof Boolean quick) {
      return quick;
    }
    throw bad(name + ": quick", file.get("quick"), "true or false");
  }

  /** Version, and commit where the file has one. */
  String build() {
    return text("version") + (file.get("commit") instanceof String at ? " at " + at : "");
  }

  /** As {@link #build}, of the commit as much as git shows. */
  String shortBuild() {
    return build().replaceFirst("([0-9a-f]{12})[0-9a-f]+", "$1");
  }

  String text(String field) {
    return text(name, file, field);
  }

  Map<String, Object> machine() {
    return map(name + ": machine", file.get("machine"));
  }

  /** Rows of the roofs. */
  List<Map<String, Object>> roofs() {
    return list(name + ": roofs", file.get("roofs")).stream()
        .map(roof -> map(name + ": roofs", roof))
        .toList();
  }

  /** Null where times are of the processor. */
  Object device() {
    return file.get("device");
  }

  /** Facts by which the machines differ, each with both values. */
  List<String> otherMachine(RunFile other) {
    List<String> differences = new ArrayList<>();
    for (String fact : MACHINE) {
      difference(differences, fact, machine().get(fact), other.machine().get(fact));
    }
    difference(differences, "memory", gib(), other.gib());
    difference(differences, "device", device(), other.device());
    return differences;
  }

  /** Of what else a time depends on. */
  List<String> otherSystem(RunFile other) {
    List<String> differences = new ArrayList<>();
    for (String fact : List.of("kernel", "java", "vectors", "fast")) {
      difference(differences, fact, machine().get(fact), other.machine().get(fact));
    }
    return differences;
  }

  private static void difference(List<String> to, String fact, Object one, Object other) {
    if (!Objects.equals(one, other)) {
      to.add("%s: %s, %s".formatted(fact, one, other));
    }
  }

  /** Kernels differ in some MB that they keep for themselves. */
  private Object gib() {
    return machine().get("memoryBytes") instanceof Double bytes
        ? Math.round(bytes / (1L << 30)) + " GiB"
        : null;
  }

  /** NaN where there is none. */
  static double number(Map<String, Object> row, String field) {
    return row.get(field) instanceof Double number ? number : Double.NaN;
  }

  private static String text(String at, Map<String, Object> map, String field) {
    if (map.get(field) instanceof String text) {
      return text;
    }
    throw bad(at + ": " + field, map.get(field), "text");
  }

  @SuppressWarnings("unchecked") // of JSON, whose names are text
  private static Map<String, Object> map(String at, Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw bad(at, value, "an object");
  }

  private static List<?> list(String at, Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw bad(at, value, "an array");
  }

  private static InvalidInputException bad(String at, Object found, String allowed) {
    String text = String.valueOf(found);
    return new InvalidInputException(
        "%s: found %s, allowed: %s"
            .formatted(at, text.length() > 60 ? text.substring(0, 60) + "..." : text, allowed));
  }
}
