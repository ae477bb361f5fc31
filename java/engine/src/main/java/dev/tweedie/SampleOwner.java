package dev.tweedie;

import dev.tweedie.lifetime.Life;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * What samples know of the backend that holds them: whose they are, how their numbers are stored,
 * and the ways in and out.
 */
public abstract class SampleOwner {
  /** A piece of memory that samples are made of, and its end. For backends. */
  public interface Piece {
    /** The elements; on a device their address alone, with length zero. */
    MemorySegment memory();

    /** The same for the eyes of users, as long as {@code life} lasts; keeps this reachable. */
    MemorySegment visible(Arena life);

    /** Called once, when nobody uses it any more. Not called where nobody reaches it any more. */
    void free();
  }

  /** What users hold of a piece. */
  interface View {
    /** Ends it: what was seen of the piece refuses from now on. */
    void hide();
  }

  /** Whether the memory is there; all who touch it are inside. */
  final Life life = new Life();

  private final ThreadLocal<int[]> depth = ThreadLocal.withInitial(() -> new int[1]);
  private final Set<View> visible =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  SampleOwner() {}

  /** Name with tier, for example {@code cpu:avx2}. */
  public abstract String name();

  /** Element type of the samples. */
  public abstract Precision precision();

  /** The ways in and out; empty where samples lie in host memory. */
  public Optional<DeviceMemory> device() {
    return Optional.empty();
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

  final void show(View view) {
    visible.add(view);
  }

  /** Before the memory goes. */
  final void hideAll() {
    for (View view : visible.toArray(View[]::new)) {
      if (view != null) {
        view.hide();
      }
    }
  }
}
