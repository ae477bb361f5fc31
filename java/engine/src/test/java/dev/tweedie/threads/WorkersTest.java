package dev.tweedie.threads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a pool of threads gets wrong: work lost or done twice, and callers that wait for ever. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // waiting ignores interrupts
class WorkersTest {
  private static void coversOnce(Workers workers, int n, long size) {
    AtomicIntegerArray times = new AtomicIntegerArray(n);
    workers.forEachChunk(
        n,
        size,
        (begin, count) -> {
          for (long i = begin; i < begin + count; i++) {
            times.incrementAndGet((int) i);
          }
        });
    for (int i = 0; i < n; i++) {
      assertEquals(1, times.get(i), "times that " + i + " of " + n + " was done");
    }
  }

  @Test
  void everyItemIsDoneOnceBeforeTheCallReturns() {
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (Workers workers = new Workers(threads)) {
        for (int round = 0; round < 300; round++) {
          coversOnce(workers, 1 + round, 1 + round % 5);
        }
      }
    }
  }

  @Test
  void sleepingHelpersAreWoken() throws InterruptedException {
    try (Workers workers = new Workers(2)) {
      for (int round = 0; round < 5; round++) {
        Thread.sleep(2); // far longer than a helper looks for work
        CountDownLatch both = new CountDownLatch(2);
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        workers.forEachChunk(
            2,
            1,
            (_, _) -> {
              seen.add(Thread.currentThread());
              both.countDown();
              awaitUninterrupted(both); // returns only where two threads work
            });
        assertEquals(2, seen.size());
      }
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void callsWithinACallAndBesideItRunToTheirEnd() throws InterruptedException {
    try (Workers workers = new Workers(3)) {
      AtomicLong sum = new AtomicLong();
      Runnable nested =
          () -> {
            for (int round = 0; round < 100; round++) {
              workers.forEachChunk(
                  8, 1, (i, _) -> workers.forEachChunk(4, 1, (j, _) -> sum.addAndGet(4 * i + j)));
            }
          };
      Thread beside = new Thread(nested);
      beside.start();
      nested.run();
      beside.join();
      assertEquals(2 * 100 * (31 * 32 / 2), sum.get());
    }
  }

  @Test
  void aFailureIsThrownOnceNobodyWorksAnyMore() {
    try (Workers workers = new Workers(3)) {
      for (int bad = 0; bad < 40; bad++) {
        int at = bad;
        AtomicLong working = new AtomicLong();
        IllegalStateException e =
            assertThrows(
                IllegalStateException.class,
                () ->
                    workers.forEachChunk(
                        40,
                        1,
                        (i, _) -> {
                          working.incrementAndGet();
                          try {
                            if (i == at) {
                              throw new IllegalStateException("item " + i);
                            }
                          } finally {
                            working.decrementAndGet();
                          }
                        }));
        assertEquals("item " + at, e.getMessage());
        assertEquals(0, working.get());
        coversOnce(workers, 40, 1);
      }
    }
  }

  /** A helper that still works while the caller goes on would write into memory that is freed. */
  @Test
  void anInterruptEndsTheCallOnceNobodyWorksAnyMore() {
    for (int threads : new int[] {1, 2, 3}) {
      try (Workers workers = new Workers(threads)) {
        AtomicLong begun = new AtomicLong();
        AtomicLong working = new AtomicLong();
        Thread caller = Thread.currentThread();
        CancellationException e =
            assertThrows(
                CancellationException.class,
                () ->
                    workers.forEachChunk(
                        1000,
                        1,
                        (i, _) -> {
                          working.incrementAndGet();
                          if (begun.incrementAndGet() == 10) {
                            caller.interrupt();
                          }
                          working.decrementAndGet();
                        }));
        assertTrue(e.getMessage().startsWith("interrupted: the thread"), e.getMessage());
        assertEquals(0, working.get());
        assertTrue(begun.get() < 10 + threads, "begun: " + begun);
        assertTrue(Thread.interrupted(), "who interrupted wants it to be seen");
        coversOnce(workers, 100, 1);
      }
    }
  }

  @Test
  void aClosedPoolWorksOnItsCaller() {
    Workers workers = new Workers(2);
    workers.close();
    coversOnce(workers, 10, 1);
  }
}
