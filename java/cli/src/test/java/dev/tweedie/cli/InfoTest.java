package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InfoTest {
  @Test
  void everyTierIsListedAsAvailableOrWithItsReason() {
    Run run = Run.of("info").good();
    for (Tier tier : Backends.tiers()) {
      String said = run.fact("  " + tier.name());
      assertEquals(tier.reason().map(why -> "absent: " + why).orElse("available"), said);
    }
    try (Engine engine = Engine.open()) {
      assertEquals(engine.backend().name(), run.fact("backend"));
    }
    assertEquals(64, run.fact("abi").length(), run.out());
  }

  @Test
  void theChosenBackendIsTheOneAskedFor() {
    assertEquals("reference", Run.of("info", "--backend", "reference").good().fact("backend"));
    assertEquals("3", Run.of("info", "--threads", "3").good().fact("threads"));
  }

  /** Refused before any work, with the words that info has for it; never a silent exact result. */
  @Test
  void fastModeRunsOrSaysWhyItIsAbsent() {
    String fast = Run.of("info").good().fact("fast");
    Run asked = Run.of("info", "--backend", "cpu", "--numerics", "fast");
    if (fast.startsWith("absent: ")) {
      asked.refused("cpu in fast mode", fast.substring("absent: ".length()));
    } else {
      assertTrue(fast.matches("oneMKL [0-9.]+, .*libmkl_rt.*, (sequential|Intel threads, one)"));
      asked.good();
    }
    Run.of("info", "--backend", "java", "--numerics", "fast").refused("'java'", "fast", "cpu");
  }

  @Test
  void jsonHoldsTheSameFactsInOneLine() {
    String json = Run.of("info", "--json").good().out().strip();
    assertEquals(1, json.lines().count());
    assertTrue(json.startsWith("{\"version\":\"") && json.endsWith("}"), json);
    for (Tier tier : Backends.tiers()) {
      assertTrue(json.contains("\"" + tier.name() + "\":\""), json);
    }
  }

  @Test
  void jsonTextIsEscaped() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("a\"b", "tab\t back\\slash");
    facts.put("n", 3);
    facts.put("inner", Map.of("yes", true));
    assertEquals(
        "{\"a\\\"b\":\"tab\\u0009 back\\\\slash\",\"n\":3,\"inner\":{\"yes\":true}}",
        Json.of(facts));
  }
}
