package dev.tweedie.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A peer is timed only once it computes what {@code reference} does. */
public final class Agreement {
  private Agreement() {}

  /** The system property of a process of JMH that names a file for {@link #showError}. */
  static final String ERRORS = "tweedie.bench.errors";

  /**
   * Says how far responsibilities are off, right or wrong: in a line of the file for the table, or
   * printed where there is none. What is no number counts as 1, than which no error is larger.
   */
  public static void showError(double[] found, double[] expected) {
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(found[i] - expected[i]);
      largest = Math.max(largest, Double.isNaN(error) ? 1 : error);
    }
    String file = System.getProperty(ERRORS);
    if (file == null) {
      System.out.println("largest error of a responsibility: " + largest);
      return;
    }
    try {
      Files.writeString(Path.of(file), largest + "\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Fails where the root of the summed squared differences is over {@code bound} of the numbers'
   * own: peers differ in rounding, not in what they compute.
   */
  public static void within(double bound, float[] found, double[] expected) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(found[i] - expected[i], 2);
      size += expected[i] * expected[i];
    }
    double error = Math.sqrt(difference / size);
    if (!(error <= bound)) {
      throw new IllegalStateException(
          "differs from reference by %.3g, allowed: %.3g".formatted(error, bound));
    }
  }

  /**
   * Fails where the numbers are not standard normal: mean, variance and fourth moment within 5
   * standard errors (1, 2 and 96 are the variances of z, z^2 and z^4).
   */
  public static void normal(float[] found) {
    double[] moments = new double[3];
    for (float z : found) {
      moments[0] += z;
      moments[1] += (double) z * z;
      moments[2] += Math.pow(z, 4);
    }
    double[] expected = {0, 1, 3};
    double[] variance = {1, 2, 96};
    for (int i = 0; i < 3; i++) {
      double away = moments[i] / found.length - expected[i];
      if (!(Math.abs(away) <= 5 * Math.sqrt(variance[i] / found.length))) {
        throw new IllegalStateException("moment " + i + " of the normals is off by " + away);
      }
    }
  }
}
