package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.Backend;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.export.CaseVectors;
import dev.tweedie.check.export.Comparison;
import dev.tweedie.check.export.SpecialValues;
import dev.tweedie.io.NdArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code check --results}: somebody's kernel beside exact mode, reference and the bounds. */
final class CheckResults {
  private static final int SHOWN = 6;

  private final ResultFiles results;
  private final ResultFiles again;
  private final boolean bits;
  private int failures;
  private int same;
  private int count;

  /**
   * @param again a second run, or null
   * @param bits whether other bits are a failure
   */
  CheckResults(ResultFiles results, ResultFiles again, boolean bits) {
    this.results = results;
    this.again = again;
    this.bits = bits;
  }

  /**
   * The cases that there is something of.
   *
   * @throws InvalidInputException where there are none
   */
  List<CheckCase> present(List<CheckCase> known) {
    List<CheckCase> present = known.stream().filter(results::has).toList();
    if (present.isEmpty()) {
      throw new InvalidInputException(
          results.option()
              + ": found none of %d cases in %s, allowed: folders named as --export names them"
                  .formatted(known.size(), results.folder()));
    }
    return present;
  }

  /**
   * Judges them; an output that no case of an op has is one that the kernel does not make.
   *
   * @return an {@link ExitStatus}
   */
  int judge(List<CheckCase> cases, Backend exact, Backend reference, Report report)
      throws IOException {
    Map<String, Set<String>> made = new LinkedHashMap<>();
    Map<String, Set<String>> left = new LinkedHashMap<>();
    for (CheckCase check : cases) {
      CaseVectors vectors = CaseVectors.of(check, exact, reference);
      Set<String> outputs = made.computeIfAbsent(check.op(), _ -> new LinkedHashSet<>());
      if (outputs.isEmpty()) {
        outputs.addAll(outputsOf(cases, check.op(), vectors));
        Set<String> rest = new LinkedHashSet<>(vectors.exact().keySet());
        rest.removeAll(outputs);
        left.put(check.op(), rest);
      }
      for (String output : outputs) {
        judge(vectors, output, report);
      }
    }
    left.forEach(
        (op, outputs) -> {
          if (!outputs.isEmpty()) {
            report.item("left out", op + ": " + String.join(", ", outputs));
          }
        });
    report.text(
        "%d outputs of %d cases: %d with the bits of exact mode, %s"
            .formatted(count, cases.size(), same, failures == 0 ? "all pass" : failures + " fail"));
    report.fact("count", count);
    report.fact("sameBits", same);
    report.fact("failures", failures);
    return failures == 0 ? ExitStatus.OK : ExitStatus.INTERNAL_FAILURE;
  }

  private Set<String> outputsOf(List<CheckCase> cases, String op, CaseVectors vectors)
      throws IOException {
    Set<String> outputs = new LinkedHashSet<>();
    for (String output : vectors.exact().keySet()) {
      for (CheckCase check : cases) {
        if (check.op().equals(op) && results.has(check, output)) {
          outputs.add(output);
          break;
        }
      }
    }
    if (outputs.isEmpty()) {
      throw new InvalidInputException(
          "%s: found no output of %s in %s, allowed: %s (.npy or in an .npz)"
              .formatted(
                  results.option(),
                  op,
                  results.folder(),
                  vectors.exact().keySet().stream()
                      .map(CheckExport::file)
                      .collect(Collectors.joining(", "))));
    }
    return outputs;
  }

