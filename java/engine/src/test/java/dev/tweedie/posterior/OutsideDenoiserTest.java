package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A lambda is a denoiser like any other, and its failures are its caller's. */
class OutsideDenoiserTest {
  private static final Schedule SCHEDULE = Schedules.vpCosine(100).respace(6);
  private static final Level LEVEL = Level.ofSigma(.5);

  private Engine engine;
  private ExactPosterior posterior;

  @BeforeEach
  void open() {
    engine = Engine.open("java:scalar", 2);
    posterior =
        ExactPosterior.of(
            engine,
            new GaussianMixture(
                new double[] {.4, .6},
                new double[] {1, -1, 0, .5, 2, -.3},
                3,
                new Covariance.Isotropic(new double[] {.1, .2})));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** All but the exact kernel, which asks for a prior and says so. */
  static Stream<String> samplers() {
    return Samplers.names().stream().filter(name -> !name.equals("mixture"));
  }

  private Denoiser lambda() {
    return Denoiser.of(engine, 3, (x, level, out) -> posterior.denoise(x, level, out));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void everySamplerTakesIt(String name) {
    assertArrayEquals(
        Samplers.parse(name).sample(posterior, SCHEDULE, 0, 5, 7).toFloats(),
        Samplers.parse(name).sample(lambda(), SCHEDULE, 0, 5, 7).toFloats());
  }

  @Test
  void theTruncatedDenoiserTakesIt() {
    Samples y = engine.samples(new double[] {.3, -.2, 1, 0, .1, -1}, 2);
    assertArrayEquals(
        new TruncatedDenoiser(posterior, SCHEDULE, 2).chain(y, LEVEL, 0).toFloats(),
        new TruncatedDenoiser(lambda(), SCHEDULE, 2).chain(y, LEVEL, 0).toFloats());
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void anExceptionSurfacesUnchangedAndTheEngineGoesOn(String name) {
    var failure = new UnsupportedOperationException("mine");
    int[] calls = {0};
    Denoiser failing =
        Denoiser.of(
            engine,
            3,
            (x, level, out) -> {
              if (calls[0]++ == 2) {
                throw failure;
              }
              out.clear();
            });
    Chain chain = new Chain(failing, SCHEDULE, 7, 5);
    var thrown = // even from within a chain's step
        assertThrows(
            UnsupportedOperationException.class, () -> chain.sample(Samplers.parse(name), 0, 5));
    assertSame(failure, thrown);
    assertEquals(0, thrown.getSuppressed().length);
    chain.sample(Samplers.parse(name), 0, 5); // the same chain, the same engine
    assertTrue(Double.isFinite(posterior.denoise(chain.x(), LEVEL).get(4, 2)));
  }

  @Test
  void anErrorSurfacesUnchangedToo() {
    var failure = new AssertionError("mine");
    Denoiser failing =
        Denoiser.of(
            engine,
            3,
            (x, level, out) -> {
              throw failure;
            });
    Samples x = engine.samples(new double[6], 2);
    assertSame(failure, assertThrows(AssertionError.class, () -> failing.denoise(x, LEVEL)));
    posterior.denoise(x, LEVEL);
  }

  @Test
  void whatItMustNotGiveIsRefused() {
    Samples x = engine.samples(new double[6], 2);
    Denoiser nan = Denoiser.of(engine, 3, (at, level, out) -> out.set(1, 2, Double.NaN));
    Samples out = engine.samples(new double[6], 2);
    refused("NaN or infinity in row 1 of its estimate", () -> nan.denoise(x, LEVEL, out));
    refused("of dimension 2", () -> Denoiser.of(engine, 2, (a, b, c) -> {}).denoise(x, LEVEL, x));
    refused("dimension: found 0", () -> Denoiser.of(engine, 0, (a, b, c) -> {}));
  }

  private static void refused(String part, Runnable call) {
    String line = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(line.contains(part) && !line.contains("\n"), line);
  }
}
