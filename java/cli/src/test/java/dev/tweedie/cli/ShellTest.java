package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a shell and man make of the program's own pages. */
class ShellTest {
  @TempDir private Path folder;

  private static boolean has(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
  }

  private String run(String... command) throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .directory(folder.toFile())
            .start();
    int status = process.waitFor();
    String said = Files.readString(out);
    assertEquals(0, status, said);
    return said;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tweedie den                                    | denoise",
        "tweedie denoise --lev                          | --level --level-prior --level-estimate",
        "tweedie denoise --method ''                    | mean truncated blind",
        "tweedie sample --sampler dpm                   | dpm2 dpmpp-2m",
        "tweedie sample --prior builtin:g               | builtin:glyphs builtin:grid49",
        "tweedie evaluate --what log                    | logp",
      })
  void bashCompletesCommandsOptionsAndValues(String line, String expected) throws Exception {
    assumeTrue(has("bash"), "no bash here");
    Path script = folder.resolve("completion");
    Files.writeString(script, Run.of("--completion").good().out());
    String words = line.strip();
    String ask =
        "compopt() { :; }; source "
            + script
            + "; COMP_WORDS=("
            + words
            + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
            + " COMP_LINE='"
            + words.replace("'", "")
            + "'; COMP_POINT=${#COMP_LINE};"
            + " _complete_tweedie; echo \"${COMPREPLY[@]}\"";
    List<String> found = List.of(run("bash", "-c", ask).strip().split("\\s+"));
    assertEquals(
        Stream.of(expected.strip().split(" ")).sorted().toList(), found.stream().sorted().toList());
  }

  @Test
  void theManualPageHasEveryCommandAndOptionAndNoMacroIsUnknown() throws Exception {
    String page = Run.of("--man").good().out();
    Path file = folder.resolve("tweedie.1");
    Files.writeString(file, page);
    for (String option : List.of("\\-\\-level=L", "\\-\\-json", "\\-\\-operator=SPEC")) {
      assertTrue(page.contains("\n.B " + option) || page.contains(option), option);
    }
    assertTrue(page.lines().filter(line -> line.startsWith(".SS tweedie ")).count() == 10, page);
    assumeTrue(has("groff"), "no groff here");
    String read = run("groff", "-man", "-Tascii", "-ww", "-P-c", "tweedie.1");
    for (String words :
        List.of("tweedie restore", "--blind-levels=START:STOP", "EXIT STATUS", "sigma^-P")) {
      assertTrue(read.replaceAll(".\b", "").contains(words), words + "\n" + read);
    }
    assertTrue(!read.contains("warning:") && !read.contains("error:"), read);
  }
}
