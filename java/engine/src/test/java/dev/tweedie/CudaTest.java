package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.backend.cuda.CudaBackend;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.Checks;
import dev.tweedie.check.Recall;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Prior;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the CUDA backend does beside ops: recorded chains, priors larger than the device, memory
 * that runs out. Runs on a GPU, or on the kernels built for the processor ({@code
 * -Dtweedie.native=DIR}), which the build does.
 */
class CudaTest {
  private static final long MEGABYTE = 1 << 20;

  @BeforeEach
  void find() {
    Matrix.open("cuda:0", 1).close();
  }

  static Stream<String> ops() {
    return Checks.ops().stream();
  }

  /** Whose errors are judged by {@code MatrixTest}. */
  @ParameterizedTest
  @MethodSource("ops")
  void everyOpHasTheBitsOfTheHost(String op) {
    try (Engine device = Engine.open("cuda:0");
        Engine host = Engine.open(Matrix.host(), 1)) {
      for (CheckCase check : Checks.cases(op)) {
        Optional<String> difference =
            Checks.difference(check, device.backend(), host.backend(), new Recall());
        assertEquals(Optional.empty(), difference, check::toString);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ddpm", "ddim", "euler", "heun", "dpm2", "dpmpp-2m", "ancestral", "mixture"})
  void recordedChainsHaveTheBitsOfTheHost(String name) {
    Prior prior = Builtin.parse("three-gaussians");
    Sampler sampler = Samplers.parse(name);
    try (Engine device = Engine.open("cuda:0");
        Engine host = Engine.open(Matrix.host(), 1)) {
      Chain there = new Chain(ExactPosterior.of(device, prior), Schedules.vpCosine(6), 7, 5);
      Chain here = new Chain(ExactPosterior.of(host, prior), Schedules.vpCosine(6), 7, 5);
      long row = 0;
      for (int rows : new int[] {5, 5, 5, 2, 2}) {
        assertArrayEquals(
            here.sample(sampler, row, rows).toFloats(),
            there.sample(sampler, row, rows).toFloats());
        row += rows;
      }
    }
  }

  /** Three shards and a rest, in two slots that hold one each. */
  @Test
  void aPriorThatDoesNotFitStreamsWithTheSameBits() {
    Prior prior = points(8064 * 3 + 100, 64);
    float[] rows = new float[40 * 64];
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
    }
    try (Engine small = Engine.on(CudaBackend.open(0, 12 * MEGABYTE), 1);
        Engine large = Engine.open("cuda:0");
        Engine host = Engine.open(Matrix.host(), 1)) {
      float[][] expected = evaluated(host, prior, rows);
      assertArrayEquals(expected, evaluated(large, prior, rows));
      assertArrayEquals(expected, evaluated(small, prior, rows));
    }
  }

  /** Rows near points that lie far apart: few components have weight; in recorded chains too. */
  @Test
  void aPriorIsPrunedWithTheSameBits() {
    int dim = 40;
    SplittableRandom random = new SplittableRandom(7);
    float[] points = new float[500 * dim];
    float[] rows = new float[70 * dim];
    for (int i = 0; i < points.length; i++) {
      points[i] = (float) (10 * random.nextGaussian());
    }
    for (int i = 0; i < rows.length; i++) {
      rows[i] = points[i] + (float) (2 * random.nextGaussian());
    }
    Prior prior = DataSet.of(points, dim);
    EngineOptions options = EngineOptions.of().backend("cuda:0").threads(1).announced(false);
    try (Engine pruning = Engine.open(options.pruning(Pruning.ON));
        Engine automatic = Engine.open(options);
        Engine host = Engine.open(Matrix.host(), 1)) {
      float[][] expected = evaluated(host, prior, rows);
      assertArrayEquals(expected, evaluated(pruning, prior, rows));
      assertTrue(pruning.pairs().share() > 0.5, pruning.pairs().toString());
      assertArrayEquals(expected, evaluated(automatic, prior, rows));
      assertEquals(PairCount.NONE, automatic.pairs());
      Chain there = new Chain(ExactPosterior.of(pruning, prior), Schedules.vpCosine(3), 7, 5);
      Chain here = new Chain(ExactPosterior.of(host, prior), Schedules.vpCosine(3), 7, 5);
      for (int batch = 0; batch < 3; batch++) { // the last one is replayed
        long asked = pruning.pairs().all();
        assertArrayEquals(
            here.sample(Samplers.parse("ddim"), 5 * batch, 5).toFloats(),
            there.sample(Samplers.parse("ddim"), 5 * batch, 5).toFloats());
        assertTrue(pruning.pairs().all() > asked, "nothing was asked");
      }
    }
  }

  private static float[][] evaluated(Engine engine, Prior prior, float[] rows) {
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    int count = rows.length / prior.dim();
    Samples x = engine.samples(rows, count);
    Samples evidence = engine.samples(count, 1);
    Samples mean = engine.samples(count, prior.dim());
    Samples trace = engine.samples(count, 1);
    Samples drawn = engine.samples(count, prior.dim());
    Level level = Level.ofSigma(2);
    posterior.evaluate(x, level, Outputs.of().evidence(evidence).mean(mean).trace(trace));
    posterior.draw(x, level, Level.ofSigma(1), NoiseAddress.of(9, 1, 2), drawn);
    return new float[][] {evidence.toFloats(), mean.toFloats(), trace.toFloats(), drawn.toFloats()};
  }

  @Test
  void pointsThatAreReadInPlaceAreCopiedToTheDevice() {
    try (Arena arena = Arena.ofConfined();
        Engine device = Engine.open("cuda:0");
        Engine host = Engine.open(Matrix.host(), 1)) {
      MemorySegment memory = arena.allocate(300L * Float.BYTES, 64);
      for (int i = 0; i < 300; i++) {
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, i * 37 % 19 / 10f - 1);
      }
      DataSet points = new DataSet(memory, Precision.FLOAT32, 100, 3).inPlace();
      float[] rows = {.1f, .2f, .3f, -1, 0, 1};
      assertArrayEquals(evaluated(host, points, rows), evaluated(device, points, rows));
    }
  }

  static Prior points(int count, int dim) {
    SplittableRandom random = new SplittableRandom(1);
    double[] points = new double[count * dim];
    for (int i = 0; i < points.length; i++) {
      points[i] = (float) random.nextGaussian();
    }
    return DataSet.of(points, dim);
  }

  @Test
  void memoryThatRunsOutIsOneExceptionAndTheEngineGoesOn() {
    try (Engine engine = Engine.on(CudaBackend.open(0, 4 * MEGABYTE), 1)) {
      Samples kept = engine.samples(new float[] {1, 2}, 1);
      var refused =
          assertThrows(OutOfNativeMemoryException.class, () -> engine.samples(1 << 20, 16));
      assertTrue(refused.getMessage().startsWith("cuda:0: no room for"), refused.getMessage());
      assertArrayEquals(new float[] {1, 2}, kept.toFloats());
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("two-points"));
      assertEquals(
          0, posterior.score(engine.samples(new float[] {0}, 1), Level.ofSigma(1)).get(0, 0));
    }
  }

