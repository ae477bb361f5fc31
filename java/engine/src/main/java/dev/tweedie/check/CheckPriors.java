package dev.tweedie.check;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;

/** The priors of cases, made from the case's own line. */
final class CheckPriors {
  /** Names of {@link #of}: every kind of covariance, and a data set. */
  static final String[] KINDS = {"points", "shared", "isotropic", "diagonal", "lowrank", "full"};

  /** A data set of bytes over 255, most of them 0: images. */
  static final String PIXELS = "pixels";

  /** Points of a block of the 8-bit path. */
  static final int PIXEL_BLOCK = 252;

  /** Kinds that a filter takes: data sets, and isotropic components of one variance. */
  private static final Set<String> PRUNABLE = Set.of("points", "shared", PIXELS);

  private CheckPriors() {}

  static boolean isPrunable(String kind) {
    return PRUNABLE.contains(kind);
  }

  /**
   * Means are standard normals, variances in (0, 1). Inputs that change the prior:
   *
   * <ul>
   *   <li>ties: all components the same, so every maximum is a tie
   *   <li>weightless: every other component has weight zero
   *   <li>singular: zero variances and eigenvalues
   * </ul>
   */
  static Prior of(CheckCase check) {
    int components = check.components();
    int dim = check.dim();
    double[] means = CaseInputs.normals(components * dim, 11);
    if (check.kind().equals(PIXELS)) {
      return pixels(components, dim);
    }
    double[] weights = new double[components];
    SplittableRandom random = new SplittableRandom(12);
    for (int k = 0; k < components; k++) {
      boolean weightless = check.input().equals("weightless") && k % 2 == 0 && components > 1;
      weights[k] = weightless ? 0 : 0.5 + random.nextDouble();
    }
    if (check.input().equals("ties")) {
      for (int i = dim; i < means.length; i++) {
        means[i] = means[i - dim];
      }
      Arrays.fill(weights, 1);
    }
    if (check.kind().equals("points")) {
      return points(means, check, weights);
    }
    return new GaussianMixture(weights, means, dim, covariance(check, random));
  }

  private static DataSet pixels(int components, int dim) {
    SplittableRandom random = new SplittableRandom(14);
    float[] values = new float[components * dim];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(5) == 0 ? random.nextInt(256) / 255f : 0;
    }
    return DataSet.of(values, dim);
  }

  private static DataSet points(double[] means, CheckCase check, double[] weights) {
    DataSet equal = DataSet.of(means, check.dim());
    return check.input().equals("weightless") ? equal.withWeights(weights) : equal;
  }

  private static Covariance covariance(CheckCase check, SplittableRandom random) {
    int components = check.components();
    int dim = check.dim();
    int rank = Math.min(3, dim);
    boolean singular = check.input().equals("singular");
    boolean ties = check.input().equals("ties");
    return switch (check.kind()) {
      case "shared" -> {
        double[] variances = new double[components];
        Arrays.fill(variances, 0.25);
        yield new Covariance.Isotropic(variances);
      }
      case "isotropic" ->
          new Covariance.Isotropic(variances(components, components, random, singular, ties));
      case "diagonal" ->
          new Covariance.Diagonal(variances(components * dim, components, random, singular, ties));
      case "lowrank" ->
          new Covariance.LowRank(
              factors(components, dim, rank, ties),
              rank,
              variances(components, components, random, singular, ties));
      case "full" -> new Covariance.Full(full(components, dim, rank, singular, ties));
      default -> throw new InvalidInputException("case: unknown kind '" + check.kind() + "'");
    };
  }

  private static double[] variances(
      int count, int components, SplittableRandom random, boolean singular, boolean ties) {
    double[] variances = new double[count];
    int period = ties ? count / components : count;
    for (int i = 0; i < count; i++) {
      double value = random.nextDouble();
      variances[i] = i >= period ? variances[i - period] : singular && i % 3 == 0 ? 0 : value;
    }
    return variances;
  }

  private static double[] factors(int components, int dim, int rank, boolean ties) {
    double[] factors = CaseInputs.normals(components * dim * rank, 13);
    int period = ties ? dim * rank : factors.length;
    for (int i = period; i < factors.length; i++) {
      factors[i] = factors[i - period];
    }
    return factors;
  }

  /** {@code F F' + c I} with one direction much longer than the others. */
  private static double[] full(int components, int dim, int rank, boolean singular, boolean ties) {
    double[] factors = factors(components, dim, rank, ties);
    double[] matrices = new double[components * dim * dim];
    for (int k = 0; k < components; k++) {
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          double sum = i == j && !singular ? 0.1 : 0;
          for (int e = 0; e < rank; e++) {
            sum += factors[(k * dim + i) * rank + e] * factors[(k * dim + j) * rank + e];
          }
          matrices[(k * dim + i) * dim + j] = sum;
        }
      }
    }
    return matrices;
  }
}
