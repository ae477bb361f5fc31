package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.MixtureFile;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.MixtureParameters;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Figures of the reproduced tables beside the same ones computed by numpy and scipy: {@code
 * reproduce/oracle.py} made {@code oracle.csv}, and says how.
 */
class ReproduceOracleTest {
  /** One line of the oracle's file. */
  private record Figure(
      String experiment, String keys, String quantity, double value, double allowed, String why) {
    static Figure of(String line) {
      String[] cells = line.split(",");
      return new Figure(
          cells[0],
          cells[2].replace(';', ','),
          cells[3],
          Double.parseDouble(cells[4]),
          Double.parseDouble(cells[5]),
          cells[6]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fesl-bias", "fesl-gmm", "li-kl", "kadkhodaie-fig1"})
  void figuresAreThoseOfAnotherProgram(String experiment, @TempDir Path folder) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("reproduce", experiment, "--quick", "--out", folder.resolve("out").toString()));
    if (experiment.equals("fesl-gmm")) {
      command.addAll(List.of("--mixture", mixture(folder).toString()));
    }
    Run.of(command.toArray(String[]::new)).good();
    List<List<String>> tables = tables(folder.resolve("out"), experiment);
    int compared = 0;
    for (Figure figure : figures(experiment)) {
      assertEquals(figure.value(), find(tables, figure), figure.allowed(), figure.toString());
      compared++;
    }
    assertTrue(compared >= 3, "found " + compared + " figures");
  }

  /** The mixture that the oracle's part on fesl-gmm is about. */
  private static Path mixture(Path folder) throws IOException {
    Path file = folder.resolve("mixture.npz");
    new MixtureFile(
            MixtureParameters.of(
                new GaussianMixture(
                    new double[] {.2, .8},
                    new double[] {2, -.5},
                    1,
                    new Covariance.Isotropic(new double[] {.09, .04}))))
        .write(file);
    return file;
  }

  private static List<Figure> figures(String experiment) throws IOException {
    try (InputStream in = ReproduceOracleTest.class.getResourceAsStream("reproduce/oracle.csv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(Figure::of)
          .filter(figure -> figure.experiment().equals(experiment))
          .toList();
    }
  }

  private static List<List<String>> tables(Path folder, String experiment) throws IOException {
    List<List<String>> tables = new ArrayList<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".csv")).toList()) {
        tables.add(Files.readAllLines(file));
      }
    }
    return tables;
  }

  /** The number in the row that begins with the keys, in the column of that name. */
  private static double find(List<List<String>> tables, Figure figure) {
    List<String> keys = List.of(figure.keys().split("\\|"));
    for (List<String> table : tables) {
      int column = cells(table.getFirst()).indexOf(figure.quantity());
      for (String line : table.subList(1, table.size())) {
        List<String> cells = cells(line);
        if (column >= 0 && cells.size() > column && cells.subList(0, keys.size()).equals(keys)) {
          return Double.parseDouble(cells.get(column));
        }
      }
    }
    throw new AssertionError("no such row or column: " + figure);
  }

  /** Cells of a line of CSV; only the first may be quoted. */
  private static List<String> cells(String line) {
    if (!line.startsWith("\"")) {
      return Arrays.asList(line.split(",", -1));
    }
    int end = line.indexOf('"', 1);
    List<String> cells = new ArrayList<>(List.of(line.substring(1, end)));
    cells.addAll(Arrays.asList(line.substring(end + 2).split(",", -1)));
    return cells;
  }
}
