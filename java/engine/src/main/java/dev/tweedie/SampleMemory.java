package dev.tweedie;

import dev.tweedie.lifetime.Life;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * What samples know of the backend that holds them: whose they are, how their numbers are stored,
 * and the ways in and out. Only a backend makes samples, so that nobody else can say of a piece of
 * memory that it is larger than it is.
 */
public abstract class SampleMemory {
  /** A piece of memory that samples are made of, and its end. For backends. */
  public interface Piece {
    /** The elements; on a device their address alone, with length zero. */
    MemorySegment memory();

    /** The same for the eyes of users, as long as {@code life} lasts; keeps this reachable. */
    MemorySegment visible(Arena life);

    /** Called once, when nobody uses it any more. Not called where nobody reaches it any more. */
    void free();
  }

  /** Whether the memory is there; all who touch it are inside. */
  final Life life = new Life();

  private final ThreadLocal<int[]> depth = ThreadLocal.withInitial(() -> new int[1]);
  private final Set<SampleBlock> visible =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /** Name with tier, for example {@code cpu:avx2}. */
  public abstract String name();

  /** Element type of the samples. */
  public abstract Precision precision();

  /** The ways in and out; null where samples lie in host memory. */
  public DeviceMemory device() {
    return null;
  }

  /** A piece of memory as samples of this backend. */
  protected final Samples samples(Piece piece, long rows, int dim) {
    return new Samples(
        this, new SampleBlock(this, piece, rows + " x " + dim), piece.memory(), rows, dim);
  }

  /**
   * Keeps samples from being freed until {@link #release}, by hand or because nobody reaches them.
   *
   * @param samples may be null
   * @throws IllegalStateException where they are closed
   */
  protected static void hold(Samples samples) {
    if (samples != null) {
      samples.block().enter();
    }
  }

  /** Ends a {@link #hold}. */
  protected static void release(Samples samples) {
    if (samples != null) {
      samples.block().exit();
    }
  }

  /** Comes inside: the memory stays until {@link #exit}. */
  final void enter() {
    int[] mine = depth.get();
    if (mine[0] > 0) {
      life.enterAgain();
    } else if (!life.enter()) {
      throw new IllegalStateException("the engine is closed");
    }
    mine[0]++;
  }

  /** For a thread that works for one that is inside. */
  final void enterWithin() {
    depth.get()[0]++;
    life.enterAgain();
  }

  final void exit() {
    depth.get()[0]--;
    life.exit();
  }

  /** Whether this thread is inside. */
  final boolean isInside() {
    return depth.get()[0] > 0;
  }

  final void show(SampleBlock block) {
    visible.add(block);
  }

  /** Before the memory goes: what users hold of it refuses from now on. */
  protected final void hideSamples() {
    for (SampleBlock block : visible.toArray(SampleBlock[]::new)) {
      if (block != null) {
        block.hide();
      }
    }
  }
}
