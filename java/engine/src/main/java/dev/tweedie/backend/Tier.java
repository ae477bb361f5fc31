package dev.tweedie.backend;

import dev.tweedie.threads.Workers;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A backend at one instruction level, and whether it can run here.
 *
 * @param name for example {@code cpu:avx2}
 * @param absence the reason in one line why it cannot run here; empty where it can; never throws
 * @param opener opens it on an engine's threads
 */
public record Tier(
    String name, Supplier<Optional<String>> absence, Function<Workers, Backend> opener) {
  /** The name's first word: {@code cpu}. */
  String backend() {
    return name.replaceFirst(":.*", "");
  }

  /** Why this tier cannot run here; empty where it can. */
  public Optional<String> reason() {
    return absence.get();
  }
}
