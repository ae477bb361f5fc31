package dev.tweedie;

import dev.tweedie.backend.Backends;
import dev.tweedie.backend.GuardedBackend;

/** Engines whose samples the host cannot touch, for tests: see {@link GuardedBackend}. */
public final class Guarded {
  /** A name beside those of the tiers. */
  public static final String NAME = "guarded";

  private Guarded() {}

  /** On the best backend that is here. */
  public static Engine open(int threads) {
    return open("auto", threads);
  }

  public static Engine open(String backend, int threads) {
    return Engine.on(new GuardedBackend(Backends.open(backend, threads)), threads);
  }
}
