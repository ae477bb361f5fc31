package dev.tweedie;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The samples that one thread makes on one engine between {@link Engine#scope} and {@link #close},
 * which ends them. Scopes nest.
 */
public final class Scope implements AutoCloseable {
  private final ThreadLocal<Scope> current;
  private final Scope outer;
  private final Thread thread = Thread.currentThread();
  private @Nullable List<Samples> samples = new ArrayList<>();

  Scope(ThreadLocal<Scope> current, Scope outer) {
    this.current = current;
    this.outer = outer;
    current.set(this);
  }

  void add(Samples made) {
    open().add(made);
  }

  /** Hands samples of this scope to the one around it, or to nobody where there is none. */
  public Samples keep(Samples kept) {
    open().removeIf(each -> each.block() == kept.block());
    if (outer != null) {
      outer.add(kept);
    }
    return kept;
  }

  private List<Samples> open() {
    List<Samples> open = samples;
    if (open == null) {
      throw new IllegalStateException("the scope is closed");
    }
    if (thread != Thread.currentThread()) {
      throw new IllegalStateException(
          "scope: found thread " + Thread.currentThread() + ", allowed: the one that opened it");
    }
    return open;
  }

  /**
   * Ends its samples, once nobody works on them. Closing twice does nothing.
   *
   * @throws IllegalStateException where a scope within this one is open, or on another thread
   */
  @Override
  public void close() {
    if (samples == null) {
      return;
    }
    List<Samples> ended = open();
    if (current.get() != this) {
      throw new IllegalStateException("scope: a scope within this one is open");
    }
    if (outer == null) {
      current.remove();
    } else {
      current.set(outer);
    }
    samples = null;
    ended.reversed().forEach(Samples::close);
  }
}
