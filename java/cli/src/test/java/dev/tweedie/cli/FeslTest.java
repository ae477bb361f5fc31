package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeslTest {
  /** Every figure with a golden number is within its tolerance, already at quick sizes. */
  @ParameterizedTest
  @ValueSource(strings = {"fesl-resampling", "fesl-bias"})
  void everyFigureIsWithinItsTolerance(String name, @TempDir Path folder) {
    Run run = Run.of("reproduce", name, "--quick", "--out", folder.toString()).good();
    assertFalse(run.out().contains("!"), run.out());
    assertTrue(run.out().matches("(?s).*\\b(\\d+) of \\1 figures within their tolerance\\s*"));
  }

  @Test
  void aMixtureThatIsNoneIsRefusedAndNothingIsWritten(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("mixture.npz"), "no archive");
    Path out = folder.resolve("out");
    Run.of("reproduce", "fesl-gmm", "--mixture", file.toString(), "--out", out.toString())
        .refused("mixture.npz");
    assertFalse(Files.exists(out));
  }
}
