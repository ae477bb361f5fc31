package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiangTest {
  /** Every figure with a golden number is within its tolerance, already at quick sizes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "liang-fig1",
        "liang-fig3to5",
        "liang-fig6",
        "liang-fig8",
        "liang-fig10",
        "liang-chain"
      })
  void everyFigureIsWithinItsTolerance(String name, @TempDir Path folder) {
    Run run = Run.of("reproduce", name, "--quick", "--out", folder.toString()).good();
    assertFalse(run.out().contains("!"), run.out());
    assertTrue(run.out().matches("(?s).*\\b(\\d+) of \\1 figures within their tolerance\\s*"));
  }
}
