package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.Png;
import dev.tweedie.reverse.Samplers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
  @Test
  void everyProcessIsShownAndItsFiguresAreThoseOfThePapers(@TempDir Path folder)
      throws IOException {
    Path pictures = folder.resolve("new/pictures");
    Run run = Run.of("demo", "--out", pictures.toString()).good();

    // Noise of 0.5 is a PSNR of 6 dB; the exact denoiser must bring most of it away.
    String[] half = run.fact("  0.5").split("\\s+");
    assertEquals(6.0, Double.parseDouble(half[0]), 0.2, run.out());
    assertTrue(Double.parseDouble(half[2]) > 20, run.out());
    assertTrue(Double.parseDouble(half[4]) > 20, run.out());
    assertTrue(Double.parseDouble(half[2]) > Double.parseDouble(half[4]), run.out());

    // Li et al.'s contrast: ddpm .520 and the exact kernel .000 off the modes in 5 steps; bounds as
    // wide as the acceptance checks of that experiment, since 4,000 samples spread by 0.008.
    String[] five = run.fact("  5").split("\\s+");
    assertTrue(Double.parseDouble(five[0]) > 0.4, run.out());
    assertTrue(Double.parseDouble(five[2]) < 0.005, run.out());

    for (String name : Samplers.names()) {
      run.fact("  " + name);
    }
    try (var files = Files.list(pictures)) {
      for (Path file : files.toList()) {
        assertTrue(run.out().contains(file.getFileName().toString()), file + "\n" + run.out());
        double[] pixels = Png.read(file).pixels();
        double mean = Arrays.stream(pixels).average().orElseThrow();
        assertTrue(mean > 0.01 && mean < 0.99, file + " is blank");
      }
    }
  }
}
