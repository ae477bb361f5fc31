package dev.tweedie.cli.reproduce;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A table of numbers: text columns that tell a row, then one column a quantity. A quantity that is
 * compared in any row has two columns more, the expected number and the difference.
 */
public final class ResultTable {
  private final String caption;
  private final String source;
  private final List<String> keys;
  private final List<String> quantities;
  private final List<Row> rows = new ArrayList<>();

  private record Row(List<String> keys, List<Value> values) {}

  /**
   * @param caption what the numbers are, in one line
   * @param source where expected numbers are from, a word: paper, golden, theory
   * @param keys names of the text columns, at least one
   * @param quantities names of the numbers
   */
  public ResultTable(String caption, String source, List<String> keys, List<String> quantities) {
    this.caption = caption;
    this.source = source;
    this.keys = List.copyOf(keys);
    this.quantities = List.copyOf(quantities);
  }

  /** Adds a row: as many texts and numbers as there are columns. */
  public ResultTable row(List<String> keys, Value... values) {
    if (keys.size() != this.keys.size() || values.length != quantities.size()) {
      throw new IllegalArgumentException(
          "a row of %d + %d cells in a table of %d + %d"
              .formatted(keys.size(), values.length, this.keys.size(), quantities.size()));
    }
    rows.add(new Row(List.copyOf(keys), List.of(values)));
    return this;
  }

  public String caption() {
    return caption;
  }

  Stream<Value> values() {
    return rows.stream().flatMap(row -> row.values().stream());
  }

  /** Names of all columns. */
  public List<String> header() {
    List<String> header = new ArrayList<>(keys);
    for (int i = 0; i < quantities.size(); i++) {
      String name = quantities.get(i);
      header.add(name);
      if (compared(i)) {
        header.add(name + " " + source);
        header.add(name + " difference");
      }
    }
    return header;
  }

  /** Rounded for reading; a difference outside its tolerance ends with {@code !}. */
  public List<List<String>> shownRows() {
    return cells(Value::shown, Value::shownExpected, Value::shownDifference);
  }

  /** All digits; empty where there is no number. */
  List<List<String>> exactRows() {
    return cells(
        value -> exact(value.value()),
        value -> exact(value.expected()),
        value -> exact(value.difference()));
  }

  private static String exact(double number) {
    return Double.isNaN(number) ? "" : Double.toString(number);
  }

  private List<List<String>> cells(
      Function<Value, String> value,
      Function<Value, String> expected,
      Function<Value, String> difference) {
    List<List<String>> table = new ArrayList<>();
    for (Row row : rows) {
      List<String> cells = new ArrayList<>(row.keys());
      for (int i = 0; i < quantities.size(); i++) {
        Value number = row.values().get(i);
        cells.add(value.apply(number));
        if (compared(i)) {
          cells.add(expected.apply(number));
          cells.add(difference.apply(number));
        }
      }
      table.add(cells);
    }
    return table;
  }

  private boolean compared(int quantity) {
    return rows.stream().anyMatch(row -> row.values().get(quantity).compared());
  }
}