  /** More levels than find room: the oldest tables give way, and what is computed stays right. */
  @Test
  void tablesOfLevelsGiveWayWhereMemoryRunsOut() {
    Prior prior = points(10_000, 2);
    try (Engine small = Engine.on(CudaBackend.open(0, 2 * MEGABYTE), 1);
        Engine host = Engine.open(Matrix.host(), 1)) {
      ExactPosterior there = ExactPosterior.of(small, prior);
      ExactPosterior here = ExactPosterior.of(host, prior);
      Samples x = small.samples(new float[] {.1f, .2f}, 1);
      Samples same = host.samples(x.toFloats(), 1);
      Samples found = small.samples(1, 2);
      Samples expected = host.samples(1, 2);
      for (int i = 1; i < 100; i++) {
        there.denoise(x, Level.ofSigma(i / 8.0), found);
        here.denoise(same, Level.ofSigma(i / 8.0), expected);
        assertArrayEquals(expected.toFloats(), found.toFloats());
      }
    }
  }

  /** What the emulation has counted so far. */
  @SuppressWarnings("restricted")
  private static MethodHandle counter(String name, Arena arena) {
    Path library = Path.of(System.getProperty("tweedie.native", ""), "libtweedie_cuda.so");
    assumeTrue(Files.exists(library), "only the emulation counts");
    var counter = SymbolLookup.libraryLookup(library, arena).find(name);
    assumeTrue(counter.isPresent(), "only the emulation counts");
    return Linker.nativeLinker()
        .downcallHandle(counter.get(), FunctionDescriptor.of(ValueLayout.JAVA_LONG));
  }

