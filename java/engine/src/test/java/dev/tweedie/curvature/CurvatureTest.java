package dev.tweedie.curvature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Matrix;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CurvatureTest {
  private static final Level LEVEL = Level.of(.8, .6);

  private static double[] normals(int count, double scale, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] out = new double[count];
    Arrays.setAll(out, _ -> scale * random.nextGaussian());
    return out;
  }

  /** Every family, d = 6, K = 5. */
  static Stream<Prior> priors() {
    int dim = 6;
    int count = 5;
    double[] weights = {.3, .1, .2, .15, .25};
    double[] means = normals(count * dim, 1, 1);
    double[] variances = new double[count * dim];
    Arrays.setAll(variances, i -> 0.05 + 0.1 * (i % 7));
    double[] factors = normals(count * dim * dim, 0.5, 2);
    double[] matrices = new double[count * dim * dim];
    for (int k = 0; k < count; k++) {
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          for (int e = 0; e < dim; e++) {
            matrices[(k * dim + i) * dim + j] +=
                factors[(k * dim + i) * dim + e] * factors[(k * dim + j) * dim + e];
          }
        }
      }
    }
    double[] few = Arrays.copyOf(variances, count);
    double[] thin = Arrays.copyOf(factors, count * dim * 2);
    return Stream.of(
        DataSet.of(means, dim).withWeights(weights),
        new GaussianMixture(weights, means, dim, new Covariance.Isotropic(few)),
        new GaussianMixture(weights, means, dim, new Covariance.Diagonal(variances)),
        new GaussianMixture(weights, means, dim, new Covariance.LowRank(thin, 2, few)),
        new GaussianMixture(weights, means, dim, new Covariance.Full(matrices)));
  }

  /** Acceptance: 1e-6 in float64, whose central differences at this step are good to 1e-9. */
  @ParameterizedTest
  @MethodSource("priors")
  void hessianIsTheDerivativeOfTheScore(Prior prior) {
    hessianIsTheDerivativeOfTheScore("reference", prior, 6e-6, 1e-6);
  }

  /** Acceptance: 1e-3 in float32, where a score's rounding over the step is 1e-6 / 1e-2. */
  @ParameterizedTest
  @MethodSource("tiers")
  void hessianIsTheDerivativeOfTheScoreInFloat32(String tier) {
    priors().forEach(prior -> hessianIsTheDerivativeOfTheScore(tier, prior, 0x1p-7, 1e-3));
  }

  static Stream<String> tiers() {
    return Matrix.tiers();
  }

  private static void hessianIsTheDerivativeOfTheScore(
      String tier, Prior prior, double step, double tolerance) {
    int dim = prior.dim();
    double[] x = normals(dim, 1, 3);
    Arrays.setAll(x, i -> (float) x[i]);
    double[] ends = new double[2 * dim * dim];
    for (int i = 0; i < 2 * dim; i++) {
      System.arraycopy(x, 0, ends, i * dim, dim);
      ends[i * dim + i / 2] += i % 2 == 0 ? step : -step;
    }
    try (Engine engine = Matrix.open(tier, 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      Samples hessian = new Curvature(posterior, LEVEL).hessian(engine.samples(x, 1));
      double largest = Arrays.stream(hessian.toDoubles()).map(Math::abs).max().orElseThrow();
      Samples score = posterior.score(engine.samples(ends, 2 * dim), LEVEL);
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          double difference = (score.get(2 * i, j) - score.get(2 * i + 1, j)) / (2 * step);
          assertEquals(hessian.get(0, i * dim + j), difference, tolerance * largest);
        }
      }
    }
  }

  /** Lanczos against power iteration with the matrix, and its residual against the difference. */
  @ParameterizedTest
  @MethodSource("priors")
  void topEigenvalueMatchesThePowerIterationOfTheMatrix(Prior prior) {
    int dim = prior.dim();
    try (Engine engine = Engine.open("reference", 1)) {
      Curvature curvature = new Curvature(ExactPosterior.of(engine, prior), LEVEL);
      Samples x = engine.samples(normals(dim, 1, 4), 1);
      double[] matrix = curvature.covariance(x).toDoubles();
      double value = powerIteration(matrix, dim);
      TopEigenvalue top = curvature.topEigenvalues(x).getFirst();
      assertEquals(value, top.value(), 1e-10 * value);
      assertTrue(top.residual() <= 1e-11 * value, top.toString());
      assertEquals(LEVEL.snr() * value, curvature.localisation(x).get(0, 0), 1e-10 * value);
      double trace = 0;
      for (int j = 0; j < dim; j++) {
        assertEquals(matrix[j * dim + j], curvature.diagonal(x).get(0, j), 1e-12 * value);
        trace += matrix[j * dim + j];
      }
      assertEquals(trace, curvature.trace(x).get(0, 0), 1e-12 * trace);
    }
  }

  private static double powerIteration(double[] matrix, int dim) {
    double[] v = normals(dim, 1, 5);
    double value = 0;
    for (int i = 0; i < 20_000; i++) {
      double[] next = new double[dim];
      double norm = 0;
      for (int j = 0; j < dim; j++) {
        for (int e = 0; e < dim; e++) {
          next[j] += matrix[j * dim + e] * v[e];
        }
        norm += next[j] * next[j];
      }
      value = Math.sqrt(norm);
      double scale = 1 / value;
      v = Arrays.stream(next).map(element -> element * scale).toArray();
    }
    return value;
  }

  /**
   * Every tier against reference, for rows that converge at different steps. A covariance's element
   * has the error that the card of evaluate states, here some 100 roundings of numbers up to 4; the
   * eigenvalue no more than the matrix, and what its residual says beside it.
   */
  @ParameterizedTest
  @MethodSource("tiers")
  void everyTierAgreesWithReference(String tier) {
    int rows = 33;
    try (Engine engine = Matrix.open(tier, 2);
        Engine oracle = Engine.open("reference", 1)) {
      priors()
          .forEach(
              prior -> {
                int dim = prior.dim();
                double[] at = normals(rows * dim, 1, 8);
                Curvature found = new Curvature(ExactPosterior.of(engine, prior), LEVEL);
                Curvature exact = new Curvature(ExactPosterior.of(oracle, prior), LEVEL);
                Samples x = engine.samples(at, rows);
                Samples y = oracle.samples(x.toDoubles(), rows);
                double rounding = 100 * 0x1p-24 * 4;
                assertArrayEquals(
                    exact.covariance(y).toDoubles(), found.covariance(x).toDoubles(), rounding);
                assertArrayEquals(
                    exact.hessian(y).toDoubles(),
                    found.hessian(x).toDoubles(),
                    rounding * LEVEL.snr() / .36);
                List<TopEigenvalue> tops = found.topEigenvalues(x);
                List<TopEigenvalue> expected = exact.topEigenvalues(y);
                for (int i = 0; i < rows; i++) {
                  double error = Math.abs(expected.get(i).value() - tops.get(i).value());
                  assertTrue(error <= dim * rounding + tops.get(i).residual(), "row " + i);
                }
                Samples v = engine.samples(normals(rows * dim, 1, 9), rows);
                Samples w = oracle.samples(v.toDoubles(), rows);
                Samples times = engine.samples(rows, dim);
                Samples product = oracle.samples(rows, dim);
                found.hessianTimes(x, v, times);
                exact.hessianTimes(y, w, product);
                assertArrayEquals(
                    product.toDoubles(), times.toDoubles(), 5 * dim * rounding * 1.8 / .36);
              });
    }
  }

  /** In 400 dimensions the space is found in a few products: K points span K - 1 directions. */
  @ParameterizedTest
  @MethodSource("tiers")
  void lanczosStopsWhereTheSpaceIsInvariant(String tier) {
    int dim = 400;
    Prior prior = DataSet.of(normals(4 * dim, 0.1, 6), dim);
    try (Engine engine = Matrix.open(tier, 1)) {
      Curvature curvature = new Curvature(ExactPosterior.of(engine, prior), LEVEL);
      Samples x = engine.samples(normals(dim, 0.1, 7), 1);
      TopEigenvalue top = curvature.topEigenvalues(x).getFirst();
      assertTrue(top.products() <= 6, top.toString());
      double trace = curvature.trace(x).get(0, 0);
      assertTrue(top.value() <= trace && top.value() >= trace / 3, top + " of trace " + trace);
    }
  }

  /** A posterior that is one point: C is 0, and so is all that Lanczos sees. */
  @Test
  void aPointHasNoLocalisation() {
    try (Engine engine = Engine.open("java", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(new double[] {1, 2, 3}, 3));
      Samples x = engine.samples(new double[] {0, 0, 0, 5, 5, 5}, 2);
      double[] found = new Curvature(posterior, LEVEL).localisation(x).toDoubles();
      assertArrayEquals(new double[] {0, 0}, found);
    }
  }

  /**
   * E tr H = -E|g|^2 for every measure; both sides on the same draws, so their sum has an error.
   */
  @ParameterizedTest
  @MethodSource("tiers")
  void averageCurvatureIsMinusTheFisherInformation(String tier) {
    try (Engine engine = Matrix.open(tier, 2)) {
      priors().forEach(prior -> averageCurvatureIsMinusTheFisherInformation(engine, prior));
    }
  }

  private static void averageCurvatureIsMinusTheFisherInformation(Engine engine, Prior prior) {
    int rows = 5000;
    int dim = prior.dim();
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    Samples clean = engine.samples(rows, dim);
    new PriorSampler(posterior).draw(NoiseAddress.of(1, 0, 0), clean);
    Samples x = engine.samples(rows, dim);
    Coefficients noise = new Coefficients(LEVEL.alpha(), 0, 0, LEVEL.sigma());
    engine.backend().step(noise, StepTerms.of(clean, x).noise(NoiseAddress.of(1, 1, 0)));
    Samples trace = engine.samples(rows, 1);
    Samples score = engine.samples(rows, dim);
    posterior.evaluate(x, LEVEL, Outputs.of().score(score).trace(trace));
    double[] traces = trace.toDoubles();
    double[] scores = score.toDoubles();
    double s2 = LEVEL.sigma() * LEVEL.sigma();
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < rows; i++) {
      double value = -(dim - LEVEL.snr() * traces[i]) / s2;
      for (int j = 0; j < dim; j++) {
        value += scores[i * dim + j] * scores[i * dim + j];
      }
      sum += value;
      squares += value * value;
    }
    double mean = sum / rows;
    double error = Math.sqrt((squares / rows - mean * mean) / rows);
    assertEquals(0, mean, 4 * error); // 4 standard errors, a fixed seed
  }

  @Test
  void refusesBadInput() {
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, Builtin.parse("three-gaussians"));
      Curvature curvature = new Curvature(posterior, LEVEL);
      Samples x = engine.samples(new double[] {.3, .4, -.2}, 1);
      Samples v = engine.samples(new double[] {1, Double.NaN, 0}, 1);
      Samples narrow = engine.samples(new double[] {1, 2}, 1);
      refuses(
          "v: found NaN or infinity in row 0, allowed: finite numbers",
          () -> curvature.covarianceTimes(x, v, v));
      refuses("v: found 1 x 2, allowed: 1 x 3", () -> curvature.covarianceTimes(x, narrow, v));
      refuses(
          "out: overlaps x, allowed: memory of its own", () -> curvature.covarianceTimes(x, v, x));
      refuses(
          "level: found sigma 0, allowed: sigma > 0", () -> new Curvature(posterior, Level.CLEAN));
    }
  }

  private static void refuses(String line, Executable call) {
    assertEquals(line, assertThrows(InvalidInputException.class, call).getMessage());
  }
}
