package dev.tweedie.restore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.io.ImageShape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of three channels each is measured as an image of one channel is, in either order. */
class ChannelWiseTest {
  private static final int HEIGHT = 6;
  private static final int WIDTH = 4;
  private static final int CHANNELS = 3;
  private static final int ROWS = 2;

  @ParameterizedTest
  @CsvSource({
    "inpaint:1:2:2:3, false",
    "inpaint:1:2:2:3, true",
    "missing:0.4:9, true",
    "superres:2, false",
    "superres:2, true",
    "blur:3, false",
    "blur:3, true",
    "random:0.3, false",
    "random:0.3, true"
  })
  void everyChannelIsMeasuredByItself(String spec, boolean last) {
    ImageShape shape = new ImageShape(HEIGHT, WIDTH, CHANNELS, last);
    try (Engine engine = Engine.open("reference", 1)) {
      LinearMeasurement all = Measurements.parse(spec, engine, shape);
      LinearMeasurement one = Measurements.parse(spec, engine, HEIGHT, WIDTH);
      assertEquals(CHANNELS * one.dim(), all.dim());
      assertEquals(CHANNELS * one.count(), all.count());
      boolean seenLast = last && !spec.startsWith("random");
      Samples x = engine.samples(ROWS, all.dim());
      for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < all.dim(); j++) {
          x.set(i, j, Math.sin(1.7 * i * all.dim() + j * j * .3));
        }
      }
      Samples c = engine.samples(ROWS, all.count());
      Samples back = engine.samples(ROWS, all.dim());
      Samples seen = engine.samples(ROWS, all.observedDim());
      Samples again = engine.samples(ROWS, all.count());
      all.measure(x, c);
      all.embed(c, back);
      all.observe(x, seen);
      all.coefficients(seen, again);
      for (int channel = 0; channel < CHANNELS; channel++) {
        Samples x1 = engine.samples(channel(x, channel, last), ROWS);
        Samples c1 = engine.samples(ROWS, one.count());
        Samples back1 = engine.samples(ROWS, one.dim());
        Samples seen1 = engine.samples(ROWS, one.observedDim());
        Samples again1 = engine.samples(ROWS, one.count());
        one.measure(x1, c1);
        one.embed(c1, back1);
        one.observe(x1, seen1);
        one.coefficients(seen1, again1);
        assertArrayEquals(c1.toDoubles(), channel(c, channel, false));
        assertArrayEquals(back1.toDoubles(), channel(back, channel, last));
        assertArrayEquals(seen1.toDoubles(), channel(seen, channel, seenLast));
        assertArrayEquals(again1.toDoubles(), channel(again, channel, false));
      }
    }
  }

  private static double[] channel(Samples rows, int channel, boolean last) {
    int width = rows.dim() / CHANNELS;
    double[] out = new double[ROWS * width];
    for (int i = 0; i < out.length; i++) {
      int at = i % width;
      out[i] = rows.get(i / width, last ? at * CHANNELS + channel : channel * width + at);
    }
    return out;
  }
}
