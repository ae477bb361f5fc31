package dev.tweedie;

import dev.tweedie.backend.Backends;
import dev.tweedie.backend.GuardedBackend;

/** Engines whose samples the host cannot touch, for tests: see {@link GuardedBackend}. */
public final class Guarded {
  /** A name beside those of the tiers. */
  public static final String NAME = "guarded";

  private Guarded() {}

  /** The best backend that works in the host's memory: nothing can be hidden of another. */
  public static String host() {
    return Backends.tiers().stream()
        .filter(tier -> tier.reason().isEmpty() && !tier.name().startsWith("cuda"))
        .findFirst()
        .orElseThrow()
        .name();
  }

  public static Engine open(int threads) {
    return Engine.on(backend(threads), threads);
  }

  public static GuardedBackend backend(int threads) {
    return new GuardedBackend(Backends.open(host(), threads));
  }
}
