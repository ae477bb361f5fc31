package dev.tweedie.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A network with a latent noise input, as a learned soft mixture has, is fed addressed noise. */
class LatentNetworkTest {
  private static final int DIM = 3;
  private static final double VARIANCE = .49;

  @TempDir private Path folder;
  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("auto", 2);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /**
   * A posterior draw of N(0, c) at a level sigma, as one formula of x and z: {@code c x / (c + s^2)
   * + sqrt(c s^2 / (c + s^2)) z}.
   */
  private OnnxDenoiser draws(Engine on, String more) throws IOException {
    Graph graph =
        new Graph()
            .input("x", Graph.FLOAT, -1, DIM)
            .input("t", Graph.FLOAT, -1, 1)
            .input("eta", Graph.FLOAT, -1, DIM)
            .output("out", Graph.FLOAT, -1, DIM);
    String c = graph.constant(VARIANCE);
    String s2 = graph.node("Mul", "t", "t");
    String gain = graph.node("Div", c, graph.node("Add", c, s2));
    String spread = graph.node("Sqrt", graph.node("Mul", gain, s2));
    graph.name(
        graph.node("Add", graph.node("Mul", gain, "x"), graph.node("Mul", spread, "eta")), "out");
    Path file = graph.write(folder.resolve("soft.onnx"));
    OnnxOptions options = OnnxOptions.parse("told=sigma,level=t,noise=eta" + more);
    return new OnnxDenoiser(OnnxNetwork.open(on, file, options), 0, 0);
  }

  @Test
  void itsNoiseIsThatOfItsAddressWhateverTheBatch() throws IOException {
    OnnxDenoiser denoiser = draws(engine, "");
    Level level = Level.ofSigma(2);
    NoiseAddress at = NoiseAddress.of(5, Streams.LATENT, 3).skipRows(10);
    Samples x = engine.samples(new double[7 * DIM], 7);
    Samples z = engine.samples(7, DIM);
    engine.run(() -> engine.backend().normal(at, z));
    Samples out = engine.samples(7, DIM);
    denoiser.denoise(x, level, at, out);
    double spread = Math.sqrt(VARIANCE * 4 / (VARIANCE + 4));
    for (int i = 0; i < 7; i++) {
      for (int j = 0; j < DIM; j++) {
        assertEquals(spread * z.get(i, j), out.get(i, j), 1e-6); // float32 of numbers below 2
      }
    }
    Samples part = engine.samples(2, DIM);
    denoiser.denoise(x.slice(0, 2), level, at.skipRows(4), part);
    assertArrayEquals(out.slice(4, 2).toDoubles(), part.toDoubles());
  }

  /** Elementwise arithmetic: the runtime's own blocking cannot change a bit of it. */
  @ParameterizedTest
  @ValueSource(strings = {"auto", "reference"})
  void itsRowsHaveTheSameBitsForAnySplit(String backend) throws IOException {
    try (Engine other = Engine.open(backend, 2)) {
      int rows = 1000;
      Schedule schedule = Schedule.ofSigmas(.5, 1, 2);
      double[] whole =
          Samplers.parse("ddpm").sample(draws(other, ""), schedule, 0, rows, 9).toDoubles();
      OnnxDenoiser cut = draws(other, ",memory=1"); // batches of 341
      assertArrayEquals(
          whole, Samplers.parse("ddpm").sample(cut, schedule, 0, rows, 9).toDoubles());
      int begin = 0;
      for (int count : new int[] {1, 342, 7, 650}) {
        assertArrayEquals(
            Arrays.copyOfRange(whole, begin * DIM, (begin + count) * DIM),
            Samplers.parse("ddpm").sample(cut, schedule, begin, count, 9).toDoubles());
        begin += count;
      }
      assertEquals(rows, begin);
    }
  }

  /** What the mean alone cannot: one step from noise of any size has the variance of the data. */
  @ParameterizedTest
  @ValueSource(strings = {"auto", "reference"})
  void oneStepOfItDrawsTheWholeLaw(String backend) throws IOException {
    try (Engine other = Engine.open(backend, 2)) {
      OnnxDenoiser denoiser = draws(other, "");
      int rows = 4000;
      // The chain starts from N(0, 400); the marginal there is N(0, 400.49).
      Schedule schedule = Schedule.ofSigmas(20);
      double[] end = Samplers.parse("ddim").sample(denoiser, schedule, 0, rows, 11).toDoubles();
      double variance = Arrays.stream(end).map(v -> v * v).sum() / end.length;
      double error = VARIANCE * Math.sqrt(2. / end.length);
      assertEquals(VARIANCE, variance, 4 * error); // four standard errors
    }
  }

  @Test
  void everyStepDrawsAfreshAndARunRepeats() throws IOException {
    OnnxDenoiser denoiser = draws(engine, "");
    Schedule schedule = Schedule.ofSigmas(.5, 1, 2);
    double[] once = Samplers.parse("heun").sample(denoiser, schedule, 0, 6, 3).toDoubles();
    assertArrayEquals(once, Samplers.parse("heun").sample(denoiser, schedule, 0, 6, 3).toDoubles());
    assertArrayEquals(
        Arrays.copyOfRange(once, 4 * DIM, 6 * DIM),
        Samplers.parse("heun").sample(denoiser, schedule, 4, 2, 3).toDoubles());
    double[] other = Samplers.parse("heun").sample(denoiser, schedule, 0, 6, 4).toDoubles();
    assertNotEquals(once[0], other[0]);
    // The last step returns its estimate: mean plus the noise of step 0.
    Samples z = engine.samples(6, DIM);
    NoiseAddress first = NoiseAddress.of(3, Streams.LATENT, 0);
    engine.run(() -> engine.backend().normal(first, z));
    double correlation = 0;
    for (int i = 0; i < 6; i++) {
      for (int j = 0; j < DIM; j++) {
        correlation += z.get(i, j) * once[i * DIM + j];
      }
    }
    assertEquals(1, Math.signum(correlation));
  }
}
