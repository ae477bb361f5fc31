package dev.tweedie.cli;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A table of text: first column to the left, the others to the right. */
final class Table {
  private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+(\\.\\d+)?([eE][+-]?\\d+)?");

  private final List<List<String>> rows = new ArrayList<>();

  Table(String... header) {
    row(header);
  }

  Table row(String... cells) {
    rows.add(Stream.of(cells).map(Printable::line).toList());
    return this;
  }

  void print(PrintWriter out) {
    print(out, 1);
  }

  /** The header, and the rows with numbers where cells are numbers. */
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("header", rows.getFirst());
    json.put(
        "rows", rows.stream().skip(1).map(row -> row.stream().map(Table::cell).toList()).toList());
    return json;
  }

  private static Object cell(String text) {
    return NUMBER.matcher(text).matches() ? new BigDecimal(text) : text;
  }

  /** For columns of text: all to the left. */
  void printLeft(PrintWriter out) {
    print(out, rows.getFirst().size());
  }

  private void print(PrintWriter out, int left) {
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String space = " ".repeat(width(i) - row.get(i).length());
        line.append("  ").append(i < left ? row.get(i) + space : space + row.get(i));
      }
      out.println(line.toString().stripTrailing());
    }
    out.flush();
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
