package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --memory-limit} of the commands that work with one engine. */
class MemoryLimitTest {
  @TempDir private Path folder;

  @Test
  void infoShowsIt() {
    assertTrue(Run.of("info").good().fact("memory").startsWith("no limit;"));
    String memory = Run.of("info", "--memory-limit", "0.5").good().fact("memory");
    assertTrue(memory.startsWith("at most 512 MiB;"), memory);
  }

  /** 8 MB of samples in 1 MiB. */
  @Test
  void moreIsRefusedWithWhatHoldsHowMuch() {
    Path out = folder.resolve("out.npy");
    String[] sample = {
      "sample",
      "--prior",
      "builtin:two-points",
      "--count",
      "2000000",
      "--schedule",
      "vp-cosine:2",
      "--sampler",
      "ddim",
      "--seed",
      "1",
      "--out",
      out.toString(),
      "--memory-limit",
      "0.001"
    };
    Run run = Run.of(sample).refused("memory: found too little", "of 1,073,741 (samples");
    assertEquals(1, run.err().strip().lines().count(), run.err());
    assertFalse(Files.exists(out));
    sample[4] = "20";
    Run.of(sample).good();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "NaN", "much", "1e300"})
  void whatIsNoAmountIsRefused(String limit) {
    Run.of("info", "--memory-limit", limit)
        .refused("--memory-limit: found '" + limit + "', allowed: a number of GiB");
  }

  /**
   * It opens an engine for each tier. So does bench, which needs benchmarks first: none are here.
   */
  @Test
  void whereItHasNoEffectItIsRefused() {
    Run.of("check", "--memory-limit", "1").refused("--memory-limit", "one engine");
  }
}
