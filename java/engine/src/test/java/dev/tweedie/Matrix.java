package dev.tweedie;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every backend and tier of this program, and memory that the host cannot touch, for tests that all
 * of them must pass. One that is absent here aborts its test with the reason; {@code
 * -Dtweedie.require=cpu,java:vector} makes that a failure.
 */
public final class Matrix {
  private Matrix() {}

  /** Names, for {@code @MethodSource("dev.tweedie.Matrix#tiers")}. */
  public static Stream<String> tiers() {
    return Stream.concat(Backends.tiers().stream().map(Tier::name), Stream.of(Guarded.NAME));
  }

  /**
   * The fastest tier of each precision, for {@code @MethodSource("dev.tweedie.Matrix#precisions")}:
   * laws that take many samples. That the other tiers have the bits of the first is what {@link
   * MatrixTest} proves.
   */
  public static Stream<String> precisions() {
    return Stream.of(host(), "reference");
  }

  /** The fastest tier that is not a device. */
  public static String host() {
    return Backends.tiers().stream()
        .filter(tier -> tier.reason().isEmpty() && !tier.name().startsWith("cuda"))
        .map(Tier::name)
        .findFirst()
        .orElseThrow();
  }

  /** Opens an engine on one of {@link #tiers}, or ends the test. */
  public static Engine open(String name, int threads) {
    if (name.equals(Guarded.NAME)) {
      return Guarded.open(threads);
    }
    for (Tier tier : Backends.tiers()) {
      if (tier.name().equals(name)) {
        tier.reason().ifPresent(reason -> absent(name, reason));
      }
    }
    return Engine.open(name, threads);
  }

  private static void absent(String name, String reason) {
    if (required(name)) {
      fail(name + " is required but absent: " + reason);
    }
    abort(name + " is absent: " + reason);
  }

  private static boolean required(String name) {
    String required = System.getProperty("tweedie.require", "");
    return List.of(required.split(",")).stream()
        .anyMatch(entry -> name.equals(entry) || name.startsWith(entry + ":"));
  }
}