  /**
   * A step is an evaluation and a move; the device is always ahead. Whoever reads the result waits,
   * and brings two marks of each evaluation along: a flag a row would be most of what is computed.
   */
  @Test
  void aChainWaitsForNothingUntilItIsRead() throws Throwable {
    int steps = 20;
    try (Arena arena = Arena.ofConfined();
        Engine engine = Engine.open("cuda:0");
        ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("three-gaussians"))) {
      MethodHandle waits = counter("emulated_waits", arena);
      MethodHandle bytes = counter("emulated_downloaded", arena);
      Samples x = engine.samples(new float[1000 * posterior.dim()], 1000);
      Samples mean = engine.samples(1000, posterior.dim());
      for (int round = 0; round < 2; round++) { // tables of levels are uploaded in the first
        long waited = (long) waits.invokeExact();
        long brought = (long) bytes.invokeExact();
        for (int i = 0; i < steps; i++) {
          posterior.denoise(x, Level.ofSigma(1 + i), mean);
          var noise = NoiseAddress.of(1, 0, i);
          engine
              .backend()
              .step(
                  new Coefficients(.5, .25 + i, 0, 1),
                  StepTerms.of(x, x).denoised(mean).noise(noise));
        }
        if (round == 1) {
          assertEquals(0, (long) waits.invokeExact() - waited);
        }
        x.toFloats();
        long marks = (long) bytes.invokeExact() - brought - 4L * x.rows() * x.dim();
        assertEquals(2L * steps * Long.BYTES, marks);
      }
    }
  }

  /** More evaluations than there is room for marks: the host reads those of long ago. */
  @Test
  void marksOfManyOpsAreReadInTheirOrder() {
    try (Engine engine = Engine.open("cuda:0");
        ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("two-points"))) {
      Samples good = engine.samples(new float[] {1, 2, 3}, 3);
      Samples bad = engine.samples(new float[] {1, Float.NaN, 3}, 3);
      Samples mean = engine.samples(3, 1);
      posterior.denoise(good, Level.ofSigma(1), mean);
      posterior.denoise(bad, Level.ofSigma(1), mean);
      var refused =
          assertThrows(
              InvalidInputException.class,
              () -> {
                for (int i = 0; i < 3000; i++) {
                  posterior.denoise(good, Level.ofSigma(1), mean);
                }
              });
      assertTrue(refused.getMessage().startsWith("x: found NaN"), refused.getMessage());
      assertTrue(refused.getMessage().contains("row 1,"), refused.getMessage());
      posterior.denoise(good, Level.ofSigma(1), mean);
      assertEquals(3, mean.toFloats().length); // told once
    }
  }

  @Test
  void nonFiniteRowsAreRefusedWithTheirNumber() {
    try (Engine engine = Engine.open("cuda:0")) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("three-gaussians"));
      float[] rows = new float[4 * posterior.dim()];
      rows[2 * posterior.dim()] = Float.POSITIVE_INFINITY;
      Samples x = engine.samples(rows, 4);
      Samples score = posterior.score(x, Level.ofSigma(1)); // the device is asked, nobody waits
      var refused = assertThrows(InvalidInputException.class, score::toFloats);
      assertTrue(refused.getMessage().contains("row 2"), refused.getMessage());
      for (float number : score.toFloats()) {
        assertTrue(Float.isNaN(number), "nothing looks like a result");
      }
    }
  }

  /** Results that another thread reads: it is told, unless the one that asked for them was. */
  @Test
  void whoReadsWhatWasRefusedIsTold() throws InterruptedException {
    try (Engine engine = Engine.open("cuda:0");
        ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("two-points"))) {
      Samples good = engine.samples(new float[] {1}, 1);
      Samples bad = engine.samples(new float[] {Float.NaN}, 1);
      Samples[] means = new Samples[2];
      Thread other =
          Thread.ofPlatform()
              .start(
                  () -> {
                    means[0] = posterior.denoise(good, Level.ofSigma(1));
                    means[1] = posterior.denoise(bad, Level.ofSigma(1));
                  });
      other.join();
      assertEquals(1, means[0].toFloats().length); // its rows are right: nobody is told here
      assertThrows(InvalidInputException.class, means[1]::toFloats);
      assertTrue(Float.isNaN(means[1].toFloats()[0]));
    }
  }

  @Test
  void whatNobodyReadIsRefusedAtTheEnd() {
    Engine engine = Engine.open("cuda:0");
    ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("two-points"));
    posterior.denoise(engine.samples(new float[] {Float.NaN}, 1), Level.ofSigma(1));
    var refused = assertThrows(InvalidInputException.class, engine::close);
    assertTrue(refused.getMessage().contains("row 0"), refused.getMessage());
    engine.close();
  }
}
