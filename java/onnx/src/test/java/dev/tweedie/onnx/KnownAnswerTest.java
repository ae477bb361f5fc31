package dev.tweedie.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.reverse.Truncated;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.ScheduleSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A graph that computes a mixture's conditional mean gives, by any route, the exact denoiser. */
class KnownAnswerTest {
  private static final String SCHEDULE = "vp-cosine:50";
  private static final int ROWS = 37;

  @TempDir private Path folder;
  private Engine engine;
  private ExactPosterior exact;

  @BeforeEach
  void open() {
    engine = Engine.open("auto", 2);
    exact = ExactPosterior.of(engine, KnownAnswer.mixture());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  static Stream<Convention> conventions() {
    List<Convention> all = new ArrayList<>();
    for (Convention.Process process : Convention.Process.values()) {
      for (Convention.Told told : Convention.Told.values()) {
        for (Convention.Prediction prediction : Convention.Prediction.values()) {
          boolean edmOfVp =
              prediction == Convention.Prediction.EDM && process == Convention.Process.VP;
          if (!edmOfVp) {
            Optional<Schedule> schedule =
                told.isTime() ? Optional.of(ScheduleSpec.parse(SCHEDULE)) : Optional.empty();
            all.add(new Convention(process, told, prediction, schedule, .7));
          }
        }
      }
    }
    return all.stream();
  }

  private static String options(Convention convention) {
    return "told=%s,predicts=%s,process=%s,sigma-data=%s"
            .formatted(
                Convention.word(convention.told()),
                Convention.word(convention.prediction()),
                Convention.word(convention.process()),
                convention.sigmaData())
        + (convention.schedule().isEmpty() ? "" : ",schedule=" + SCHEDULE);
  }

  @ParameterizedTest
  @MethodSource("conventions")
  void everyConventionGivesTheExactDenoiserAtLevelsOfEveryProcess(Convention convention)
      throws Exception {
    boolean time = convention.told().isTime();
    Path file =
        KnownAnswer.graph(convention, time ? Graph.INT64 : Graph.FLOAT)
            .write(folder.resolve("model.onnx"));
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.parse(options(convention)));
    OnnxDenoiser denoiser = new OnnxDenoiser(network, 0, 0);
    for (Level level : levels(convention)) {
      Samples x = rows(level);
      Samples expected = exact.denoise(x, level);
      Samples found = denoiser.denoise(x, level);
      assertArrayEquals(
          expected.toDoubles(), found.toDoubles(), bound(convention, level), level.toString());
    }
  }

  /** Those at which the network can be right: one SNR, of any process, where it is told nothing. */
  private static Level[] levels(Convention convention) {
    if (convention.told() == Convention.Told.NOTHING) {
      return new Level[] {
        Level.ofSigma(KnownAnswer.UNTOLD),
        Level.ofSnrDb(-20 * Math.log10(KnownAnswer.UNTOLD)),
        Level.of(.5, .5 * KnownAnswer.UNTOLD)
      };
    }
    if (!convention.told().isTime()) {
      return KnownAnswer.levels();
    }
    Schedule schedule = convention.schedule().orElseThrow();
    return new Level[] {
      schedule.level(0), schedule.level(20), Level.ofSigma(1 / Math.sqrt(schedule.level(33).snr()))
    };
  }

  /**
   * Float32 rounding of the network's output, times the factor by which x_0 depends on it: |s / a|
   * for noise. The logits' own rounding, 2e-6 of their size, adds 1e-4 at the smallest sigma.
   */
  private static double bound(Convention convention, Level level) {
    Level own = convention.process().level(level);
    double s = 1 / Math.sqrt(level.snr());
    double gain = convention.prediction() == Convention.Prediction.X0 ? 1 : 1 + s;
    return 1e-4 * gain / Math.min(1, own.alpha());
  }

