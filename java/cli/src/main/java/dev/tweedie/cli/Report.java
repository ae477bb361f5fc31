package dev.tweedie.cli;

import dev.tweedie.Output;
import dev.tweedie.PairCount;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.metric.Distortion;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.RightDigits;
import dev.tweedie.schedule.Level;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What a command says: one fact a line, name first, so that scripts can read it, and tables; or the
 * same as one JSON object; or nothing.
 */
final class Report {
  /** How it is said. */
  enum Form {
    TEXT,
    JSON,
    QUIET
  }

  private final PrintWriter out;
  private final PrintWriter err;
  private final Form form;
  private final Map<String, Object> facts = new LinkedHashMap<>();

  Report(PrintWriter out, PrintWriter err, Form form) {
    this.out = out;
    this.err = err;
    this.form = form;
  }

  /** A fact that is text. */
  void line(String name, String format, Object... values) {
    String text = String.format(Locale.ROOT, format, values);
    value(name, text, "%s", text);
  }

  /**
   * A fact.
   *
   * @param value what JSON has
   * @param format of {@code values} for the line
   */
  void value(String name, Object value, String format, Object... values) {
    facts.put(name, value);
    text("%-10s%s".formatted(name, Printable.line(String.format(Locale.ROOT, format, values))));
  }

  /** A number, as it is in JSON. */
  void number(String name, String format, double value) {
    value(name, value, format, value);
  }

  /** One of several facts of a name, which are a list in JSON. */
  void item(String name, String text) {
    list(name).add(text);
    text("%-10s%s".formatted(name, Printable.line(text)));
  }

  /** What a user should know though the work was done; in silence on the error stream. */
  void warning(String text) {
    list("warnings").add(text);
    if (form == Form.QUIET) {
      err.println("tweedie: warning: " + Printable.line(text));
    } else {
      text("%-10s%s".formatted("warning", Printable.line(text)));
    }
  }

  /** Rows: in JSON their count and dimension. */
  void rows(Samples rows) {
    value("rows", List.of(rows.rows(), rows.dim()), "%s", rows);
  }

  /** A level that only JSON has; text says it otherwise. */
  void level(Level level) {
    fact("level", Map.of("alpha", level.alpha(), "sigma", level.sigma()));
  }

  /** How far an estimate is from the truth, and over what each figure is a mean. */
  void distortion(Distortion found, long rows) {
    value("MSE", found.mse(), "%.6g (over all numbers)", found.mse());
    psnr(found, rows);
    value("nMSE", found.nmse(), "%.6g (of the clean rows' squares)", found.nmse());
  }

  /** PSNR alone. */
  void psnr(Distortion found, long rows) {
    fact("exactRows", found.exactRows());
    value("PSNR", found.psnr(), "%.3f dB (%s)", found.psnr(), pooling(found, rows));
    value("PSNR-MSE", found.pooledPsnr(), "%.3f dB (of the MSE over all rows)", found.pooledPsnr());
  }

  private static String pooling(Distortion found, long rows) {
    return found.exactRows() == 0
        ? "mean over rows"
        : "mean over rows; %d of %d are exact and left out".formatted(found.exactRows(), rows);
  }

  /** Seconds since {@code startNanos}, of {@link System#nanoTime}. */
  void time(long startNanos) {
    number("time", "%.3f s", (System.nanoTime() - startNanos) * 1e-9);
  }

  /** How many pairs of rows and components a filter left out, where one was asked. */
  void pairs(PairCount pairs) {
    if (pairs.all() > 0) {
      fact("pairs", Map.of("all", pairs.all(), "skipped", pairs.skipped()));
      text("%-10s%s left out: no weight".formatted("pairs", pairs));
    }
  }

  /**
   * How many digits of results are right; nothing of float32, whose bounds are stated on cards.
   *
   * @param names of the outputs, as the command has them
   */
  void digits(
      ExactPosterior posterior,
      Samples rows,
      Level at,
      Set<Output> outputs,
      Function<Output, String> names) {
    if (rows.precision() != Precision.FLOAT64 || rows.rows() == 0 || outputs.isEmpty()) {
      return;
    }
    RightDigits found = RightDigits.of(posterior, rows, at, outputs);
    Map<String, Object> digits = new LinkedHashMap<>();
    List<String> parts = new ArrayList<>();
    for (Output output : Output.values()) {
      Double right = found.digits().get(output);
      if (right != null) {
        digits.put(names.apply(output), right);
        parts.add(String.format(Locale.ROOT, "%s %.1f", names.apply(output), right));
      }
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("atLeast", digits);
    json.put("rows", found.rows());
    json.put("condition", found.condition());
    json.put("component", found.component());
    value(
        "digits",
        json,
        "at least %s (the worst of %d rows; condition of the covariance %.3g, component %d)",
        String.join(", ", parts),
        found.rows(),
        found.condition(),
        found.component());
  }

  /**
   * A table; of one name there may be several.
   *
   * @param name for JSON, which has a list of tables under it
   */
  void table(String name, Table table) {
    table(name, null, table);
  }

  /**
   * As {@link #table(String, Table)}.
   *
   * @param caption that only JSON has; text says it otherwise
   */
  void table(String name, String caption, Table table) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (caption != null) {
      json.put("caption", caption);
    }
    json.putAll(table.json());
    list(name).add(json);
    if (form == Form.TEXT) {
      table.print(out);
    }
  }

  /** A table whose cells are text, all to the left. */
  void tableOfText(String name, Table table) {
    facts.put(name, table.json());
    if (form == Form.TEXT) {
      table.printLeft(out);
    }
  }

  /** An entry of a list that only JSON has; text says it otherwise. */
  void entry(String list, Object value) {
    list(list).add(value);
  }

  /** A fact that only JSON has; text says it otherwise. */
  void fact(String name, Object value) {
    facts.put(name, value);
  }

  /** A line that only text has, for people. */
  void text(String line) {
    if (form == Form.TEXT) {
      out.println(line);
      out.flush();
    }
  }

  boolean isText() {
    return form == Form.TEXT;
  }

  PrintWriter out() {
    return out;
  }

  /** To be called once, when all is said. */
  void end() {
    if (form == Form.JSON) {
      out.println(Json.of(facts));
    }
  }

  @SuppressWarnings("unchecked")
  private List<Object> list(String name) {
    return (List<Object>) facts.computeIfAbsent(name, _ -> new ArrayList<>());
  }
}
