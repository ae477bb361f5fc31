package dev.tweedie.check;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import java.util.SplittableRandom;

/**
 * The values of cases, the same for every backend: float32 numbers, so that {@code reference} sees
 * what the others see.
 */
final class CaseInputs {
  private CaseInputs() {}

  /**
   * A batch of one of these kinds.
   *
   * <ul>
   *   <li>plain: standard normals
   *   <li>small: subnormal and tiny numbers, both zeros; catches flush-to-zero
   *   <li>huge: up to 1e30, so that squares overflow; catches a maximum or a skip that treats
   *       infinity or NaN differently
   * </ul>
   */
  static Samples samples(Backend backend, String kind, int rows, int dim, long seed) {
    Samples out = backend.allocate(rows, dim);
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[rows * dim];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(kind, random);
    }
    out.write(values);
    return out;
  }

  private static float value(String kind, SplittableRandom random) {
    float normal = (float) random.nextGaussian();
    return switch (kind) {
      case "small" ->
          switch (random.nextInt(4)) {
            case 0 -> 0f;
            case 1 -> -0f;
            case 2 -> normal * 0x1p-140f;
            default -> normal * 0x1p-60f;
          };
      case "huge" -> random.nextInt(3) == 0 ? normal * 1e30f : normal;
      case "plain" -> normal;
      default -> throw new InvalidInputException("case: unknown input '" + kind + "'");
    };
  }

  /** {@code count} float32-representable standard normals. */
  static double[] normals(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] out = new double[count];
    for (int i = 0; i < count; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return out;
  }

  static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
