package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What was chosen is said, and what was required is not replaced. */
class AnnouncementTest {
  private static final EngineOptions AUTO = EngineOptions.of().threads(3);
  private static final EngineOptions JAVA = AUTO.backend("java");

  @Test
  void theLineSaysWhatComputesAndWhyNothingBetterDoes() {
    assertEquals(
        "engine: cpu:avx2, exact, threads 3; not cuda:0: no driver; cpu:avx512: not here",
        Announcement.line(
            "cpu:avx2",
            AUTO,
            new java.util.TreeMap<>(Map.of("cuda:0", "no driver", "cpu:avx512", "not here"))
                .descendingMap(),
            null));
    assertEquals(
        "engine: java:vector, exact, threads 3; slow",
        Announcement.line("java:vector", JAVA, Map.of(), "slow"));
  }

  @Test
  void fallingToJavaIsAWarningAndAnAskedForBackendIsNone() {
    assertEquals(Level.WARNING, Announcement.level("java:vector", AUTO, null));
    assertEquals(Level.INFO, Announcement.level("cpu:avx2", AUTO, null));
    assertEquals(Level.DEBUG, Announcement.level("java:vector", JAVA, null));
    assertEquals(Level.WARNING, Announcement.level("java:vector", JAVA, "slow"));
  }

  @Test
  void onlyACompilerByJvmciIsSlow() {
    assertTrue(VectorCompiler.warning(flag -> true).contains("JVMCI"));
    assertNull(VectorCompiler.warning(Set.of("EnableJVMCI")::contains)); // there, but not in use
    assertNull(VectorCompiler.warning(Set.of("UseJVMCICompiler")::contains));
    VectorCompiler.warning(); // of this JVM: whatever it is, asking does not fail
  }

  @Test
  void theFirstRequiredBackendThatIsHereIsTaken() {
    try (Engine engine = Engine.require(AUTO, "java:scalar", "reference")) {
      assertEquals("java:scalar", engine.backend().name());
      assertEquals(3, engine.threads());
    }
  }

  @Test
  void whatIsRequiredAndNotHereIsAnError() {
    EngineOptions fast = AUTO.numerics(Numerics.FAST);
    refused("backend: found 'java', allowed: ", () -> Engine.require(fast, "java"));
    refused("backend: found 'auto', allowed: cuda", () -> Engine.require("auto"));
    refused("backend: found 'cpo', allowed: cuda", () -> Engine.require("java", "cpo"));
    refused("require: found backend java", () -> Engine.require(JAVA, "java"));
    refused("0 names, allowed", () -> Engine.require());
    for (var tier : dev.tweedie.backend.Backends.tiers()) {
      if (tier.reason().isPresent()) {
        refused(
            "none of those required is here: " + tier.name() + ": " + tier.reason().get(),
            () -> Engine.require(tier.name()));
      }
    }
  }

  private static void refused(String part, Runnable call) {
    String line = assertThrows(InvalidInputException.class, call::run).getMessage();
    assertTrue(line.contains(part) && !line.contains("\n"), line);
  }
}
