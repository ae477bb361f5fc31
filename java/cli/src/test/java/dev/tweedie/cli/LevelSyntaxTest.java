package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.schedule.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LevelSyntaxTest {
  @Test
  void theThreeForms() {
    assertEquals(new LevelSyntax(Level.ofSigma(0.5), 1), LevelSyntax.parse("sigma=0.5"));
    assertEquals(new LevelSyntax(Level.of(0.8, 0.6), 1), LevelSyntax.parse("alpha=0.8,sigma=0.6"));
    assertEquals(
        LevelSyntax.parse("alpha=0.8,sigma=0.6"), LevelSyntax.parse("sigma=0.6,alpha=0.8"));
  }

  /** y = x_0 + n at 10 dB is alpha y = alpha x_0 + sigma z: the scale is alpha itself. */
  @Test
  void anSnrIsVariancePreservingAndScalesTheInputByAlpha() {
    LevelSyntax found = LevelSyntax.parse("snr=10dB");
    assertEquals(Level.ofSnrDb(10), found.level());
    assertEquals(found.level().alpha(), found.scale());
    assertEquals(Level.ofSnrDb(-7.5), LevelSyntax.parse("snr=-7.5dB").level());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0.5",
        "sigma",
        "sigma=",
        "sigma=0",
        "sigma=-1",
        "sigma=NaN",
        "sigma=Infinity",
        "sigma=x",
        "alpha=1",
        "alpha=0,sigma=1",
        "alpha=-1,sigma=1",
        "sigma=1,sigma=2",
        "alpha=1,sigma=2,snr=3dB",
        "snr=10",
        "snr=dB",
        "snr=NaNdB",
        "snr=10dB,sigma=1",
        "sigma=1,"
      })
  void anythingElseIsRefusedWithWhatIsAllowed(String text) {
    String message =
        assertThrows(InvalidInputException.class, () -> LevelSyntax.parse(text)).getMessage();
    assertTrue(message.contains("found") && message.contains("allowed"), message);
  }
}
