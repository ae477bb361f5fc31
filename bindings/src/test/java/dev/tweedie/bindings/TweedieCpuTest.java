package dev.tweedie.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.bindings.TweedieCpu.Tier;
import dev.tweedie.bindings.generated.Tweedie;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TweedieCpuTest {
  @ParameterizedTest
  @EnumSource
  void aTierOpensExactlyWhenNothingSpeaksAgainstIt(Tier tier) {
    Optional<String> absent = TweedieCpu.whyAbsent(tier);
    if (absent.isPresent()) {
      Exception e = assertThrows(IllegalStateException.class, () -> TweedieCpu.open(tier));
      assertEquals(absent.get(), e.getMessage());
    } else {
      try (TweedieCpu cpu = TweedieCpu.open(tier)) {
        assertEquals(tier, cpu.tier());
        cpu.check(Tweedie.TWEEDIE_OK());
      }
    }
  }

  @Test
  void handlesLiveSideBySideAndCloseOnce() {
    Optional<String> absent = TweedieCpu.whyAbsent(Tier.SCALAR);
    assumeTrue(absent.isEmpty(), () -> "cpu:scalar: " + absent.get());
    TweedieCpu first = TweedieCpu.open(Tier.SCALAR);
    try (TweedieCpu second = TweedieCpu.open(Tier.SCALAR)) {
      assertNotEquals(first.handle().address(), second.handle().address());
      first.close();
      first.close();
      assertThrows(IllegalStateException.class, first::handle);
      second.check(Tweedie.TWEEDIE_OK());
    }
  }
}
