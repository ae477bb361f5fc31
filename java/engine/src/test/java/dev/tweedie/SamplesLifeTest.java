package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.backend.Tier;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Samples end: by hand, with a scope, when nobody reaches them. */
class SamplesLifeTest {
  static Stream<String> backends() {
    return Stream.concat(
        Backends.tiers().stream().filter(tier -> tier.reason().isEmpty()).map(Tier::name),
        Stream.of(Guarded.NAME));
  }

  private static Engine open(String name) {
    return name.equals(Guarded.NAME) ? Guarded.open(2) : Engine.open(name, 2);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void whatWasClosedIsRefusedByName(String backend) {
    try (Engine engine = open(backend)) {
      Samples x = engine.samples(new float[] {1, 2, 3, 4, 5, 6}, 3);
      Samples slice = x.slice(1, 1);
      slice.close(); // a view: what it is a view of stays
      assertEquals(3, slice.get(0, 0));
      x.close();
      x.close();
      Samples out = engine.samples(3, 2);
      List<Runnable> uses =
          List.of(
              x::toFloats,
              x::clear,
              x::elements,
              () -> x.get(0, 0),
              () -> slice.set(0, 0, 1),
              () -> x.readRow(0, new double[2]),
              () -> x.write(new float[6]),
              () -> out.copyFrom(x),
              x::firstNonFiniteRow,
              () -> engine.backend().normal(NoiseAddress.of(1, 0, 0), x),
              () ->
                  engine
                      .backend()
                      .step(new Coefficients(1, 0, 0, 0), StepTerms.of(slice, out.slice(0, 1))));
      for (Runnable use : uses) {
        String message = assertThrows(IllegalStateException.class, use::run).getMessage();
        assertEquals("samples 3 x 2: closed, and their memory is gone", message);
      }
    }
  }

  /** A view that a user kept: memory is used again, so it must not be written through. */
  @Test
  void aSegmentEndsWithItsSamples() {
    try (Engine engine = Engine.open(Guarded.host(), 1)) {
      Samples x = engine.samples(new float[] {1, 2}, 1);
      MemorySegment seen = x.segment();
      assertEquals(2, seen.getAtIndex(ValueLayout.JAVA_FLOAT, 1));
      x.close();
      assertThrows(
          IllegalStateException.class, () -> seen.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1));
    }
  }

