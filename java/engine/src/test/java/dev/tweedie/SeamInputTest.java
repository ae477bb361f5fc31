package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Nothing that a caller passes to the seam, or does meanwhile, ends the process or half a result.
 */
class SeamInputTest {
  private static final Level LEVEL = Level.ofSigma(1);
  private static final NoiseAddress AT = NoiseAddress.of(1, 0, 0);
  private static final Coefficients STEP = new Coefficients(1, 1, 0, 0);

  static Stream<String> backends() {
    return SamplesLifeTest.backends();
  }

  private static Engine open(String name, int threads) {
    return name.equals(Guarded.NAME) ? Guarded.open(threads) : Engine.open(name, threads);
  }

  private static void refused(String message, Runnable call) {
    String found = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(found.startsWith(message), found + " for " + message);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void nullIsRefusedByName(String name) {
    try (Engine engine = open(name, 1)) {
      Backend b = engine.backend();
      Samples x = engine.samples(new float[] {1, 2}, 2);
      Samples out = engine.samples(2, 1);
      PreparedPrior prior = b.prepare(DataSet.of(new float[] {0, 1}, 1));
      double[] one = {1};
      refused("noise: found null", () -> b.normal(null, out));
      refused("noise: found null", () -> b.uniform(null, out));
      refused("out: found null", () -> b.normal(AT, null));
      refused("function: found null", () -> b.apply(null, x, out));
      refused("x: found null", () -> b.apply(Backend.Function.EXP, null, out));
      refused("coefficients: found null", () -> b.step(null, StepTerms.of(x, out)));
      refused("out: found null", () -> b.step(STEP, StepTerms.of(x, null)));
      refused("coefficients: found null", () -> b.stepRows(null, StepTerms.of(x, out)));
      refused("y: found null", () -> b.residual(x, null, out));
      refused("b: found null", () -> b.gemm(x, null, out));
      refused("prior: found null", () -> b.prepare(null));
      refused("prior: found null", () -> b.evaluate(null, LEVEL, x, Outputs.of()));
      refused("level: found null", () -> b.evaluate(prior, null, x, Outputs.of()));
      refused("x: found null", () -> b.evaluate(prior, LEVEL, null, Outputs.of()));
      refused("outputs: found null", () -> b.evaluate(prior, LEVEL, x, null));
      refused("v: found null", () -> b.covarianceTimes(prior, LEVEL, x, null, out));
      refused("noise: found null", () -> b.draw(prior, LEVEL, Level.CLEAN, x, null, out));
      refused("level: found null", () -> b.draw(prior, LEVEL, null, x, AT, out));
      refused("sigmas: found null", () -> b.blind(prior, null, one, x, BlindOutputs.of()));
      refused("masses: found null", () -> b.blind(prior, one, null, x, BlindOutputs.of()));
      refused("outputs: found null", () -> b.blind(prior, one, one, x, null));
      refused("memory: found null", () -> engine.backend().wrap(null, 1, 1));
    }
  }

  /** Which row is written first would depend on the number of threads. */
  @ParameterizedTest
  @MethodSource("backends")
  void resultsThatPartlyOverlapAreRefused(String name) {
    try (Engine engine = open(name, 1)) {
      Backend b = engine.backend();
      Samples all = engine.samples(new float[] {1, 2, 3, 4, 5, 6}, 6);
      Samples x = all.slice(0, 4);
      Samples later = all.slice(1, 4);
      Samples other = engine.samples(new float[4], 4);
      PreparedPrior prior = b.prepare(DataSet.of(new float[] {0, 1}, 1));
      refused("out: overlaps x", () -> b.step(STEP, StepTerms.of(x, later).denoised(other)));
      refused("out: overlaps denoised", () -> b.step(STEP, StepTerms.of(other, later).denoised(x)));
      refused("out: overlaps previous", () -> b.step(STEP, StepTerms.of(other, later).previous(x)));
      refused("out: overlaps x", () -> b.apply(Backend.Function.EXP, x, later));
      refused("out: overlaps v", () -> b.covarianceTimes(prior, LEVEL, other, x, later));
      refused(
          "output: overlaps another output",
          () -> b.evaluate(prior, LEVEL, other, Outputs.of().mean(x).score(later)));
      refused(
          "output: overlaps another output",
          () -> b.evaluate(prior, LEVEL, other, Outputs.of().evidence(x).trace(x)));
      refused(
          "output: overlaps another output",
          () ->
              b.blind(
                  prior,
                  new double[] {1},
                  new double[1],
                  other,
                  BlindOutputs.of().mean(x).levels(x)));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, all.toFloats());
      b.step(STEP, StepTerms.of(x, x).denoised(other)); // the same elements are allowed
      b.covarianceTimes(prior, LEVEL, other, x, x);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void readOnlyMemoryIsReadAndNeverWritten(String name) {
    try (Engine engine = open(name, 1);
        Arena arena = Arena.ofShared()) {
      if (engine.backend().device().isPresent()) {
        return; // it takes copies
      }
      long bytes = engine.backend().precision().bytes();
      MemorySegment memory = arena.allocate(4 * bytes, bytes);
      Samples x = engine.wrap(memory.asReadOnly(), 4, 1);
      Samples out = engine.samples(4, 1);
      engine.backend().step(STEP, StepTerms.of(x, out));
      assertArrayEquals(new float[4], out.toFloats());
      String message = "out: found read-only memory";
      refused(message, () -> engine.backend().normal(AT, x));
      refused(message, () -> engine.backend().step(STEP, StepTerms.of(out, x)));
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new float[] {0, 1}, 1));
      refused("mean: found read-only", () -> posterior.denoise(out, LEVEL, x));
      refused(message, () -> posterior.draw(out, LEVEL, Level.CLEAN, AT, x));
      refused("samples: found read-only", () -> x.write(new float[4]));
      refused("samples: found read-only", x::clear);
      for (int i = 0; i < 4 * bytes; i++) {
        assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, i));
      }
    }
  }

  /** A caller's arena that closes: native code had only its address. */
  @ParameterizedTest
  @MethodSource("backends")
  @Timeout(600)
  void closingACallersArenaUnderWorkEndsTheWorkNotTheProcess(String name) throws Exception {
    for (boolean points : new boolean[] {false, true}) {
      try (Engine engine = open(name, 1)) {
        if (engine.backend().device().isPresent()
            || engine.backend().precision() != Precision.FLOAT32) {
          return;
        }
        for (int round = 0; round < 10; round++) {
          Arena arena = Arena.ofShared();
          int rows = 512;
          MemorySegment memory = arena.allocate(rows * 64L * Float.BYTES, 64);
          float[] random = new float[512 * 64];
          DataSet prior =
              points
                  ? new DataSet(memory, Precision.FLOAT32, rows, 64).inPlace()
                  : DataSet.of(random, 64);
          ExactPosterior posterior = ExactPosterior.of(engine, prior);
          Samples x = points ? engine.samples(random, rows) : engine.wrap(memory, rows, 64);
          Samples out = engine.samples(rows, 64);
          CountDownLatch begun = new CountDownLatch(1);
          Throwable[] ended = new Throwable[1];
          Thread worker =
              Thread.ofPlatform()
                  .start(
                      () -> {
                        try {
                          while (true) {
                            posterior.denoise(x, LEVEL, out);
                            begun.countDown();
                          }
                        } catch (Throwable e) {
                          ended[0] = e;
                        }
                      });
          begun.await();
          close(arena);
          worker.join();
          assertEquals(IllegalStateException.class, ended[0].getClass(), ended[0].toString());
          assertTrue(Float.isNaN(out.toFloats()[0]), "half a result looks like one");
        }
      }
    }
  }

  /** An arena refuses to close under a native call that holds it: the caller tries again. */
  private static void close(Arena arena) {
    while (arena.scope().isAlive()) {
      try {
        arena.close();
      } catch (IllegalStateException e) {
        Thread.onSpinWait();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anInterruptEndsALongOpAndLeavesNoHalfResult(String name) throws Exception {
    try (Engine engine = open(name, 2)) {
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new float[64], 8));
      Samples x = engine.samples(new float[8 * 4096], 4096);
      Samples out = engine.samples(4096, 8);
      CountDownLatch begun = new CountDownLatch(1);
      List<Throwable> ended = new ArrayList<>();
      Thread worker =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      while (true) {
                        posterior.denoise(x, LEVEL, out);
                        begun.countDown();
                      }
                    } catch (Throwable e) {
                      ended.add(e);
                      assertTrue(Thread.currentThread().isInterrupted());
                    }
                  });
      begun.await();
      worker.interrupt();
      worker.join();
      assertEquals(CancellationException.class, ended.getFirst().getClass(), ended::toString);
      float[] left = out.toFloats();
      for (float value : left) { // all of the last whole result, or none of it
        assertEquals(left[0], value);
      }
      posterior.denoise(x, LEVEL, out);
      assertEquals(0, out.get(0, 0));
    }
  }

  /** One engine, as many callers as a server has: each gets its own rows' bits. */
  @ParameterizedTest
  @MethodSource("backends")
  @Timeout(600)
  void manyCallersGetTheBitsOfOne(String name) throws Exception {
    if (name.equals(Guarded.NAME)) {
      return; // the test's own device keeps no order of callers
    }
    try (Engine engine = open(name, 2)) {
      float[] points = new float[20 * 8];
      float[] rows = new float[40 * 8];
      for (int i = 0; i < rows.length; i++) {
        points[i % points.length] = (i * 37 % 101) / 50f;
        rows[i] = (i * 53 % 97) / 40f;
      }
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(points, 8));
      float[] expected = posterior.denoise(engine.samples(rows, 40), LEVEL).toFloats();
      List<Thread> callers = new ArrayList<>();
      List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
      CountDownLatch all = new CountDownLatch(64);
      for (int i = 0; i < 64; i++) {
        Thread.Builder kind = i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
        callers.add(
            kind.start(
                () -> {
                  try {
                    all.countDown();
                    all.await();
                    for (int call = 0; call < 20; call++) {
                      try (Samples x = engine.samples(rows, 40)) {
                        assertArrayEquals(expected, posterior.denoise(x, LEVEL).toFloats());
                      }
                    }
                  } catch (Throwable e) {
                    failures.add(e);
                  }
                }));
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertEquals(List.of(), failures);
    }
  }
}