  private Samples rows(Level level) {
    double[] values = new double[ROWS * KnownAnswer.DIM];
    for (int i = 0; i < values.length; i++) {
      values[i] = level.alpha() * Math.sin(3.7 * i) + level.sigma() * Math.cos(1.3 * i * i);
    }
    return engine.samples(values, ROWS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBlindNetworkOfEitherPredictionGivesItsMean(boolean residual) throws Exception {
    Path file = KnownAnswer.blind(.3, residual).write(folder.resolve("blind.onnx"));
    OnnxOptions options = OnnxOptions.parse(residual ? "predicts=residual" : "");
    OnnxNetwork network = OnnxNetwork.open(engine, file, options);
    assertTrue(network.isBlind());
    Samples y = rows(Level.ofSigma(.3));
    double[] expected = exact.denoise(y, Level.ofSigma(.3)).toDoubles();
    // Rounding of one float32 evaluation, as above at sigma 0.3.
    assertArrayEquals(expected, new OnnxBlindDenoiser(network, 0, 0).denoise(y).toDoubles(), 2e-5);
    // As a denoiser of given levels it sees y = x / alpha.
    Level scaled = Level.of(.5, .15);
    Samples x = engine.samples(y.toDoubles(), ROWS);
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < KnownAnswer.DIM; j++) {
        x.set(i, j, y.get(i, j) / 2);
      }
    }
    assertArrayEquals(
        expected, new OnnxDenoiser(network, 0, 0).denoise(x, scaled).toDoubles(), 2e-5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ddpm", "ddim", "heun", "dpm2", "dpmpp-2m", "euler", "ancestral"})
  void everySamplerDrawsWithTheNetworkWhatItDrawsWithThePrior(String name) throws Exception {
    Schedule schedule = ScheduleSpec.parse("vp-cosine:50").respace(10);
    Convention convention =
        conventions().filter(c -> c.told() == Convention.Told.SIGMA).findFirst().orElseThrow();
    Path file = KnownAnswer.graph(convention, Graph.FLOAT).write(folder.resolve("m.onnx"));
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.parse(options(convention)));
    OnnxDenoiser denoiser = new OnnxDenoiser(network, 0, 0);
    double[] expected = Samplers.parse(name).sample(exact, schedule, 0, ROWS, 7).toDoubles();
    double[] found = Samplers.parse(name).sample(denoiser, schedule, 0, ROWS, 7).toDoubles();
    // One float32 evaluation a step is off by 1e-5; ten contracting steps do not enlarge it
    // tenfold.
    assertArrayEquals(expected, found, 2e-4);
  }

  @Test
  void theTruncatedDenoiserRunsWithANetworkToldTheTime() throws Exception {
    Schedule schedule = ScheduleSpec.parse(SCHEDULE);
    Convention convention =
        new Convention(
            Convention.Process.VP,
            Convention.Told.TIME0,
            Convention.Prediction.EPSILON,
            Optional.of(schedule),
            .5);
    Path file = KnownAnswer.graph(convention, Graph.INT64).write(folder.resolve("ddpm.onnx"));
    OnnxOptions options = OnnxOptions.parse("told=time0,predicts=epsilon,schedule=" + SCHEDULE);
    OnnxDenoiser denoiser = new OnnxDenoiser(OnnxNetwork.open(engine, file, options), 0, 0);
    Level observed = Level.ofSigma(.6);
    Samples y = rows(observed);
    double[] expected =
        new Chain(exact, schedule, 0, ROWS).denoise(new Truncated(), y, observed, 0).toDoubles();
    double[] found =
        new Chain(denoiser, schedule, 0, ROWS).denoise(new Truncated(), y, observed, 0).toDoubles();
    assertArrayEquals(expected, found, 2e-4); // 20 steps of 1e-5 each
  }

  @Test
  void aTimeBetweenTwoIndicesIsToldInProportionToLogSnr() {
    Schedule schedule = ScheduleSpec.parse(SCHEDULE);
    Convention convention =
        new Convention(
            Convention.Process.VP,
            Convention.Told.TIME1,
            Convention.Prediction.X0,
            Optional.of(schedule),
            .5);
    double dB = .25 * schedule.level(10).snrDb() + .75 * schedule.level(11).snrDb();
    assertEquals(11.75, convention.at(Level.ofSnrDb(dB), true).told(), 1e-9); // float64 logs
    assertEquals(12, convention.at(Level.ofSnrDb(dB), false).told());
    assertEquals(1, convention.at(Level.ofSnrDb(90), true).told());
    assertEquals(50, convention.at(Level.ofSnrDb(-90), true).told());
  }

  @Test
  void aFileTellsItsOwnConventionAndTheCallerGoesBeforeIt() throws Exception {
    Convention convention =
        new Convention(
            Convention.Process.VE,
            Convention.Told.SIGMA,
            Convention.Prediction.SCORE,
            Optional.empty(),
            .5);
    Path file =
        KnownAnswer.graph(convention, Graph.FLOAT)
            .metadata(OnnxOptions.METADATA, "told=sigma,predicts=score")
            .write(folder.resolve("own.onnx"));
    assertEquals(convention, OnnxNetwork.open(engine, file, OnnxOptions.NONE).convention());
    OnnxOptions other = OnnxOptions.parse("predicts=epsilon");
    assertEquals(
        Convention.Prediction.EPSILON,
        OnnxNetwork.open(engine, file, other).convention().prediction());
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "auto"})
  void batchesAreCutToTheMemoryAndGiveTheSameRows(String backend) throws Exception {
    Path file = KnownAnswer.blind(.3, false).write(folder.resolve("blind.onnx"));
    try (Engine other = Engine.open(backend, 1)) {
      int rows = 5000;
      OnnxNetwork small = OnnxNetwork.open(other, file, OnnxOptions.parse("memory=1"));
      OnnxNetwork large = OnnxNetwork.open(other, file, OnnxOptions.NONE);
      assertEquals((1 << 20) / (4 * 256 * KnownAnswer.DIM), small.options().batch(KnownAnswer.DIM));
      double[] values = new double[rows * KnownAnswer.DIM];
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.sin(i);
      }
      Samples y = other.samples(values, rows);
      double[] expected = new OnnxBlindDenoiser(large, 0, 0).denoise(y).toDoubles();
      double[] found = new OnnxBlindDenoiser(small, 0, 0).denoise(y).toDoubles();
      assertArrayEquals(expected, found, 1e-6); // another blocking of the same products
    }
  }

  @Test
  void aFixedBatchIsFilledUp() throws Exception {
    Graph graph = new Graph().input("y", Graph.FLOAT, 8, 3).output("out", Graph.FLOAT, 8, 3);
    graph.name(graph.node("Add", "y", graph.constant(1)), "out");
    Path file = graph.write(folder.resolve("fixed.onnx"));
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.NONE);
    double[] values = new double[11 * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    double[] found =
        new OnnxBlindDenoiser(network, 0, 0).denoise(engine.samples(values, 11)).toDoubles();
    for (int i = 0; i < values.length; i++) {
      assertEquals(i + 1, found[i]);
    }
  }
}
