package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.blind.AnalyticEstimate;
import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.ExactBlindDenoiser;
import dev.tweedie.blind.GridEstimator;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.blind.ResidualEstimate;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedules;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SampleTest {
  @TempDir Path folder;

  static Stream<String> samplers() {
    return Samplers.names().stream();
  }

  /** The file's bytes. */
  private byte[] sample(String... more) throws IOException {
    Path out = folder.resolve("out.npy");
    List<String> all = new ArrayList<>(List.of(more));
    all.addAll(0, List.of("sample", "--prior", "builtin:three-gaussians", "--out", out.toString()));
    if (all.stream().noneMatch(word -> word.startsWith("blind"))) {
      all.addAll(List.of("--schedule", "vp-cosine:8"));
    }
    Run.of(all).good();
    return Files.readAllBytes(out);
  }

  private double[] values() throws IOException {
    return Npy.read(folder.resolve("out.npy"), Arena.ofAuto()).toDoubles();
  }

  @Test
  void theRowsAreTheEngines() throws IOException {
    Run run =
        Run.of(
                "sample",
                "--prior",
                "builtin:grid49",
                "--count",
                "7",
                "--sampler",
                "ancestral",
                "--schedule",
                "vp-linear",
                "--steps",
                "5",
                "--seed",
                "42",
                "--backend",
                "reference",
                "--out",
                folder.resolve("out.npy").toString())
            .good();
    assertEquals("7 x 2", run.fact("rows"));
    assertEquals("ancestral, 5 steps of vp-linear", run.fact("sampler"));
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("grid49"));
      Samples expected =
          new Chain(posterior, Schedules.vpLinear(1000, 1e-4, 0.02).respace(5), 42, 7)
              .startMean(posterior.prior().mean())
              .sample(Samplers.parse("ancestral"), 0, 7);
      assertArrayEquals(expected.toDoubles(), values());
    }
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void batchesAndThreadsDoNotChangeABitOfTheFile(String sampler) throws IOException {
    byte[] whole = sample("--count", "37", "--sampler", sampler, "--threads", "1");
    for (String batch : new String[] {"1", "5", "36"}) {
      assertArrayEquals(
          whole,
          sample("--count", "37", "--sampler", sampler, "--threads", "3", "--batch", batch),
          batch);
    }
  }

  @Test
  void aLongerRunBeginsWithTheSameRows() throws IOException {
    sample("--count", "5");
    double[] few = values();
    sample("--count", "50");
    assertArrayEquals(few, Arrays.copyOf(values(), few.length));
  }

  @Test
  void theSeedDecidesTheFile() throws IOException {
    byte[] one = sample("--count", "5", "--seed", "1");
    assertArrayEquals(one, sample("--count", "5", "--seed", "1"));
    assertFalse(Arrays.equals(one, sample("--count", "5", "--seed", "2")));
  }

  @Test
  void fromGivenRowsADeterministicSamplerNeedsNoSeed() throws IOException {
    double[] rows = {0.5, -1, 2, 0, 0.1, -0.3};
    Path start = folder.resolve("start.npy");
    Npy.write(start, NdArray.of(rows, 2, 3));
    String given = start.toString();
    byte[] one = sample("--start", given, "--sampler", "heun");
    assertArrayEquals(one, sample("--start", given, "--sampler", "heun", "--count", "2"));
    sample("--start", given, "--sampler", "heun", "--backend", "reference");
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("three-gaussians"));
      Samples expected =
          new Chain(posterior, Schedules.vpCosine(8), 0, 2)
              .run(Samplers.parse("heun"), engine.samples(rows, 2), 0);
      assertArrayEquals(expected.toDoubles(), values());
    }
    assertArrayEquals(
        rows, Npy.read(start, Arena.ofAuto()).toDoubles(), "the start file was written to");
  }

  /** Each form of step and each estimate, against the engine's own chain. */
  @ParameterizedTest
  @CsvSource({
    "blind:exponential:0.2:0.25, residual, EXPONENTIAL",
    "blind:euler:0.2:0.25, residual, EULER",
    "blind:0.2:0.25, grid, EXPONENTIAL"
  })
  void blindIsTheEnginesBlindChain(String sampler, String estimate, BlindStep.Form form)
      throws IOException {
    double[] rows = {0.5, -1, 2, 0, 0.1, -0.3};
    Path start = folder.resolve("start.npy");
    Npy.write(start, NdArray.of(rows, 2, 3));
    sample(
        "--start",
        start.toString(),
        "--sampler",
        sampler,
        "--level-estimate",
        estimate,
        "--blind-levels",
        "2:0.1",
        "--level-prior",
        "power:1:0.05:4:21",
        "--seed",
        "0",
        "--backend",
        "reference");
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("three-gaussians"));
      LevelPrior levels = LevelPrior.powerLaw(1, 0.05, 4, 21);
      BlindEstimate estimator =
          estimate.equals("grid")
              ? new AnalyticEstimate(posterior, new GridEstimator(posterior, 0.05, 4, 21))
              : new ResidualEstimate(new ExactBlindDenoiser(posterior, levels));
      Samples expected =
          new BlindChain(estimator, new BlindStep(form, 0.25, 0.2), 2, 0.1, 0, 2)
              .run(engine.samples(rows, 2), 0)
              .denoised();
      assertArrayEquals(expected.toDoubles(), values());
    }
  }
}
