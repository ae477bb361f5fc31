package dev.tweedie.cli.reproduce;

import dev.tweedie.io.OutputFile;
import dev.tweedie.plot.Charts;
import dev.tweedie.plot.Plot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The files of an experiment: its tables as CSV (RFC 4180), its plots as PNG and SVG. */
public final class ExperimentFiles {
  private ExperimentFiles() {}

  /**
   * Writes {@code NAME.csv}, {@code NAME.png} and {@code NAME.svg}; from the second table or plot
   * on, {@code NAME-2.csv} and so on.
   *
   * @param folder exists
   * @return the names of the files
   */
  public static List<String> write(String name, Result result, Path folder) throws IOException {
    List<String> files = new ArrayList<>();
    for (int i = 0; i < result.tables().size(); i++) {
      String file = numbered(name, i) + ".csv";
      byte[] text = csv(result.tables().get(i)).getBytes(StandardCharsets.UTF_8);
      OutputFile.write(folder.resolve(file), out -> out.write(text));
      files.add(file);
    }
    for (int i = 0; i < result.plots().size(); i++) {
      Plot plot = result.plots().get(i);
      String file = numbered(name, i);
      OutputFile.write(folder.resolve(file + ".png"), out -> Charts.png(plot, out));
      OutputFile.write(folder.resolve(file + ".svg"), out -> Charts.svg(plot, out));
      files.add(file + ".png");
      files.add(file + ".svg");
    }
    return files;
  }

  /** Writes one plot as PNG. */
  public static void writePng(Plot plot, Path file) throws IOException {
    OutputFile.write(file, out -> Charts.png(plot, out));
  }

  private static String numbered(String name, int index) {
    return index == 0 ? name : name + "-" + (index + 1);
  }

  private static String csv(ResultTable table) {
    StringBuilder text = new StringBuilder(line(table.header()));
    table.exactRows().forEach(row -> text.append(line(row)));
    return text.toString();
  }

  private static String line(List<String> cells) {
    return cells.stream().map(ExperimentFiles::cell).collect(Collectors.joining(",", "", "\r\n"));
  }

  private static String cell(String text) {
    return text.matches("[^\",\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
