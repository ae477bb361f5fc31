package dev.tweedie.restore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** M' is the adjoint of M, M has orthonormal columns, and M M' is a projector. */
class MeasurementLawsTest {
  private static final int HEIGHT = 12;
  private static final int WIDTH = 18;
  private static final int ROWS = 3;

  /** Rounding of float64 sums of a few hundred terms of size 1. */
  private static final double TOLERANCE = 1e-12;

  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("reference", 1);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private Samples rows(int dim, double salt) {
    double[] values = new double[ROWS * dim];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.sin(salt + 1.7 * i + .01 * i * i);
    }
    return engine.samples(values, ROWS);
  }

  private static double inner(Samples a, Samples b, long row) {
    double sum = 0;
    for (int j = 0; j < a.dim(); j++) {
      sum += a.get(row, j) * b.get(row, j);
    }
    return sum;
  }

  private Samples measure(LinearMeasurement m, Samples x) {
    Samples c = engine.samples(ROWS, m.count());
    m.measure(x, c);
    return c;
  }

  private Samples embed(LinearMeasurement m, Samples c) {
    Samples x = engine.samples(ROWS, m.dim());
    m.embed(c, x);
    return x;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "inpaint:3:4:9:8",
        "inpaint:0:0:18:11",
        "missing:0.5",
        "missing:0.9:7",
        "superres:2",
        "superres:6",
        "blur:3",
        "blur:5",
        "blur:11",
        "random:0.1",
        "random:0.5:3"
      })
  void adjointOrthonormalAndIdempotent(String spec) {
    LinearMeasurement m = Measurements.parse(spec, engine, HEIGHT, WIDTH);
    assertEquals(HEIGHT * WIDTH, m.dim());
    Samples x = rows(m.dim(), 1);
    Samples c = rows(m.count(), 2);
    Samples measured = measure(m, x);
    Samples embedded = embed(m, c);
    for (int row = 0; row < ROWS; row++) {
      // <M c, x> = <c, M' x>
      assertEquals(inner(embedded, x, row), inner(c, measured, row), 100 * TOLERANCE);
    }
    assertArrayEquals(c.toDoubles(), measure(m, embedded).toDoubles(), TOLERANCE); // M' M = I
    Samples projected = embed(m, measured);
    Samples again = embed(m, measure(m, projected));
    assertArrayEquals(projected.toDoubles(), again.toDoubles(), TOLERANCE);
    for (int row = 0; row < ROWS; row++) {
      assertTrue(inner(projected, projected, row) <= inner(x, x, row), "a projector shrinks");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"inpaint:3:4:9:8", "missing:0.5", "superres:3", "blur:3", "blur:5", "random:0.2"})
  void whatIsObservedHoldsTheMeasurements(String spec) {
    LinearMeasurement m = Measurements.parse(spec, engine, HEIGHT, WIDTH);
    Samples x = rows(m.dim(), 3);
    Samples observed = engine.samples(ROWS, m.observedDim());
    m.observe(x, observed);
    Samples c = engine.samples(ROWS, m.count());
    m.coefficients(observed, c);
    // Undoing a blur divides rounding by the least gain.
    double tolerance = spec.startsWith("blur") ? TOLERANCE / BoxBlur.LEAST_GAIN : TOLERANCE;
    assertArrayEquals(measure(m, x).toDoubles(), c.toDoubles(), tolerance);
  }

  @Test
  void observationsAreInPixels() {
    Samples x = engine.samples(1, HEIGHT * WIDTH);
    for (int j = 0; j < x.dim(); j++) {
      x.set(0, j, j);
    }
    Samples small = engine.samples(1, 4 * 6);
    Measurements.parse("superres:3", engine, HEIGHT, WIDTH).observe(x, small);
    // The centre of a 3 x 3 block of a linear image is its mean: pixel (1, 1), then (1, 4).
    assertEquals(19, small.get(0, 0), TOLERANCE * 19);
    assertEquals(22, small.get(0, 1), TOLERANCE * 22);
    Samples blurred = engine.samples(1, HEIGHT * WIDTH);
    Measurements.parse("blur:3", engine, HEIGHT, WIDTH).observe(x, blurred);
    assertEquals(5 * WIDTH + 7, blurred.get(0, 5 * WIDTH + 7), TOLERANCE * 216);
    // Joined edges: the mean of columns 17, 0, 1 and of rows 11, 0, 1.
    assertEquals(WIDTH * 12 / 3. + 18 / 3., blurred.get(0, 0), TOLERANCE * 216);
  }

  @Test
  void missingPixelsAreAsManyAsAskedForAndFollowTheSeed() {
    LinearMeasurement m = Measurements.parse("missing:0.25:5", engine, HEIGHT, WIDTH);
    assertEquals(HEIGHT * WIDTH * 3 / 4, m.count());
    Samples x = rows(m.dim(), 4);
    double[] first = measure(m, x).toDoubles();
    LinearMeasurement same = Measurements.parse("missing:0.25:5", engine, HEIGHT, WIDTH);
    assertArrayEquals(first, measure(same, x).toDoubles());
    LinearMeasurement other = Measurements.parse("missing:0.25:6", engine, HEIGHT, WIDTH);
    assertTrue(!Arrays.equals(first, measure(other, x).toDoubles()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "smear:3", "inpaint:1:2:3", "inpaint:18:0:1:1", "inpaint:0:0:18:12", "inpaint:a:0:1:1",
        "missing:0", "missing:1", "missing:x", "missing:0.5:s", "superres:5", "superres:1",
        "blur:4", "blur:1", "blur:13", "random:2", "random:0.5:1:1"
      })
  void whatMakesNoSenseIsRefusedInOneLine(String spec) {
    String message =
        assertThrows(
                InvalidInputException.class, () -> Measurements.parse(spec, engine, HEIGHT, WIDTH))
            .getMessage();
    assertTrue(message.startsWith("operator " + spec + ": "), message);
    assertTrue(message.contains("allowed"), message);
    assertEquals(1, message.lines().count());
  }
}
