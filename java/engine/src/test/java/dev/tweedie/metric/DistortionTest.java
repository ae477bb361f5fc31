package dev.tweedie.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import org.junit.jupiter.api.Test;

class DistortionTest {
  private static final double[] CLEAN = {1, 0, 0.5, 0.5, 0, 0, 1, 1};
  private static final double[] ESTIMATE = {0.5, 0, 0.5, 0.75, 0.5, 0, 1, 0.5};

  // Row 1: errors 0.25 + 0.0625 over 4; row 2: 0.25 + 0.25 over 4; squared norm 1.5 + 2.
  private static final double MSE = 0.8125 / 8;
  private static final double PSNR = (10 * Math.log10(12.8) + 10 * Math.log10(8)) / 2;
  private static final double NMSE = 0.8125 / 3.5;

  // The sums of these squares are exact; only the logarithm and the divisions round.
  private static final double ROUNDING = 1e-14;

  @Test
  void figuresOfTwoRowsByHand() {
    try (Engine engine = Engine.open("reference", 1)) {
      Distortion found = Distortion.of(engine.samples(ESTIMATE, 2), engine.samples(CLEAN, 2));
      assertEquals(MSE, found.mse(), ROUNDING);
      assertEquals(PSNR, found.psnr(), PSNR * ROUNDING);
      assertEquals(NMSE, found.nmse(), ROUNDING);
    }
  }

  @Test
  void batchesDoNotChangeTheFigures() {
    try (Engine engine = Engine.open("reference", 1)) {
      Samples estimate = engine.samples(ESTIMATE, 2);
      Samples clean = engine.samples(CLEAN, 2);
      Distortion parts = new Distortion();
      parts.add(estimate.slice(0, 1), clean.slice(0, 1));
      parts.add(estimate.slice(1, 1), clean.slice(1, 1));
      Distortion whole = Distortion.of(estimate, clean);
      assertEquals(whole.mse(), parts.mse());
      assertEquals(whole.psnr(), parts.psnr());
      assertEquals(whole.nmse(), parts.nmse());
    }
  }

  @Test
  void anExactRowIsCountedAndLeavesThePsnrOfTheOthers() {
    try (Engine engine = Engine.open("reference", 1)) {
      Samples clean = engine.samples(CLEAN, 2);
      double[] one = ESTIMATE.clone();
      System.arraycopy(CLEAN, 0, one, 0, 4); // the first row exact
      Distortion found = Distortion.of(engine.samples(one, 2), clean);
      assertEquals(1, found.exactRows());
      assertEquals(10 * Math.log10(8), found.psnr(), 10 * ROUNDING);
      assertEquals(10 * Math.log10(16), found.pooledPsnr(), 13 * ROUNDING); // .5 over 8 numbers
      assertEquals(2, Distortion.of(clean, clean).exactRows());
      assertEquals(Double.POSITIVE_INFINITY, Distortion.of(clean, clean).psnr());
      assertEquals(0, Distortion.of(clean, clean).nmse());
    }
  }

  @Test
  void differentShapesAreRefusedWithBoth() {
    try (Engine engine = Engine.open("reference", 1)) {
      Samples estimate = engine.samples(ESTIMATE, 2);
      Samples clean = engine.samples(CLEAN, 4);
      String message =
          assertThrows(InvalidInputException.class, () -> Distortion.of(estimate, clean))
              .getMessage();
      assertTrue(message.contains("4 x 2") && message.contains("2 x 4"), message);
    }
  }
}
