package dev.tweedie.lifetime;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Open, then closed once: ending waits for those who are inside and refuses those who come later. A
 * refusal never waits, so that work which is inside and waits for somebody outside ends too.
 */
public final class Life {
  private static final int ENDING = 1 << 31;

  private final AtomicInteger inside = new AtomicInteger(); // count, and ENDING
  private volatile @Nullable Thread ender;

  /** False where it has ended; else {@link #exit} must follow. */
  public boolean enter() {
    if (inside.getAndIncrement() >= 0) {
      return true;
    }
    exit();
    return false;
  }

  /** Enters also while it ends: for a thread that is inside already. */
  public void enterAgain() {
    inside.getAndIncrement();
  }

  public void exit() {
    if (inside.decrementAndGet() == ENDING) {
      LockSupport.unpark(ender); // nothing where null
    }
  }

  public boolean hasEnded() {
    return inside.get() < 0;
  }

  /** Refuses from now on; true for the first caller, who alone frees what there is. */
  public boolean begin() {
    return inside.getAndUpdate(count -> count | ENDING) >= 0;
  }

  /** After {@link #begin}: waits until nobody is inside, whatever interrupts. */
  public void await() {
    ender = Thread.currentThread();
    boolean interrupted = false;
    while (inside.get() != ENDING) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
