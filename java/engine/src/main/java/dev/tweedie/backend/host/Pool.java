package dev.tweedie.backend.host;

import java.util.ArrayDeque;
import java.util.function.Supplier;

/**
 * Things that one thread uses at a time and nobody frees: as many as were ever in use at once.
 * Taking and giving back allocates nothing.
 */
public final class Pool<T> {
  private final ArrayDeque<T> idle = new ArrayDeque<>();
  private final Supplier<T> maker;

  public Pool(Supplier<T> maker) {
    this.maker = maker;
  }

  public synchronized T borrow() {
    T free = idle.pollFirst();
    return free == null ? maker.get() : free;
  }

  public synchronized void giveBack(T used) {
    idle.addFirst(used);
  }
}
