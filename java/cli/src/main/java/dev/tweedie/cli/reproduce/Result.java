package dev.tweedie.cli.reproduce;

import dev.tweedie.plot.Plot;
import java.util.List;
import java.util.stream.Stream;

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

  /** Another's tables, plots and notes after these. */
  public Result and(Result next) {
    return new Result(both(tables, next.tables), both(plots, next.plots), both(notes, next.notes));
  }

  private static <T> List<T> both(List<T> first, List<T> next) {
    return Stream.concat(first.stream(), next.stream()).toList();
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
