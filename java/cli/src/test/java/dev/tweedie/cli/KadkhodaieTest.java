package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KadkhodaieTest {
  /** Every figure with a golden number is within its tolerance, already at quick sizes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kadkhodaie-fig1",
        "kadkhodaie-fig2",
        "kadkhodaie-fig3",
        "kadkhodaie-fig10",
        "kadkhodaie-tracking"
      })
  void everyFigureIsWithinItsTolerance(String name, @TempDir Path folder) {
    check(name, folder);
  }

  /** The same of the longest. */
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(strings = {"kadkhodaie-fig11", "kadkhodaie-w2"})
  void longestFiguresAreWithinTheirTolerance(String name, @TempDir Path folder) {
    check(name, folder);
  }

  private static void check(String name, Path folder) {
    Run run = Run.of("reproduce", name, "--quick", "--out", folder.toString()).good();
    assertFalse(run.out().contains("!"), run.out());
    assertTrue(run.out().matches("(?s).*\\b(\\d+) of \\1 figures within their tolerance\\s*"));
  }
}
