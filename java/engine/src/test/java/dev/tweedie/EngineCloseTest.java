package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is handed to an engine is freed with it. */
class EngineCloseTest {
  @Test
  void closingFreesWhatWasHandedOverOnceTheLatestFirstWhileMemoryIsThere() {
    List<String> freed = new ArrayList<>();
    Engine engine = Engine.open("auto", 3);
    assertEquals(3, engine.threads());
    Samples samples = engine.samples(new float[] {7}, 1);
    engine.onClose(() -> freed.add("first, sees " + samples.get(0, 0)));
    engine.onClose(() -> freed.add("second"));
    engine.close();
    engine.close();
    assertEquals(List.of("second", "first, sees 7.0"), freed);
    assertThrows(IllegalStateException.class, () -> engine.onClose(() -> freed.add("late")));
  }

  @Test
  void aFailureToFreeStillClosesTheEngine() {
    Engine engine = Engine.open(Guarded.host(), 1);
    MemorySegment segment = engine.samples(new float[] {7}, 1).segment();
    engine.onClose(
        () -> {
          throw new IllegalStateException("cannot be freed");
        });
    assertThrows(IllegalStateException.class, engine::close);
    assertFalse(segment.scope().isAlive());
  }

  /**
   * The work is inside the engine when closing begins, and would touch freed memory if it went on.
   */
  @Test
  @Timeout(600)
  void closingWaitsForWorkOfAnotherThreadAndRefusesWhatComesLater() throws Exception {
    Engine engine = Engine.open(Guarded.host(), 2);
    Samples samples = engine.samples(new float[] {7}, 1);
    MemorySegment segment = samples.segment();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch finish = new CountDownLatch(1);
    AtomicReference<Object> seen = new AtomicReference<>();
    Thread worker =
        Thread.ofPlatform()
            .start(
                () ->
                    engine.run(
                        () -> {
                          inside.countDown();
                          awaitQuietly(finish);
                          seen.set(samples.get(0, 0));
                        }));
    inside.await();
    Thread closer = Thread.ofPlatform().start(engine::close);
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertTrue(segment.scope().isAlive());
    finish.countDown();
    worker.join();
    closer.join();
    assertEquals(7.0, seen.get());
    assertFalse(segment.scope().isAlive());
    assertThrows(IllegalStateException.class, () -> engine.samples(1, 1));
  }

  /** Work that waits for another thread of its engine, which came after the one that closes. */
  @Test
  @Timeout(600)
  void workThatWaitsForAThreadOfItsEngineDoesNotWaitForItsClosing() throws Exception {
    Engine engine = Engine.open("auto", 1);
    CountDownLatch inside = new CountDownLatch(1);
    AtomicReference<Throwable> refused = new AtomicReference<>();
    AtomicReference<Thread> closer = new AtomicReference<>();
    Thread worker =
        Thread.ofPlatform()
            .start(
                () ->
                    engine.run(
                        () -> {
                          inside.countDown();
                          while (closer.get() == null
                              || closer.get().getState() != Thread.State.WAITING) {
                            Thread.onSpinWait();
                          }
                          Thread other =
                              Thread.ofPlatform()
                                  .start(
                                      () ->
                                          refused.set(
                                              assertThrows(
                                                  IllegalStateException.class,
                                                  () -> engine.samples(1, 1))));
                          try {
                            other.join();
                          } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                          }
                          engine.samples(1, 1); // whoever is inside goes on
                        }));
    inside.await();
    closer.set(Thread.ofPlatform().start(engine::close));
    worker.join();
    closer.get().join();
    assertEquals("the engine is closed", refused.get().getMessage());
  }

  @Test
  void aClosingThatFailedGoesOnWithWhatIsLeft() {
    List<String> freed = new ArrayList<>();
    Engine engine = Engine.open("auto", 2);
    engine.onClose(() -> freed.add("first"));
    engine.onClose(
        () -> {
          throw new IllegalStateException("cannot be freed");
        });
    engine.onClose(() -> freed.add("last"));
    assertThrows(IllegalStateException.class, engine::close);
    assertEquals(List.of("last", "first"), freed);
    engine.close();
    assertEquals(2, freed.size());
  }

  /** Where the system starts no more threads, those that started were left behind. */
  @Test
  void anEngineThatCannotBeOpenedLeavesNoThread() throws Exception {
    assertThrows(InvalidInputException.class, () -> Engine.open("no such backend", 7));
    long deadline = System.nanoTime() + 600_000_000_000L;
    while (helpers() > 0 && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    assertEquals(0, helpers());
  }

  private static long helpers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("tweedie-6"))
        .count();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theFirstRowThatIsNotFiniteIsFound() {
    for (String backend : new String[] {"auto", "reference"}) {
      try (Engine engine = Engine.open(backend, 1)) {
        Samples samples = engine.samples(new double[40 * 17], 40);
        assertEquals(-1, samples.firstNonFiniteRow());
        samples.set(31, 16, Double.NEGATIVE_INFINITY);
        samples.set(39, 0, Double.NaN);
        assertEquals(31, samples.firstNonFiniteRow());
        assertEquals(8, samples.slice(32, 8).firstNonFiniteRow() + 1);
      }
    }
  }
}
