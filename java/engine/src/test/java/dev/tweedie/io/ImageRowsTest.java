package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.tweedie.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class ImageRowsTest {
  private final Arena arena = Arena.ofAuto();

  private static Rows rows(ImageShape image, double... values) {
    return new Rows(
        MemorySegment.ofArray(values),
        Precision.FLOAT64,
        values.length / image.numbers(),
        (int) image.numbers(),
        image);
  }

  private double[] converted(Rows rows, ImageShape to) {
    return ImageRows.convert(rows, to, arena).toArray().toDoubles();
  }

  @Test
  void channelsFirstAndLastAreTheSameNumbersInAnotherOrder() {
    // Two rows of 1 x 2 pixels: R of both, G of both, B of both.
    ImageShape first = ImageShape.planes(3, 1, 2);
    Rows planes = rows(first, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    double[] last = {1, 3, 5, 2, 4, 6, 7, 9, 11, 8, 10, 12};
    ImageShape lastShape = first.withChannelsLast(true);
    assertArrayEquals(last, converted(planes, lastShape));
    assertArrayEquals(planes.toArray().toDoubles(), converted(rows(lastShape, last), first));
    assertSame(planes, ImageRows.convert(planes, first, arena));
  }

  @Test
  void colourIsMadeLumaAndOpacityLeftOut() {
    ImageShape one = ImageShape.planes(1, 1, 1);
    double luma = 0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.8;
    assertArrayEquals(
        new double[] {luma},
        converted(rows(ImageShape.planes(4, 1, 1), 0.2, 0.4, 0.8, 0.5), one),
        1e-16);
    double third = 1 / 3.0; // equal channels give their value, whatever it is
    assertArrayEquals(
        new double[] {third},
        converted(rows(ImageShape.planes(3, 1, 1), third, third, third), one));
    assertArrayEquals(
        new double[] {0.7}, converted(rows(ImageShape.planes(2, 1, 1), 0.7, 0.1), one));
    assertEquals("", ImageRows.conversion(3, 3));
    assertEquals(
        "colour made grey, 0.299 R + 0.587 G + 0.114 B, opacity left out",
        ImageRows.conversion(4, 1));
  }

  @Test
  void nothingIsMadeUp() {
    assertFalse(ImageRows.canConvert(1, 3));
    assertFalse(ImageRows.canConvert(3, 4));
    assertFalse(ImageRows.canConvert(16, 1));
    Rows grey = rows(ImageShape.grey(1, 2), 1, 2);
    assertRefused(() -> converted(grey, ImageShape.planes(3, 1, 2)), "found 1 x 2", "3 channels");
    assertRefused(() -> converted(grey, ImageShape.grey(2, 1)), "found 1 x 2, allowed: 2 x 1");
  }
}
