package dev.tweedie;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Backends;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * One line to the log {@code dev.tweedie} when an engine opens: what computes, and why nothing
 * better does. INFO where {@code auto} has chosen, WARNING where it went without native code or a
 * compiler makes the Vector API slow, DEBUG where all is as it was asked for.
 */
final class Announcement {
  private static final String VECTORS = "java:vector";

  private Announcement() {}

  static void log(Backend backend, EngineOptions options) {
    Logger log = System.getLogger("dev.tweedie");
    String chosen = backend.name();
    @Nullable String slow = chosen.equals(VECTORS) ? VectorCompiler.warning() : null;
    Level level = level(chosen, options, slow);
    if (log.isLoggable(level)) {
      Map<String, String> better = Backends.passedOver(options.backend(), options.numerics());
      log.log(level, line(chosen, options.numerics(backend.numerics()), better, slow));
    }
  }

  static Level level(String chosen, EngineOptions options, @Nullable String slow) {
    boolean asked = !options.backend().equals("auto");
    if (slow != null || !asked && chosen.startsWith("java:")) {
      return Level.WARNING;
    }
    return asked ? Level.DEBUG : Level.INFO;
  }

  /**
   * @param better tiers that would have been taken before, with the reason of their absence
   * @param slow what is wrong with the compiler, or null
   */
  static String line(
      String chosen, EngineOptions options, Map<String, String> better, @Nullable String slow) {
    StringJoiner reasons = new StringJoiner("; ", "; not ", "").setEmptyValue("");
    better.forEach((tier, reason) -> reasons.add(tier + ": " + reason));
    return "engine: %s, %s, threads %d%s%s"
        .formatted(
            chosen,
            options.numerics(),
            options.threads(),
            reasons,
            slow == null ? "" : "; " + slow);
  }
}
