package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiangTest {
  /** Every figure with a golden number is within its tolerance, already at quick sizes. */
  @ParameterizedTest
  @ValueSource(strings = {"liang-fig1", "liang-fig3to5", "liang-fig6", "liang-fig8", "liang-fig10"})
  void everyFigureIsWithinItsTolerance(String name, @TempDir Path folder) {
    check(name, folder);
  }

  /** The same of the longest. */
  @Tag("slow")
  @Test
  void longestFigureIsWithinItsTolerance(@TempDir Path folder) {
    check("liang-chain", folder);
  }

  private static void check(String name, Path folder) {
    Run run = Run.of("reproduce", name, "--quick", "--out", folder.toString()).good();
    assertFalse(run.out().contains("!"), run.out());
    assertTrue(run.out().matches("(?s).*\\b(\\d+) of \\1 figures within their tolerance\\s*"));
  }
}
