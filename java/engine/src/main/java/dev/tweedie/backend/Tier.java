package dev.tweedie.backend;

import dev.tweedie.threads.Workers;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A backend at one instruction level, and whether it can run here.
 *
 * @param name for example {@code cpu:avx2}
 * @param absence gives null where the tier can run, else the reason in one line; never throws
 * @param opener opens it on an engine's threads
 */
public record Tier(String name, Supplier<String> absence, Function<Workers, Backend> opener) {
  /** The name's first word: {@code cpu}. */
  String backend() {
    return name.replaceFirst(":.*", "");
  }

  /** Null where this tier can run here, else why not. */
  public String reason() {
    return absence.get();
  }
}