  /** Only the view is reachable: its memory must not go to anybody else. */
  @Test
  void aSegmentKeepsItsMemory() {
    try (Engine engine = Engine.open(Guarded.host(), 1)) {
      MemorySegment seen = engine.samples(new float[] {1, 2, 3, 4}, 1).segment();
      for (int round = 0; round < 5; round++) {
        System.gc();
        for (int i = 0; i < 50; i++) {
          engine.samples(new float[] {9, 9, 9, 9}, 1);
        }
        assertArrayEquals(new float[] {1, 2, 3, 4}, seen.toArray(ValueLayout.JAVA_FLOAT));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void memoryIsUsedAgainUpToALimit(String backend) {
    try (Engine engine = open(backend)) {
      engine.backend().limitMemory(Long.MAX_VALUE, 20_000);
      Samples first = engine.samples(10, 200);
      long size = engine.memory().samples();
      first.close();
      assertEquals(size, engine.memory().cached());
      assertEquals(0, engine.memory().samples());
      Samples second = engine.samples(10, 200);
      assertEquals(0, engine.memory().cached());
      Samples third = engine.samples(5, 200);
      second.close();
      third.close();
      assertTrue(engine.memory().cached() <= 20_000, engine.memory().toString());
      engine.samples(1, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aScopeEndsWhatItsThreadMadeButWhatIsKept(String backend) {
    try (Engine engine = open(backend)) {
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new float[] {0, 1}, 1));
      Samples before = engine.samples(1, 1);
      Samples kept;
      Samples outer;
      Samples lost;
      Samples lasting;
      Scope scope = engine.scope();
      try (scope) {
        lost = engine.samples(new float[] {.25f}, 1);
        lasting = engine.lasting(1, 1);
        try (Scope inner = engine.scope()) {
          outer = inner.keep(posterior.denoise(lost, Level.ofSigma(1)));
          assertThrows(IllegalStateException.class, scope::close);
        }
        kept = scope.keep(posterior.score(lost, Level.ofSigma(1)));
        assertTrue(Double.isFinite(outer.get(0, 0)));
      }
      scope.close();
      assertThrows(IllegalStateException.class, () -> scope.keep(lost));
      for (Samples alive : List.of(before, kept, lasting, engine.samples(1, 1))) {
        alive.clear();
      }
      assertThrows(IllegalStateException.class, lost::clear);
      assertThrows(IllegalStateException.class, outer::clear);
    }
  }

  @Test
  @SuppressWarnings("try") // closed by hand is what is tested
  void aScopeBelongsToItsThread() throws Exception {
    try (Engine engine = Engine.open("java", 1);
        Scope scope = engine.scope()) {
      Samples[] other = new Samples[1];
      Throwable[] refused = new Throwable[1];
      Thread thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    other[0] = engine.samples(1, 1);
                    refused[0] = assertThrows(IllegalStateException.class, scope::close);
                  });
      thread.join();
      scope.close();
      other[0].clear();
      assertTrue(refused[0].getMessage().contains("the one that opened it"));
    }
  }

  /** Freed under a kernel, memory would be another's before the kernel ends. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Timeout(600)
  void closingWaitsForWorkAndRefusesWhatComesLater(boolean closeSamples) throws Exception {
    try (Engine engine = Engine.open("auto", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new float[] {0, 1}, 1));
      Samples x = engine.samples(new float[4096], 4096);
      Samples out = engine.samples(4096, 1);
      CountDownLatch begun = new CountDownLatch(1);
      Throwable[] ended = new Throwable[1];
      Thread worker =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      while (true) {
                        posterior.denoise(x, Level.ofSigma(1), out);
                        begun.countDown();
                      }
                    } catch (Throwable e) {
                      ended[0] = e;
                    }
                  });
      begun.await();
      if (closeSamples) {
        x.close();
      } else {
        posterior.close();
      }
      worker.join();
      assertEquals(IllegalStateException.class, ended[0].getClass(), ended[0].toString());
      assertEquals(
          closeSamples
              ? "samples 4096 x 1: closed, and their memory is gone"
              : "the posterior is closed, and its tables are gone",
          ended[0].getMessage());
      float[] whole = out.toFloats();
      for (float value : whole) {
        assertEquals(whole[0], value);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aLimitIsAnExceptionThatSaysWhatHoldsHowMuch(String backend) {
    try (Engine engine = open(backend)) {
      long most = engine.memory().total() + (8 << 20);
      engine.backend().limitMemory(most, 4 << 20);
      Samples held = engine.samples(1 << 19, 1);
      var refused =
          assertThrows(OutOfNativeMemoryException.class, () -> engine.samples(1L << 30, 1 << 10));
      String message = refused.getMessage();
      assertTrue(message.contains("no room for"), message);
      assertTrue(message.contains("of %,d (samples".formatted(most)), message);
      assertTrue(message.contains("cached 0"), message);
      held.clear(); // the engine stays usable
      if (backend.equals(Guarded.NAME)) {
        return; // it does not see what nobody reaches
      }
      for (int i = 0; i < 50; i++) {
        engine.samples(1 << 19, 1).set(0, 0, i);
      }
    }
  }

  @Test
  void tablesOfPriorsCount() {
    try (Engine engine =
        Engine.open(EngineOptions.of().backend("java").threads(1).memoryLimit(4 << 20))) {
      assertThrows(
          OutOfNativeMemoryException.class,
          () -> ExactPosterior.of(engine, DataSet.of(new float[4 << 20], 1024)));
      ExactPosterior.of(engine, DataSet.of(new float[1 << 10], 1024));
      assertTrue(engine.memory().other() >= 4 << 10, engine.memory().toString());
    }
  }

  /** Nobody closes the posteriors of a loop either. */
  @Test
  void aPosteriorThatNobodyReachesMakesRoom() {
    DataSet points = DataSet.of(new float[256 << 10], 1024);
    try (Engine engine =
        Engine.open(EngineOptions.of().backend("java").threads(1).memoryLimit(8 << 20))) {
      for (int i = 0; i < 40; i++) {
        ExactPosterior.of(engine, points);
      }
      assertFalse(engine.memory().total() > 8 << 20);
    }
  }

  /** What a sampler keeps between batches is not the scope's in which the first batch was taken. */
  @ParameterizedTest
  @MethodSource("backends")
  void aChainOutlivesTheScopeOfABatch(String backend) {
    try (Engine engine = open(backend)) {
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new float[] {0, 1}, 1));
      Chain chain = new Chain(posterior, Schedules.vpCosine(10).respace(4), 1, 3);
      float[] first;
      try (Scope _ = engine.scope()) {
        first = chain.sample(Samplers.parse("dpmpp-2m"), 0, 3).toFloats();
      }
      assertArrayEquals(first, chain.sample(Samplers.parse("dpmpp-2m"), 0, 3).toFloats());
    }
  }

  /** Every number of levels had memory of its own for good: 500 of them 1.25 GB. */
  @ParameterizedTest
  @MethodSource("backends")
  void sizesOfBlindGridsDoNotPileUp(String backend) {
    try (Engine engine = open(backend)) {
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new float[16 * 8], 8));
      Samples y = engine.samples(new float[8 * 64], 64);
      Samples mean = engine.samples(64, 8);
      long afterTen = 0;
      for (int levels = 100; levels > 60; levels--) { // smaller and smaller
        double[] sigmas = new double[levels];
        for (int s = 0; s < levels; s++) {
          sigmas[s] = s + 1;
        }
        posterior.blind(y, sigmas, new double[levels], BlindOutputs.of().mean(mean));
        if (levels == 90) {
          afterTen = engine.memory().other();
        }
      }
      assertTrue(engine.memory().other() <= afterTen, engine.memory() + " after " + afterTen);
    }
  }
}
