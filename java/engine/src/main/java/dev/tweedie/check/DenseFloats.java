package dev.tweedie.check;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * Some 20,000 floats of all 2^32 at which elementary functions go wrong: of every sign and exponent
 * the ends of the mantissas and some between, and what formulas branch or round at.
 */
public final class DenseFloats {
  private static final int EXPONENTS = 512; // with the sign

  /** First, last and middle mantissas, their neighbours, and patterns of thirds. */
  private static final int[] MANTISSAS = {
    0, 1, 2, 0x3fffff, 0x400000, 0x400001, 0x7ffffe, 0x7fffff, 0x2aaaaa, 0x2aaaab, 0x555555,
    0x555556
  };

  private static final int MORE = 16;

  private DenseFloats() {}

  /** The set, in the order of its bits as unsigned numbers, each once. */
  public static float[] all() {
    TreeSet<Long> bits = new TreeSet<>();
    SplittableRandom random = new SplittableRandom(51);
    for (int exponent = 0; exponent < EXPONENTS; exponent++) {
      for (int mantissa : MANTISSAS) {
        bits.add((long) exponent << 23 | mantissa);
      }
      for (int i = 0; i < MORE; i++) {
        bits.add((long) exponent << 23 | random.nextInt(1 << 23));
      }
    }
    for (double point : points()) {
      int at = Float.floatToRawIntBits((float) point);
      for (int i = -2; i <= 2; i++) {
        bits.add(Integer.toUnsignedLong(at + i));
      }
    }
    float[] out = new float[bits.size()];
    int i = 0;
    for (long value : bits) {
      out[i++] = Float.intBitsToFloat((int) value);
    }
    return out;
  }

  /** Where results overflow, underflow or round to even, reductions change, and zeros are exact. */
  private static double[] points() {
    double ln2 = StrictMath.log(2);
    double[] fixed = {
      1,
      -1,
      88.72283935546875,
      -87.33654475055310,
      -103.27892990343185,
      -103.97207708399179,
      -104,
      -40,
      128,
      0x1p23,
      -0x1p23,
      0x1p24,
      -0x1p24,
      0x1p-126,
      0x1p-149,
      2.0 / 3,
      4.0 / 3
    };
    double[] out = Arrays.copyOf(fixed, fixed.length + 4 * 160 + 2 * 64);
    int at = fixed.length;
    for (int n = -160; n < 160; n++) {
      out[at++] = (n + 0.5) * ln2; // where exp takes the next power of two
      out[at++] = n * 0.25; // quarter turns, and halfway between them
    }
    for (int n = -64; n < 64; n++) {
      out[at++] = StrictMath.scalb(4.0 / 3, n); // where log takes the next power of two
    }
    return out;
  }
}
