package dev.tweedie.examples;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Random;

/** Drawn digits with noise, and their exact posterior means under other drawings. */
public final class DenoiseDigits {
  private DenoiseDigits() {}

  public static void main(String[] args) {
    System.out.printf("mean squared error: noisy %.4f, denoised %.4f%n", errors()[0], errors()[1]);
  }

  /** Mean squared errors of 50 noisy digits and of their posterior means. */
  static double[] errors() {
    double sigma = 0.5;
    int rows = 50;
    Prior digits = Builtin.parse("glyphs"); // any DataSet or GaussianMixture
    int dim = digits.dim();

    double[] clean = new double[rows * dim];
    double[] row = new double[dim];
    for (int i = 0; i < rows; i++) {
      digits.copyMean(i, row);
      System.arraycopy(row, 0, clean, i * dim, dim);
    }
    Random random = new Random(1);
    float[] noisy = new float[clean.length];
    for (int j = 0; j < noisy.length; j++) {
      noisy[j] = (float) (clean[j] + sigma * random.nextGaussian());
    }

    try (Engine engine = Engine.open()) {
      ExactPosterior posterior = ExactPosterior.of(engine, digits);
      Samples x = engine.samples(noisy, rows);
      Samples denoised = posterior.denoise(x, Level.ofSigma(sigma));
      return new double[] {error(clean, x.toDoubles()), error(clean, denoised.toDoubles())};
    }
  }

  private static double error(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sum / a.length;
  }
}
