package dev.tweedie.curvature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.Outputs;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CurvatureTest {
  /** The golden numbers are printed with twelve decimals. */
  private static final double PRINTED = 1e-12;

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

  /** Central differences of the score at the best step, cbrt(2^-52), are good to 1e-9 or so. */
  @ParameterizedTest
  @MethodSource("priors")
  void hessianIsTheDerivativeOfTheScore(Prior prior) {
    double step = 6e-6;
    int dim = prior.dim();
    Curvature curvature = new Curvature(prior, LEVEL);
    double[] x = normals(dim, 1, 3);
    double[] hessian = curvature.at(x).hessian();
    double largest = Arrays.stream(hessian).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < dim; i++) {
      double[] right = x.clone();
      double[] left = x.clone();
      right[i] += step;
      left[i] -= step;
      double[] after = curvature.at(right).score();
      double[] before = curvature.at(left).score();
      for (int j = 0; j < dim; j++) {
        double difference = (after[j] - before[j]) / (2 * step);
        assertEquals(hessian[i * dim + j], difference, 1e-6 * largest);
      }
    }
  }

  /** The float32 score's own differences: its rounding over the step, 1e-6 / 1e-2. */
  @ParameterizedTest
  @MethodSource("priors")
  void hessianIsTheDerivativeOfTheScoreInFloat32(Prior prior) {
    double step = 0x1p-7;
    int dim = prior.dim();
    double[] x = normals(dim, 1, 3);
    Arrays.setAll(x, i -> (float) x[i]);
    double[] hessian = new Curvature(prior, LEVEL).at(x).hessian();
    double largest = Arrays.stream(hessian).map(Math::abs).max().orElseThrow();
    double[] ends = new double[2 * dim * dim];
    for (int i = 0; i < 2 * dim; i++) {
      System.arraycopy(x, 0, ends, i * dim, dim);
      ends[i * dim + i / 2] += i % 2 == 0 ? step : -step;
    }
    try (Engine engine = Engine.open("java", 1)) {
      Samples score = engine.posterior(prior).score(engine.samples(ends, 2 * dim), LEVEL);
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          double difference = (score.get(2 * i, j) - score.get(2 * i + 1, j)) / (2 * step);
          assertEquals(hessian[i * dim + j], difference, 1e-3 * largest);
        }
      }
    }
  }

  /**
   * Lanczos against the matrix: no unit vector does better, and the Ritz vector's residual is 0.
   */
  @ParameterizedTest
  @MethodSource("priors")
  void topEigenvalueMatchesThePowerIterationOfTheMatrix(Prior prior) {
    int dim = prior.dim();
    Curvature curvature = new Curvature(prior, LEVEL).at(normals(dim, 1, 4));
    double[] matrix = curvature.covariance();
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
    TopEigenvalue top = curvature.topEigenvalue();
    assertEquals(value, top.value(), 1e-10 * value);
    assertTrue(top.residual() <= 1e-10 * value, top.toString());
    assertEquals(LEVEL.snr() * value, curvature.localisation(), 1e-10 * value);
    double trace = 0;
    for (int j = 0; j < dim; j++) {
      trace += matrix[j * dim + j];
    }
    assertEquals(trace, curvature.trace(), 1e-12 * trace);
  }

  /** In 400 dimensions the space is found in a few products: K points span K - 1 directions. */
  @Test
  void lanczosStopsWhereTheSpaceIsInvariant() {
    int dim = 400;
    Prior prior = DataSet.of(normals(4 * dim, 0.1, 6), dim);
    Curvature curvature = new Curvature(prior, LEVEL).at(normals(dim, 0.1, 7));
    TopEigenvalue top = curvature.topEigenvalue();
    assertTrue(top.products() <= 6, top.toString());
    double trace = curvature.trace();
    assertTrue(top.value() <= trace && top.value() >= trace / 3, top + " of trace " + trace);
  }

  @Test
  void goldenNumbersOfAVariancePreservingLevel() {
    Curvature curvature = new Curvature(Builtin.of("three-gaussians"), LEVEL);
    curvature.at(.3, .4, -.2);
    double[] hessian = curvature.hessian();
    assertEquals(-.836939763432, hessian[0], PRINTED);
    assertEquals(-.401459838642, hessian[1], PRINTED);
    assertEquals(-.401459838642, hessian[3], PRINTED);
    assertEquals(.850758454690, curvature.localisation(), PRINTED);
    assertEquals(.851990173904, curvature.trace(), PRINTED);
    assertEquals(-3.141622585152, curvature.logEvidence(), PRINTED);
    assertArrayEquals(
        new double[] {.593280528430, .207620743694, -.783237928560}, curvature.mean(), PRINTED);
    assertEquals(1.083036673668, curvature.at(-1, 1, .5).localisation(), PRINTED);
    assertEquals(1.158947336616, curvature.trace(), PRINTED);
  }

  @Test
  void goldenNumbersOfAVarianceExplodingLevel() {
    Curvature curvature = new Curvature(Builtin.of("three-gaussians"), Level.ofSigma(.5));
    assertEquals(.877671676941, curvature.at(.3, .4, -.2).localisation(), PRINTED);
    assertEquals(.875019298451, curvature.at(-1, 1, .5).localisation(), PRINTED);
  }

  /**
   * E tr H = -E|g|^2 for every measure; both sides on the same draws, so their sum has an error.
   */
  @ParameterizedTest
  @MethodSource("priors")
  void averageCurvatureIsMinusTheFisherInformation(Prior prior) {
    int rows = 20_000;
    int dim = prior.dim();
    try (Engine engine = Engine.open("java", 1)) {
      ExactPosterior posterior = engine.posterior(prior);
      Samples x = engine.samples(rows, dim);
      new PriorSampler(posterior).draw(NoiseAddress.of(1, 0, 0), x);
      Samples z = engine.samples(rows, dim);
      engine.backend().normal(NoiseAddress.of(1, 1, 0), z);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < dim; j++) {
          x.set(i, j, LEVEL.alpha() * x.get(i, j) + LEVEL.sigma() * z.get(i, j));
        }
      }
      Samples trace = engine.samples(rows, 1);
      Samples score = engine.samples(rows, dim);
      posterior.evaluate(x, LEVEL, new Outputs(null, null, score, trace, null, null));
      double s2 = LEVEL.sigma() * LEVEL.sigma();
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < rows; i++) {
        double value = -(dim - LEVEL.snr() * trace.get(i, 0)) / s2;
        for (int j = 0; j < dim; j++) {
          value += score.get(i, j) * score.get(i, j);
        }
        sum += value;
        squares += value * value;
      }
      double mean = sum / rows;
      double error = Math.sqrt((squares / rows - mean * mean) / rows);
      assertEquals(0, mean, 4 * error); // 4 standard errors, a fixed seed
    }
  }

  @Test
  void refusesBadInput() {
    Prior prior = Builtin.of("three-gaussians");
    Curvature curvature = new Curvature(prior, LEVEL);
    assertEquals(
        "x: found 2 numbers, allowed: 3",
        assertThrows(InvalidInputException.class, () -> curvature.at(1, 2)).getMessage());
    assertEquals(
        "x: found NaN, allowed: finite numbers",
        assertThrows(InvalidInputException.class, () -> curvature.at(1, 2, Double.NaN))
            .getMessage());
    assertEquals(
        "level: found sigma 0, allowed: sigma > 0",
        assertThrows(InvalidInputException.class, () -> new Curvature(prior, Level.CLEAN))
            .getMessage());
  }
}
