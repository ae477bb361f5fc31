package dev.tweedie.backend.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryPoolTest {
  private static final long SMALL = 4 << 10;

  /** Counts what it lends. */
  private static final class Counting implements MemorySource {
    private final MemorySource host = MemorySource.host();
    private int lent;
    private int ever;

    @Override
    public Optional<MemorySegment> allocate(long bytes) {
      lent++;
      ever++;
      return host.allocate(bytes);
    }

    @Override
    public void free(MemorySegment block) {
      lent--;
      host.free(block);
    }

    @Override
    public boolean reusable() {
      return true;
    }

    @Override
    public MemorySegment visible(MemorySegment memory, Arena life, Object owner) {
      return host.visible(memory, life, owner);
    }
  }

  private final Counting source = new Counting();
  private final MemoryPool pool = new MemoryPool("test", source, this, () -> {});

  @Test
  void smallSamplesShareBlocksButNoByte() {
    List<MemoryPool.Lease> leases = new ArrayList<>();
    for (int i = 0; i < 3 * SharedBlock.PARTS; i++) {
      leases.add(pool.take(SMALL - 8));
      leases.getLast().memory().fill((byte) i);
    }
    assertEquals(3, source.lent);
    for (int i = 0; i < leases.size(); i++) {
      MemorySegment memory = leases.get(i).memory();
      assertEquals(SMALL - 8, memory.byteSize());
      assertEquals(0, memory.address() % 64);
      assertEquals(i, memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, SMALL - 9));
    }
    leases.forEach(MemoryPool.Lease::free);
    assertEquals(0, pool.usage().samples());
    assertEquals(3 * SharedBlock.PARTS * SMALL, pool.usage().cached());
    pool.close();
    assertEquals(0, source.lent);
  }

  /** One that is kept keeps its seven neighbours' room, and nobody writes into it. */
  @Test
  void whatIsLeftIsUsedAgainButNotWhatIsKept() {
    MemoryPool.Lease kept = pool.take(SMALL);
    kept.memory().fill((byte) 7);
    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < 1000; i++) {
        pool.take(SMALL).memory().fill((byte) 1);
      }
      System.gc();
    }
    assertTrue(source.ever < 50 * 1000 / SharedBlock.PARTS / 2, source.ever + " blocks");
    assertEquals(-1, kept.memory().mismatch(MemorySegment.ofArray(filled((byte) 7))));
    pool.close();
    assertEquals(0, source.lent);
  }

  private static byte[] filled(byte value) {
    byte[] all = new byte[(int) SMALL];
    java.util.Arrays.fill(all, value);
    return all;
  }

  @Test
  void whereABlockOfSeveralDoesNotFitOneOfOneDoes() {
    pool.limit(2 * SMALL, Long.MAX_VALUE);
    pool.take(SMALL);
    pool.take(SMALL);
    assertEquals(2 * SMALL, pool.usage().samples());
  }

  /** Nothing is kept where nothing may be cached. */
  @Test
  void withoutACacheNothingIsShared() {
    pool.limit(Long.MAX_VALUE, 0);
    MemoryPool.Lease first = pool.take(SMALL);
    pool.take(SMALL);
    first.free();
    assertEquals(1, source.lent);
    assertEquals(0, pool.usage().cached());
  }

  /** Closing one after the other goes on with the same memory, which is warm. */
  @Test
  void whatIsClosedIsUsedNext() {
    MemoryPool.Lease held = pool.take(SMALL);
    MemoryPool.Lease first = pool.take(SMALL);
    long address = first.memory().address();
    first.free();
    assertEquals(address, pool.take(SMALL).memory().address());
    assertTrue(held.memory().address() != address);
  }
}
