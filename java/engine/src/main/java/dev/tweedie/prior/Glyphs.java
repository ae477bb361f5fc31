package dev.tweedie.prior;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Draws digits with a round pen on a small canvas. */
final class Glyphs {
  static final int SIDE = 28;

  /**
   * Half the height of an upright digit, and half the width of the pen, in pixels. The widest,
   * turned and shifted as far as can be, keeps off the border.
   */
  private static final double HALF_HEIGHT = 8;

  private static final double PEN = 1.1;

  /** Largest shift in pixels, rotation in radians and relative change of size. */
  private static final double SHIFT = 1.5;

  private static final double ROTATION = 0.2;
  private static final double SCALE = 0.12;

  /** Strokes in a box where x goes right and y down; digits are 2 high, from -1 to 1. */
  private static final Strokes[] DIGITS = {
    new Strokes().arc(0, 0, .6, 1, 0, 360),
    new Strokes().line(-.35, -.6, .1, -1, .1, 1),
    new Strokes().arc(0, -.42, .6, .58, 190, 390).line(.52, -.13, -.6, 1, .65, 1),
    new Strokes().arc(-.05, -.5, .5, .5, 200, 450).arc(-.05, .5, .6, .5, 270, 520),
    new Strokes().line(.3, 1, .3, -1, -.65, .4, .7, .4),
    new Strokes().line(.55, -1, -.4, -1, -.5, -.07).arc(-.02, .4, .6, .6, 230, 515),
    new Strokes().arc(.5, .4, 1.1, 1.4, 180, 265).arc(0, .4, .6, .6, 0, 360),
    new Strokes().line(-.6, -1, .6, -1, -.15, 1),
    new Strokes().arc(0, -.5, .5, .5, 0, 360).arc(0, .5, .6, .5, 0, 360),
    new Strokes().arc(-.5, -.4, 1.1, 1.4, 0, 85).arc(0, -.4, .6, .6, 0, 360),
  };

  private Glyphs() {}

  /**
   * {@code count x SIDE^2} values in [0, 1]; drawing i is the digit {@code i % 10}. By all
   * processors: it is much of a first start.
   */
  static float[] draw(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] pixels = new float[Math.multiplyExact(count, SIDE * SIDE)];
    Placement[] placements = new Placement[count];
    Arrays.setAll(placements, _ -> Placement.next(random));
    IntStream.range(0, count)
        .parallel()
        .forEach(i -> placements[i].draw(DIGITS[i % DIGITS.length], pixels, i * SIDE * SIDE));
    return pixels;
  }

  /** Where a digit is put: size and direction by {@code across} and {@code along}. */
  private record Placement(double across, double along, double left, double down) {
    static Placement next(SplittableRandom random) {
      double scale = HALF_HEIGHT * (1 + SCALE * between(random));
      double angle = ROTATION * between(random);
      double left = SIDE / 2.0 + SHIFT * between(random);
      double down = SIDE / 2.0 + SHIFT * between(random);
      return new Placement(
          scale * StrictMath.cos(angle), scale * StrictMath.sin(angle), left, down);
    }

    void draw(Strokes digit, float[] pixels, int canvas) {
      digit.forEachSegment(
          (x0, y0, x1, y1) ->
              Glyphs.draw(
                  pixels,
                  canvas,
                  left + across * x0 - along * y0,
                  down + along * x0 + across * y0,
                  left + across * x1 - along * y1,
                  down + along * x1 + across * y1));
    }
  }

  /** Uniform in [-1, 1). */
  private static double between(SplittableRandom random) {
    return 2 * random.nextDouble() - 1;
  }

  /** A pixel is as dark as the pen covers it: from its distance to the segment, over one pixel. */
  private static void draw(float[] pixels, int canvas, double x0, double y0, double x1, double y1) {
    double reach = PEN + 0.5;
    int firstX = pixel(Math.min(x0, x1) - reach);
    int lastX = pixel(Math.max(x0, x1) + reach);
    int firstY = pixel(Math.min(y0, y1) - reach);
    int lastY = pixel(Math.max(y0, y1) + reach);
    for (int y = firstY; y <= lastY; y++) {
      for (int x = firstX; x <= lastX; x++) {
        double far = distance(x + 0.5, y + 0.5, x0, y0, x1, y1);
        float cover = (float) Math.clamp(reach - far, 0, 1);
        int at = canvas + y * SIDE + x;
        pixels[at] = Math.max(pixels[at], cover);
      }
    }
  }

  private static int pixel(double position) {
    return Math.clamp((int) Math.floor(position), 0, SIDE - 1);
  }

  private static double distance(double x, double y, double x0, double y0, double x1, double y1) {
    double alongX = x1 - x0;
    double alongY = y1 - y0;
    double squared = alongX * alongX + alongY * alongY;
    double t = squared == 0 ? 0 : ((x - x0) * alongX + (y - y0) * alongY) / squared;
    double nearest = Math.clamp(t, 0, 1);
    double offX = x - x0 - nearest * alongX;
    double offY = y - y0 - nearest * alongY;
    return Math.sqrt(offX * offX + offY * offY);
  }
}
