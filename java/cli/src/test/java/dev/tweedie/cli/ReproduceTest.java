package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.cli.reproduce.Experiment;
import dev.tweedie.cli.reproduce.Experiments;
import dev.tweedie.io.Png;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproduceTest {
  @Test
  void withoutANameEveryExperimentIsListedOnce() {
    Run run = Run.of("reproduce").good();
    List<String> names = Experiments.list().stream().map(Experiment::name).toList();
    assertEquals(names.stream().distinct().toList(), names);
    for (Experiment experiment : Experiments.list()) {
      String line = run.fact("  " + experiment.name());
      assertTrue(line.contains(experiment.item()) && line.endsWith(experiment.summary()), line);
    }
  }

  @Test
  void anUnknownNameIsOneLineWithTheValidOnesAndNothingIsWritten(@TempDir Path folder) {
    Path out = folder.resolve("out");
    Run.of("reproduce", "li-gird", "--out", out.toString()).refused("li-gird", "li-grid", "all");
    assertFalse(Files.exists(out));
  }

  @Test
  void quickAndFullExcludeEachOther() {
    Run.of("reproduce", "li-grid", "--quick", "--full").refused("--quick", "--full");
  }

  @Test
  void aFolderThatIsAFileIsRefused(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    Run run = Run.of("reproduce", "li-grid", "--quick", "--out", file.toString());
    assertTrue(run.err().contains("--out") && run.err().contains("directory"), run.err());
    assertEquals(ExitStatus.BAD_INPUT, run.status());
  }

  @Test
  void anExperimentWritesItsTableItsPlotAndAPageThatNeedsNoOtherFile(@TempDir Path folder)
      throws IOException {
    Path page = folder.resolve("report.html");
    Path out = folder.resolve("new/figures");
    String[] command = {
      "reproduce", "li-grid", "--quick", "--out", out.toString(), "--report", page.toString()
    };
    Run run = Run.of(command).good();
    assertFalse(run.out().contains("!"), run.out()); // no figure outside its tolerance
    assertTrue(run.out().matches("(?s).*\\b(\\d+) of \\1 figures within their tolerance\\s*"));

    List<String> csv = Files.readAllLines(out.resolve("li-grid.csv"));
    assertEquals(
        "steps,kernel,off,off golden,off difference,TV,TV golden,TV difference", csv.getFirst());
    String[] row = csv.get(1).split(",", -1);
    assertEquals(8, row.length);
    assertEquals(
        Double.parseDouble(row[2]) - Double.parseDouble(row[3]), Double.parseDouble(row[4]));

    double[] pixels = Png.read(out.resolve("li-grid.png")).pixels();
    double ink = 1 - Arrays.stream(pixels).average().orElseThrow();
    assertTrue(ink > 0.01 && ink < 0.5, "ink " + ink);
    assertTrue(Files.readString(out.resolve("li-grid.svg")).contains("<svg"));

    String html = Files.readString(page);
    assertTrue(html.contains("data:image/svg+xml;base64,"));
    assertFalse(html.matches("(?s).*(src|href)=\"(?!data:).*"), "a link to another file");
    for (String cell : List.of("exact mixture", "TV golden", "0.527")) {
      assertTrue(html.contains(cell), cell);
    }
  }
}
