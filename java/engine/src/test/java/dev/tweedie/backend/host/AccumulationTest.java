package dev.tweedie.backend.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.host.TablePrior.Workspace;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Kind;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order in which rows see shards, by kernels that write it down. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // waiting ignores interrupts
class AccumulationTest {
  private static final int SHARDS = 4;
  private static final float IN_ORDER = 1234;

  /**
   * Digits of a row's sum are the shards that it has seen; takes a while that nobody can foresee.
   */
  private static final class Diary implements SoftmaxKernels<String> {
    private final int failing;

    Diary(int failing) {
      this.failing = failing;
    }

    @Override
    public void accumulate(String table, long first, long last, RowState rows) {
      int shard = (int) (first / Kind.SHARD);
      LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(1_000_000));
      if (shard == failing) {
        throw new IllegalStateException("shard " + shard);
      }
      for (long i = 0; i < rows.rows(); i++) {
        set(rows, i, 10 * get(rows, i) + shard + 1);
      }
    }

    @Override
    public void merge(int shard, RowState into, RowState from) {
      for (long i = 0; i < into.rows(); i++) {
        assertEquals(shard + 1, get(from, i));
        set(into, i, 10 * get(into, i) + get(from, i));
      }
    }
  }

  private static float get(RowState rows, long i) {
    return rows.sum().getAtIndex(ValueLayout.JAVA_FLOAT, i);
  }

  private static void set(RowState rows, long i, float value) {
    rows.sum().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
  }

  /** Times that each of so many rows was complete. */
  private static AtomicIntegerArray complete(int rows, int threads, int failing) {
    double[] points = new double[(SHARDS - 1) * Kind.SHARD + 1];
    AtomicIntegerArray times = new AtomicIntegerArray(rows);
    try (Engine engine = Engine.open("java:scalar", 1);
        Arena arena = Arena.ofShared();
        Workers workers = new Workers(threads);
        TablePrior prior =
            PreparedPrior.inArena(
                Arena.ofShared(),
                own -> new TablePrior(null, DataSet.of(points, 1), own, null, null, _ -> {}))) {
      Pool<Workspace<Diary>> workspaces =
          new Pool<>(
              () ->
                  new Workspace<>(
                      new RowState(prior.table, prior.largestChunk, arena), new Diary(failing)));
      Samples x = engine.samples(new float[rows], rows);
      new Accumulation<>(prior, workspaces, prior.largestChunk, "", null, false)
          .forEachChunk(
              x,
              workers,
              space -> {
                for (long i = 0; i < space.state().rows(); i++) {
                  assertEquals(IN_ORDER, get(space.state(), i));
                  times.incrementAndGet((int) (space.state().begin() + i));
                }
              });
    }
    return times;
  }

  @Test
  void everyRowSeesAllShardsOnceAndInOrder() {
    for (int threads : new int[] {1, 2, 3, 8}) {
      for (int rows : new int[] {1, 32, 33, 200, 500, 2100}) {
        AtomicIntegerArray times = complete(rows, threads, -1);
        for (int i = 0; i < rows; i++) {
          assertEquals(1, times.get(i), "row " + i + " of " + rows + ", " + threads + " threads");
        }
      }
    }
  }

  @Test
  void aShardThatFailsEndsTheCallInsteadOfKeepingOthersWaiting() {
    for (int threads : new int[] {1, 2, 3, 8}) {
      for (int shard = 0; shard < SHARDS; shard++) {
        int failing = shard;
        for (int round = 0; round < 10; round++) { // of 32 rows all shards but one are ahead
          assertThrows(IllegalStateException.class, () -> complete(32, threads, failing));
        }
        assertThrows(IllegalStateException.class, () -> complete(200, threads, failing));
      }
    }
  }
}