  private void judge(CaseVectors vectors, String output, Report report) throws IOException {
    NdArray exact = vectors.exact().get(output);
    CheckCase check = vectors.check();
    float[] found = results.read(check, output, exact.shape());
    Comparison compared =
        Comparison.of(found, exact, vectors.reference().get(output), vectors.bound().get(output));
    long unrepeated = again == null ? 0 : unlike(found, again.read(check, output, exact.shape()));
    boolean failed = !compared.withinBound() || unrepeated > 0 || bits && !compared.sameBits();
    count++;
    same += compared.sameBits() ? 1 : 0;
    failures += failed ? 1 : 0;
    report.text(
        "%-5s %s  %s  %s"
            .formatted(
                failed ? "FAIL" : compared.sameBits() ? "same" : "ok",
                check,
                output,
                summary(compared)));
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("case", check.toString());
    object.put("output", output);
    object.put("passed", !failed);
    object.put("sameBits", compared.sameBits());
    object.put("elements", compared.count());
    object.put("differing", compared.differing());
    object.put("share", compared.share());
    object.put("shareOfExact", compared.ours());
    object.put("error", compared.error());
    object.put("unbounded", compared.unbounded());
    object.put("ulps", compared.ulps());
    if (again != null) {
      object.put("unrepeated", unrepeated);
      if (unrepeated > 0) {
        report.text("      %d elements differ between the two runs".formatted(unrepeated));
      }
    }
    SpecialValues special = SpecialValues.of(found);
    SpecialValues expected = SpecialValues.of(exact.toFloats());
    object.put("special", counts(special));
    object.put("specialOfExact", counts(expected));
    if (!compared.sameBits()) {
      report.text("      ulp        " + histogram(compared));
      report.text("      found      %s; exact mode: %s".formatted(special, expected));
      object.put("first", element("first", vectors, output, found, compared.first(), report));
      if (compared.worst() != compared.first() && compared.worst() >= 0) {
        object.put("worst", element("worst", vectors, output, found, compared.worst(), report));
      }
    }
    report.entry("results", object);
  }

  private static String summary(Comparison compared) {
    String error =
        compared.unbounded() == compared.count()
            ? "no bound, only bits"
            : String.format(
                Locale.ROOT,
                "error %.2g of its bound (exact mode %.2g)",
                compared.share(),
                compared.ours());
    return compared.sameBits()
        ? error
        : error + ", %d of %d differ".formatted(compared.differing(), compared.count());
  }

  private static String histogram(Comparison compared) {
    return compared.ulps().entrySet().stream()
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .collect(Collectors.joining("  "));
  }

  private static Map<String, Object> counts(SpecialValues values) {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("nan", values.nan());
    counts.put("infinite", values.infinite());
    counts.put("minusZero", values.minusZero());
    counts.put("subnormal", values.subnormal());
    return counts;
  }

  private static long unlike(float[] one, float[] other) {
    long unlike = 0;
    for (int i = 0; i < one.length; i++) {
      unlike += Float.floatToIntBits(one[i]) == Float.floatToIntBits(other[i]) ? 0 : 1;
    }
    return unlike;
  }

  /** One element and what went into it. */
  private static Map<String, Object> element(
      String which, CaseVectors vectors, String output, float[] found, int i, Report report) {
    NdArray exact = vectors.exact().get(output);
    int width = (int) exact.shape()[1];
    int row = i / width;
    double right = vectors.reference().get(output).getDouble(i);
    float bits = (float) exact.getDouble(i);
    report.text(
        "      %-10s [%d, %d]: found %s, exact mode %s, reference %s"
            .formatted(
                which,
                row,
                i % width,
                Float.toHexString(found[i]),
                Float.toHexString(bits),
                right));
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("row", row);
    object.put("column", i % width);
    object.put("found", Float.toHexString(found[i]));
    object.put("exact", Float.toHexString(bits));
    object.put("reference", right);
    Map<String, Object> inputs = new LinkedHashMap<>();
    vectors
        .calls()
        .getFirst()
        .inputs()
        .forEach(
            (name, input) -> {
              String text = shown(input, exact.shape()[0], row, i % width, width);
              report.text("        %-12s %s".formatted(name, text));
              inputs.put(name, text);
            });
    object.put("inputs", inputs);
    return object;
  }

  /**
   * Of an array with a row for each of the output's that row, around the element; else its start.
   */
  private static String shown(NdArray input, long rows, int row, int column, int width) {
    long columns = input.rank() == 2 ? input.shape()[1] : input.count();
    boolean byRow = input.rank() == 2 && input.shape()[0] == rows;
    long from = byRow ? row * columns : 0;
    long first = byRow && columns == width ? Math.clamp(column - SHOWN / 2, 0, columns) : 0;
    List<String> numbers = new ArrayList<>();
    for (long j = first; j < Math.min(columns, first + SHOWN); j++) {
      double value = input.getDouble(from + j);
      numbers.add(value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value));
    }
    String place = byRow ? "[%d, %d..] ".formatted(row, first) : "";
    return input + " " + place + String.join(" ", numbers) + (columns > SHOWN ? " ..." : "");
  }
}
