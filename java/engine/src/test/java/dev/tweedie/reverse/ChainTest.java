package dev.tweedie.reverse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.Tier;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.Schedules;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A chain visits each level once, whatever its batch, and its rows do not know of each other. */
class ChainTest {
  private static final int DIM = 5;
  private static final Schedule SCHEDULE = Schedules.vpCosine(100).respace(6);

  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 2);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static ExactPosterior posterior(Engine engine) {
    double[] means = IntStream.range(0, 3 * DIM).mapToDouble(i -> Math.sin(i * i)).toArray();
    return ExactPosterior.of(
        engine,
        new GaussianMixture(
            new double[] {.2, .3, .5},
            means,
            DIM,
            new Covariance.Isotropic(new double[] {.1, .2, .05})));
  }

  static Stream<String> samplers() {
    return Samplers.names().stream();
  }

  /** Those that take any denoiser; the mixture's steps are counted by its laws. */
  static Stream<String> affineSamplers() {
    return samplers().filter(name -> !name.equals("mixture"));
  }

  /** Notes where it is called, and estimates zero. */
  private static final class Recorder implements Denoiser {
    private final Engine engine;
    private final List<Level> visited = new ArrayList<>();

    Recorder(Engine engine) {
      this.engine = engine;
    }

    @Override
    public Engine engine() {
      return engine;
    }

    @Override
    public int dim() {
      return DIM;
    }

    @Override
    public void denoise(Samples x, Level level, Samples out) {
      visited.add(level);
      out.clear();
    }
  }

  @ParameterizedTest
  @MethodSource("affineSamplers")
  void everyLevelIsVisitedOnceFromNoiseToDataAndTheLastEstimateIsReturned(String name) {
    Recorder recorder = new Recorder(engine);
    List<String> told = new ArrayList<>();
    Samples out =
        new Chain(recorder, SCHEDULE, 1, 2)
            .progress((done, steps) -> told.add(done + "/" + steps))
            .sample(Samplers.parse(name), 0, 2);
    List<Level> expected = new ArrayList<>();
    for (int i = 5; i >= 0; i--) {
      expected.add(SCHEDULE.level(i));
      if (i > 0 && name.equals("heun")) {
        expected.add(SCHEDULE.level(i - 1));
      } else if (i > 0 && name.equals("dpm2")) {
        double alpha = Math.sqrt(SCHEDULE.level(i).alpha() * SCHEDULE.level(i - 1).alpha());
        double sigma = Math.sqrt(SCHEDULE.level(i).sigma() * SCHEDULE.level(i - 1).sigma());
        expected.add(Level.of(alpha, sigma));
      }
    }
    assertEquals(expected, recorder.visited);
    assertEquals(List.of("1/6", "2/6", "3/6", "4/6", "5/6", "6/6"), told);
    // The recorder's estimate is 0, and the last step returns the estimate.
    assertArrayEquals(new double[2 * DIM], out.toDoubles());
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void oneLevelIsOneStep(String name) {
    Samples out = Samplers.parse(name).sample(posterior(engine), Schedule.ofSigmas(50), 0, 3, 9);
    assertTrue(IntStream.range(0, 3 * DIM).allMatch(i -> Math.abs(out.toDoubles()[i]) < 5));
  }

  /** On every backend of this machine: the same bits alone, in batches, and after other batches. */
  @ParameterizedTest
  @MethodSource("samplers")
  void aRowHasTheSameBitsInAnyBatch(String name) {
    Sampler sampler = Samplers.parse(name);
    for (Tier tier : Backends.tiers()) {
      if (tier.reason().isPresent()) {
        continue;
      }
      try (Engine other = Engine.open(tier.name(), 2)) {
        ExactPosterior posterior = posterior(other);
        double[] whole = sampler.sample(posterior, SCHEDULE, 0, 70, 4).toDoubles();
        double[] joined = new double[whole.length];
        Chain chain = new Chain(posterior, SCHEDULE, 4, 33);
        for (int row = 0; row < 70; row += 33) {
          double[] part = chain.sample(sampler, row, Math.min(33, 70 - row)).toDoubles();
          System.arraycopy(part, 0, joined, row * DIM, part.length);
        }
        assertArrayEquals(whole, joined, tier.name());
        double[] alone = sampler.sample(posterior, SCHEDULE, 41, 1, 4).toDoubles();
        assertArrayEquals(
            IntStream.range(0, DIM).mapToDouble(j -> whole[41 * DIM + j]).toArray(), alone);
      }
    }
  }

  @Test
  void seedsAndStepsHaveTheirOwnNoise() {
    ExactPosterior posterior = posterior(engine);
    Sampler ddpm = Samplers.parse("ddpm");
    double[] one = ddpm.sample(posterior, SCHEDULE, 0, 4, 4).toDoubles();
    double[] two = ddpm.sample(posterior, SCHEDULE, 0, 4, 5).toDoubles();
    assertTrue(IntStream.range(0, one.length).allMatch(i -> one[i] != two[i]), "seeds");
    // An estimate of zero, and the state's own coefficient taken away, leave one step's noise.
    List<double[]> noises = new ArrayList<>();
    Sampler bare =
        (chain, index) -> {
          chain.denoise(index);
          chain.advance(new Coefficients(0, 0, 0, 1), index);
          noises.add(chain.x().toDoubles());
        };
    bare.sample(new Recorder(engine), SCHEDULE, 0, 4, 4);
    for (int i = 0; i < noises.size(); i++) {
      for (int j = 0; j < i; j++) {
        double[] a = noises.get(i);
        double[] b = noises.get(j);
        assertFalse(IntStream.range(0, a.length).anyMatch(k -> a[k] == b[k]), i + " and " + j);
      }
    }
  }

  /** The start's moments: 4 standard errors of n numbers. */
  @Test
  void startsAreAsDocumented() {
    Level preserving = Level.of(.6, .8);
    assertStart(Schedule.ofLevels(preserving), null, 0, 1);
    assertStart(Schedule.ofLevels(preserving), 5., 3, 1);
    assertStart(Schedule.ofSigmas(7), null, 0, 7);
    assertStart(Schedule.ofSigmas(7), 5., 5, 7);
  }

  private void assertStart(Schedule schedule, Double dataMean, double mean, double deviation) {
    int rows = 4000;
    Chain chain = new Chain(new Recorder(engine), schedule, 3, rows);
    if (dataMean != null) {
      chain.startMean(new double[] {dataMean, dataMean, dataMean, dataMean, dataMean});
    }
    double[] x = chain.sample((c, index) -> {}, 0, rows).toDoubles();
    double m = SampleMoments.mean(x);
    assertEquals(mean, m, 4 * deviation / Math.sqrt(x.length), "mean");
    double relative = 4 * Math.sqrt(2. / x.length);
    assertEquals(1, SampleMoments.variance(x) / (deviation * deviation), relative, "variance");
  }

  @Test
  void givenRowsStayAsTheyAre() {
    ExactPosterior posterior = posterior(engine);
    double[] values = IntStream.range(0, 2 * DIM).mapToDouble(i -> i - 4).toArray();
    Samples start = engine.samples(values, 2);
    for (String name : samplers().toList()) {
      Samplers.parse(name).run(posterior, SCHEDULE, start, 0, 1);
      assertArrayEquals(values, start.toDoubles(), name);
    }
  }

  /** The first batch's estimates must not reach the first step of the second. */
  @Test
  void batchesOfMultiStepMethodsStartAfresh() {
    ExactPosterior posterior = posterior(engine);
    Chain chain = new Chain(posterior, SCHEDULE, 8, 4);
    Sampler sampler = Samplers.parse("dpmpp-2m");
    double[] once = chain.sample(sampler, 0, 4).toDoubles();
    chain.sample(sampler, 4, 4);
    assertArrayEquals(once, chain.sample(sampler, 0, 4).toDoubles());
  }

  @Test
  void closingWaitsForTheBatchInProgress() throws InterruptedException {
    Engine own = Engine.open("reference", 2);
    ExactPosterior posterior = posterior(own);
    CountDownLatch sampling = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    Thread closer =
        new Thread(
            () -> {
              await(sampling);
              closing.countDown();
              own.close();
            });
    closer.start();
    Chain chain =
        new Chain(posterior, SCHEDULE, 1, 2)
            .progress(
                (done, steps) -> {
                  sampling.countDown();
                  await(closing);
                  if (done == 2) {
                    assertTrue(blocked(closer), "close() returned in the middle of a batch");
                  }
                });
    double[][] end = new double[1][];
    own.run(() -> end[0] = chain.sample(Samplers.parse("heun"), 0, 2).toDoubles());
    closer.join();
    assertTrue(Double.isFinite(end[0][0]));
    assertThrows(IllegalStateException.class, () -> chain.sample(Samplers.parse("heun"), 0, 2));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.MINUTES));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether the thread comes to wait for a lock, given time to get there or to its end. */
  private static boolean blocked(Thread thread) {
    while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    return thread.getState() == Thread.State.WAITING;
  }

  @Test
  void badInputIsRefused() {
    ExactPosterior posterior = posterior(engine);
    Sampler euler = Samplers.parse("euler");
    refused("rows: found 0, allowed: at least 1", () -> new Chain(posterior, SCHEDULE, 1, 0));
    Chain chain = new Chain(posterior, SCHEDULE, 1, 3);
    refused("rows: found 4, allowed: 1 to 3", () -> chain.sample(euler, 0, 4));
    refused("rows: found 0, allowed: 1 to 3", () -> chain.sample(euler, 0, 0));
    refused("first row: found -1", () -> chain.sample(euler, -1, 1));
    refused("first row: found 4294967294", () -> chain.sample(euler, (1L << 32) - 2, 3));
    refused("mean: found 1 numbers, allowed: 5", () -> chain.startMean(new double[1]));
    refused("mean: found NaN", () -> chain.startMean(new double[] {0, 0, Double.NaN, 0, 0}));
    refused(
        "start: found dimension 2, allowed: 5",
        () -> chain.run(euler, engine.samples(new double[2], 1), 0));
    refused(
        "row 0",
        () -> chain.run(euler, engine.samples(new double[] {1, 2, 3, 4, Double.NaN}, 1), 0));
    refused(
        "level: found sigma 0", () -> chain.denoise(euler, engine.samples(1, DIM), Level.CLEAN, 0));
    refused(
        "mixture: found a denoiser without a prior",
        () -> Samplers.parse("mixture").sample(new Recorder(engine), SCHEDULE, 0, 1, 1));
    try (Engine other = Engine.open("reference", 1)) {
      refused("x: found samples of", () -> chain.run(euler, other.samples(new double[DIM], 1), 0));
    }
  }

  @Test
  void theLastRowOfAllHasItsNoise() {
    Samples out = Samplers.parse("ddpm").sample(posterior(engine), SCHEDULE, (1L << 32) - 1, 1, 1);
    assertTrue(Double.isFinite(out.get(0, 0)));
  }

  /** A step written elsewhere may ask for what it has not made, and gets no other row's number. */
  @Test
  void aStepThatAsksForWhatIsNotThereIsToldSo() {
    Coefficients b = new Coefficients(1, .5, 0, 0);
    Coefficients c = new Coefficients(1, .5, .5, 0);
    Chain chain = new Chain(new Recorder(engine), SCHEDULE, 1, 2);
    assertThrows(IllegalStateException.class, chain::x);
    assertThrows(IllegalStateException.class, () -> chain.denoise(0));
    for (int batch = 0; batch < 2; batch++) { // the second finds no estimate of the first
      unready(chain, "advance", (made, index) -> made.advance(b, index));
      unready(chain, "keepDenoised", (made, index) -> made.keepDenoised());
      unready(chain, "denoiseTrial", (made, index) -> made.denoiseTrial(b, SCHEDULE.level(0)));
      unready(
          chain,
          "advance",
          (made, index) -> {
            made.denoise(index);
            made.advance(c, index);
          });
      chain.sample(Samplers.parse("dpmpp-2m"), 0, 2);
    }
    refused(
        "trial: found",
        () ->
            chain.sample(
                (made, index) -> {
                  made.denoise(index);
                  made.denoiseTrial(c, SCHEDULE.level(0));
                },
                0,
                2));
    Coefficients neither = new Coefficients(.5, 0, 0, .1);
    chain.sample((made, index) -> made.advance(neither, index), 0, 2); // asks for no estimate
  }

  private static void unready(Chain chain, String call, Sampler sampler) {
    String line =
        assertThrows(IllegalStateException.class, () -> chain.sample(sampler, 0, 2)).getMessage();
    assertTrue(line.startsWith("chain: found " + call + " without"), line);
  }

  @Test
  void unknownNamesAreRefusedWithTheList() {
    refused(
        "sampler: found plms, allowed: ddpm[:beta], ddim[:ETA], euler, heun, dpm2, dpmpp-2m,"
            + " ancestral, truncated, mixture",
        () -> Samplers.parse("plms"));
    refused("sampler ddpm:alpha: found 'alpha', allowed: beta", () -> Samplers.parse("ddpm:alpha"));
    refused("sampler euler:1: found '1', allowed: euler alone", () -> Samplers.parse("euler:1"));
    refused("allowed: ddim[:ETA]", () -> Samplers.parse("ddim:1:2"));
    refused("sampler: found Euler", () -> Samplers.parse("Euler"));
    refused("sampler: found ", () -> Samplers.parse(""));
    refused("eta: found 'x', allowed: 0 to 1", () -> Samplers.parse("ddim:x"));
    refused("eta: found '1.5', allowed: 0 to 1", () -> Samplers.parse("ddim:1.5"));
    refused("eta: found 'NaN', allowed: 0 to 1", () -> Samplers.parse("ddim:NaN"));
  }

  private static void refused(String part, Runnable call) {
    String line = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(line.contains(part) && !line.contains("\n"), line);
  }
}
