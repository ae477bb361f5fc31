package dev.tweedie.cli.reproduce;

import java.util.List;

/**
 * What an experiment found.
 *
 * @param notes whole sentences: errata of the paper, what the sizes were, why something differs
 */
public record Result(List<ResultTable> tables, List<Plot> plots, List<String> notes) {
  public Result {
    tables = List.copyOf(tables);
    plots = List.copyOf(plots);
    notes = List.copyOf(notes);
  }

  /** An experiment that cannot run here, and why. */
  public static Result skipped(String reason) {
    return new Result(List.of(), List.of(), List.of("Skipped: " + reason));
  }

  /** Figures with a tolerance. */
  public long judged() {
    return tables.stream().flatMap(ResultTable::values).filter(Value::judged).count();
  }

  /** Figures with a tolerance that are farther from the expected number. */
  public long outside() {
    return tables.stream().flatMap(ResultTable::values).filter(Value::outside).count();
  }
}
