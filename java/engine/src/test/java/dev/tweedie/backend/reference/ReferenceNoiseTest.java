package dev.tweedie.backend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.noise.NoiseAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ReferenceNoiseTest {
  private static final NoiseAddress AT = new NoiseAddress(0x0123456789abcdefL, 2, 3, 40, 7);

  private static double[] normals(NoiseAddress at, long row, int dim) {
    double[] out = new double[dim];
    new Noise(at).normal(row, out);
    return out;
  }

  @Test
  void elementsDependOnTheirAddressAlone() {
    double[] row = normals(AT, 5, 11);
    assertArrayEquals(Arrays.copyOf(row, 3), normals(AT, 5, 3));
    assertArrayEquals(row, normals(AT.skipRows(5), 0, 11));
    NoiseAddress later = new NoiseAddress(AT.seed(), 2, 3, 40, 9);
    assertArrayEquals(Arrays.copyOfRange(row, 8, 11), normals(later, 5, 3));
  }

  @Test
  void rowNumbersWrapAsUnsignedWords() {
    NoiseAddress last = new NoiseAddress(1, 0, 0, -1, 0);
    assertArrayEquals(normals(new NoiseAddress(1, 0, 0, 0, 0), 0, 4), normals(last, 1, 4));
  }

  @Test
  void normalsAreBoxMullerOfTheUniforms() {
    double[] uniform = new double[4];
    new Noise(AT).uniform(5, uniform);
    double[] normal = normals(AT, 5, 4);
    for (int j = 0; j < 4; j += 2) {
      double radius = Math.sqrt(-2 * Math.log(uniform[j]));
      double angle =
          2 * Math.PI * (uniform[j + 1] - 0x1p-33); // the angle's bits have no half added
      assertEquals(radius * Math.cos(angle), normal[j], 1e-14); // 2 pi rounded, times a radius < 7
      assertEquals(radius * Math.sin(angle), normal[j + 1], 1e-14);
    }
  }

  @Test
  void momentsOfTheNormals() {
    int rows = 50_000;
    double mean = 0;
    double square = 0;
    double fourth = 0;
    double product = 0;
    Noise noise = new Noise(NoiseAddress.of(3, 0, 0));
    double[] z = new double[2];
    for (int i = 0; i < rows; i++) {
      noise.normal(i, z);
      mean += z[0];
      square += z[0] * z[0];
      fourth += z[0] * z[0] * z[0] * z[0];
      product += z[0] * z[1];
    }
    // 5 standard errors; variances of z, z^2, z^4 and z z' are 1, 2, 96 and 1
    double error = 5 / Math.sqrt(rows);
    assertEquals(0, mean / rows, error);
    assertEquals(1, square / rows, error * Math.sqrt(2));
    assertEquals(3, fourth / rows, error * Math.sqrt(96));
    assertEquals(0, product / rows, error);
  }

  @Test
  void sineAndCosineAreExactAtQuarterTurnsHoweverLarge() {
    for (double turns : new double[] {0, 1, 3, 12_345, 0x1p40, 0x1p50}) {
      double x = 2 * turns;
      assertEquals(0.0, Trigonometry.sinPi(x));
      assertEquals(1.0, Trigonometry.cosPi(x));
      assertEquals(-0.0, Trigonometry.sinPi(-x - 1), "the sign of x");
      assertEquals(-1.0, Trigonometry.cosPi(x + 1));
    }
    for (double x : new double[] {0, 2, 12_344, 0x1p40}) {
      assertEquals(1.0, Trigonometry.sinPi(x + 0.5));
      assertEquals(-1.0, Trigonometry.sinPi(x + 1.5));
      assertEquals(0.0, Trigonometry.cosPi(x + 0.5));
      assertEquals(0.0, Trigonometry.cosPi(x + 1.5));
      double root = Math.sqrt(0.5);
      assertEquals(root, Trigonometry.sinPi(x + 0.25), 0x1p-52);
      assertEquals(-root, Trigonometry.cosPi(x + 0.75), 0x1p-52);
      assertEquals(-root, Trigonometry.sinPi(-x - 0.25), 0x1p-52);
    }
    assertTrue(Double.isNaN(Trigonometry.sinPi(Double.POSITIVE_INFINITY)));
    assertTrue(Double.isNaN(Trigonometry.cosPi(Double.NaN)));
  }

  /** The oracle's own counter function against the answers that its authors published. */
  @Test
  void publishedAnswers() throws IOException {
    int tenRounds = 0;
    try (var in = ReferenceNoiseTest.class.getResourceAsStream("/philox4x32.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
        if (!line.startsWith("10 ")) {
          continue;
        }
        String[] fields = line.split(" ");
        int[] hex = new int[10];
        Arrays.setAll(hex, i -> Integer.parseUnsignedInt(fields[i + 1], 16));
        int[] words = new int[4];
        PaperPhilox.words(Arrays.copyOf(hex, 4), (long) hex[5] << 32 | hex[4] & 0xffffffffL, words);
        assertArrayEquals(Arrays.copyOfRange(hex, 6, 10), words, line);
        tenRounds++;
      }
    }
    assertTrue(tenRounds >= 3, "found " + tenRounds + " answers of ten rounds");
  }
}
