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
    assertEquals(Level.ofSigma(0.5), LevelSyntax.parse("sigma=0.5"));
    assertEquals(Level.of(0.8, 0.6), LevelSyntax.parse("alpha=0.8,sigma=0.6"));
    assertEquals(
        LevelSyntax.parse("alpha=0.8,sigma=0.6"), LevelSyntax.parse("sigma=0.6,alpha=0.8"));
  }

  /** The level is that of the rows as they are, y = x_0 + n: alpha is 1, at every ratio. */
  @Test
  void anSnrIsThatOfRowsWithNoiseAddedToThem() {
    Level found = LevelSyntax.parse("snr=10dB");
    assertEquals(1, found.alpha());
    assertEquals(0.31622776601683794, found.sigma(), 1e-16); // sqrt .1
    assertEquals(-7.5, LevelSyntax.parse("snr=-7.5dB").snrDb(), 1e-12);
    assertEquals(1, LevelSyntax.parse("snr=-7.5dB").alpha());
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
        "snr=1e9dB",
        "snr=-InfinitydB",
        "snr=10dB,sigma=1",
        "sigma=1,"
      })
  void anythingElseIsRefusedWithWhatIsAllowed(String text) {
    String message =
        assertThrows(InvalidInputException.class, () -> LevelSyntax.parse(text)).getMessage();
    assertTrue(message.contains("found") && message.contains("allowed"), message);
  }
}
