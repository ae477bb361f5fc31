package dev.tweedie.backend;

import dev.tweedie.InvalidInputException;
import java.util.List;

/** The backends of this program, in order of preference, and why each absent one is absent. */
public final class Backends {
  private Backends() {}

  /** Whether a tier can run here: {@code reason} is null where it can. */
  public record Availability(String name, String reason) {
    public boolean available() {
      return reason == null;
    }
  }

  /** Every tier this program knows, best first. */
  public static List<Availability> probe() {
    return List.of();
  }

  /** Opens a backend by name; {@code auto} takes the best that is available. */
  public static Backend open(String name, int threads) {
    if (threads < 1) {
      throw new InvalidInputException("threads: found " + threads + ", allowed: at least 1");
    }
    throw new InvalidInputException("backend: found " + name);
  }
}
