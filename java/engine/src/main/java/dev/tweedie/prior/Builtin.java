package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Priors that the program makes itself: {@code builtin:NAME} on the command line. */
public final class Builtin {
  private static final int GLYPHS = 3000;
  private static final long GLYPH_SEED = 1;

  private static final Map<String, Supplier<Prior>> PRIORS = new LinkedHashMap<>();

  static {
    PRIORS.put("glyphs", () -> glyphs(GLYPHS, GLYPH_SEED));
    PRIORS.put("grid49", Builtin::grid49);
    PRIORS.put("two-points", () -> DataSet.of(new double[] {-1, 1}, 1));
    PRIORS.put("rings", Builtin::rings);
    PRIORS.put("bimodal", () -> isotropic(new double[] {-1, 1}, 1, 0.01));
    PRIORS.put("circle8", Builtin::circle8);
    PRIORS.put("three-gaussians", Builtin::threeGaussians);
    PRIORS.put("random-mixture", () -> randomMixture(128, 64, 1));
  }

  private Builtin() {}

  /** The valid names. */
  public static List<String> names() {
    return List.copyOf(PRIORS.keySet());
  }

  /**
   * Makes a prior; the same one each time.
   *
   * <ul>
   *   <li>glyphs: 3,000 drawn digits of 28 x 28 pixels, see {@link #glyphs}
   *   <li>grid49: 7 x 7 Gaussians in the plane, spacing 0.5, standard deviation 0.05 (the toy of Li
   *       et al.)
   *   <li>two-points: -1 and 1 on the line (Liang et al.)
   *   <li>rings: 600 points on three circles of radius 0.5, 1 and 1.5, as many on each
   *   <li>bimodal: two Gaussians at -1 and 1 on the line, standard deviation 0.1
   *   <li>circle8: 8 Gaussians on the unit circle, standard deviation 0.05
   *   <li>three-gaussians: three Gaussians in three dimensions with full covariances
   *   <li>random-mixture: 128 Gaussians in 64 dimensions, see {@link #randomMixture}
   * </ul>
   *
   * @throws InvalidInputException for an unknown name
   */
  public static Prior parse(String name) {
    Supplier<Prior> prior = PRIORS.get(name);
    if (prior == null) {
      throw new InvalidInputException(
          "builtin: found '" + name + "', allowed: " + String.join(", ", names()));
    }
    return prior.get();
  }

  /**
   * Digits drawn with a round pen, 28 x 28 pixels in [0, 1], under random shifts, rotations and
   * scales: a manifold of four dimensions for each digit, in 784. Row i shows the digit {@code i %
   * 10}.
   *
   * @param count number of drawings, at least 1
   * @param seed another seed gives other drawings
   */
  public static DataSet glyphs(int count, long seed) {
    if (count < 1) {
      throw new InvalidInputException("glyphs: found " + count + ", allowed: at least 1");
    }
    return DataSet.of(Glyphs.draw(count, seed), Glyphs.SIDE * Glyphs.SIDE);
  }

  /**
   * A mixture of cigars like the synthetic one of Fesl et al. 2025, by a rule of our own: weights
   * uniform in 0.5 .. 1.5, means N(0, I / d), covariances with random orthonormal eigenvectors, one
   * eigenvalue uniform in 0.95 d .. 1.05 d and the others uniform in (0, 1). It is then shifted to
   * mean zero and scaled to {@code E|x_0|^2 = d}.
   *
   * @param components K, at least 1
   * @param dim d, at least 1
   * @param seed another seed gives another mixture
   */
  public static GaussianMixture randomMixture(int components, int dim, long seed) {
    if (components < 1 || dim < 1) {
      throw new InvalidInputException(
          "random mixture: found %d components in dimension %d, allowed: at least 1 of both"
              .formatted(components, dim));
    }
    return RandomMixture.make(components, dim, seed);
  }

  private static Prior grid49() {
    double[] means = new double[49 * 2];
    for (int k = 0; k < 49; k++) {
      means[2 * k] = 0.5 * (k % 7 - 3);
      means[2 * k + 1] = 0.5 * (k / 7 - 3);
    }
    return isotropic(means, 2, 0.05 * 0.05);
  }

  private static Prior circle8() {
    double[] means = new double[8 * 2];
    for (int k = 0; k < 8; k++) {
      putOnCircle(means, k, 1, 0.25 * Math.PI * k);
    }
    return isotropic(means, 2, 0.05 * 0.05);
  }

  private static Prior rings() {
    int each = 200;
    double[] points = new double[3 * each * 2];
    for (int i = 0; i < 3 * each; i++) {
      putOnCircle(points, i, 0.5 * (1 + i / each), 2 * Math.PI * (i % each) / each);
    }
    return DataSet.of(points, 2);
  }

  private static void putOnCircle(double[] points, int i, double radius, double angle) {
    points[2 * i] = radius * StrictMath.cos(angle);
    points[2 * i + 1] = radius * StrictMath.sin(angle);
  }

  private static Prior threeGaussians() {
    double[] matrices = {
      .5, 0, 0, 0, .2, 0, 0, 0, .1, //
      1, .3, 0, .3, .5, .1, 0, .1, .25, //
      .04, 0, 0, 0, .04, 0, 0, 0, .04
    };
    return new GaussianMixture(
        new double[] {.5, .3, .2},
        new double[] {1, 0, -1, -2, 1, 0, 0, .5, 2},
        3,
        new Covariance.Full(matrices));
  }

  /** Components of equal weight and variance. */
  private static Prior isotropic(double[] means, int dim, double variance) {
    int components = means.length / dim;
    double[] weights = new double[components];
    double[] variances = new double[components];
    Arrays.fill(weights, 1);
    Arrays.fill(variances, variance);
    return new GaussianMixture(weights, means, dim, new Covariance.Isotropic(variances));
  }
}
