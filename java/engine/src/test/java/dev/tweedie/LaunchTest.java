package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The engine starts however Java was started. The build runs this three times: from the module
 * path, from the class path, and without the module of the Vector API.
 */
class LaunchTest {
  private static final String VECTOR_API = "jdk.incubator.vector";

  @Test
  void theVectorTierIsThereExactlyWhenItsModuleIs() {
    Tier vector =
        Backends.tiers().stream()
            .filter(tier -> tier.name().equals("java:vector"))
            .findAny()
            .orElseThrow();
    boolean module = ModuleLayer.boot().findModule(VECTOR_API).isPresent();
    assertEquals(module, vector.reason().isEmpty());
    if (!module) {
      assertTrue(
          vector.reason().get().contains("--add-modules " + VECTOR_API), vector.reason().get());
    }
  }

  @Test
  void everyTierThatIsThereDrawsTheSameBits() {
    Map<String, List<Integer>> found = new TreeMap<>();
    Map<String, List<Integer>> wanted = new TreeMap<>();
    for (Tier tier : Backends.tiers()) {
      if (tier.reason().isEmpty() && !tier.name().equals("reference")) {
        found.put(tier.name(), normals(tier.name()));
        wanted.put(tier.name(), normals("java:scalar"));
      }
    }
    assertEquals(wanted, found);
  }

  /** The bits of 3 x 17 normals. */
  private static List<Integer> normals(String tier) {
    List<Integer> bits = new ArrayList<>();
    try (Engine engine = Engine.open(tier, 1)) {
      Samples out = engine.samples(3, 17);
      engine.backend().normal(NoiseAddress.of(7, 0, 0), out);
      for (int i = 0; i < 3 * 17; i++) {
        bits.add(out.segment().getAtIndex(ValueLayout.JAVA_INT, i));
      }
    }
    return bits;
  }
}
