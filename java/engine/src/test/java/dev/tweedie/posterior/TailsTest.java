package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows far from all components of a mixture, rows between narrow ones, and rows of many dimensions:
 * squared distances of 10^5 and more, whose small differences decide. In float32 alone their logits
 * are wrong by 0.1 to 10. Right are the 60 digits of {@code tails.py}, which goes another way.
 */
class TailsTest {
  /** One line of {@code tails.txt}, and the prior and the row that {@code tails.py} makes of it. */
  private record Case(String line, String family, String kind, int dim, int count, int seed) {
    static Case of(String line) {
      String[] fields = line.split(" ");
      return new Case(
          line,
          fields[0],
          fields[1],
          Integer.parseInt(fields[2]),
          Integer.parseInt(fields[3]),
          Integer.parseInt(fields[4]));
    }

    double[] answer() {
      return Arrays.stream(line.split(" ")).skip(5).mapToDouble(Double::parseDouble).toArray();
    }

    Level level() {
      return switch (family) {
        case "far" -> Level.of(0.75, 0x1p10);
        case "near" -> Level.of(1, 0x1p-10);
        default -> Level.of(1, 1);
      };
    }

    private int draw(int what, int k, int j) {
      int v = (((seed * 8 + what) * 64 + k) * 4096 + j + 1) * (int) 2654435761L;
      v ^= v >>> 15;
      v *= (int) 2246822519L;
      v ^= v >>> 13;
      return v >>> 20;
    }

    private double symmetric(int what, int k, int j) {
      return (draw(what, k, j) - 2048) / 2048.0;
    }

    GaussianMixture prior() {
      boolean wide = family.equals("wide");
      double shrink = family.equals("near") ? 0x1p-10 : 1;
      boolean lowRank = kind.equals("lowrank");
      double[] weights = new double[count];
      Arrays.fill(weights, 1);
      double[] means = new double[count * dim];
      double[] variances = new double[count * dim];
      double[] factors = new double[count * dim * 2];
      double[] floors = new double[count];
      for (int k = 0; k < count; k++) {
        int of = family.equals("near") ? 0 : k;
        for (int j = 0; j < dim; j++) {
          int at = k * dim + j;
          means[at] = (k < count / 2 ? 1 : -1) * mean(k % (count / 2), j) * (wide ? 0x1p-6 : 1);
          double share = draw(2, of, lowRank ? 0 : j) / 4096.0 * (wide ? 1.0 / 64 : 1);
          variances[at] = shrink * shrink * (1 + share);
          for (int e = 0; e < 2; e++) {
            factors[at * 2 + e] = shrink * symmetric(3 + e, of, j);
          }
        }
        floors[k] = variances[k * dim];
      }
      Covariance covariance =
          switch (kind) {
            case "diagonal" -> new Covariance.Diagonal(variances);
            case "lowrank" -> new Covariance.LowRank(factors, 2, floors);
            default -> new Covariance.Full(matrices(variances, factors));
          };
      return new GaussianMixture(weights, means, dim, covariance);
    }

    private double mean(int k, int j) {
      return symmetric(1, k, j);
    }

    private double[] matrices(double[] variances, double[] factors) {
      double[] matrices = new double[count * dim * dim];
      for (int row = 0; row < count * dim; row++) {
        int first = row / dim * dim;
        for (int j = 0; j < dim; j++) {
          int other = first + j;
          matrices[row * dim + j] =
              factors[row * 2] * factors[other * 2] + factors[row * 2 + 1] * factors[other * 2 + 1];
        }
        matrices[row * dim + row % dim] += variances[row];
      }
      return matrices;
    }

    float[] row() {
      float[] x = new float[dim];
      for (int j = 0; j < dim; j++) {
        double v = symmetric(5, 0, j);
        x[j] =
            (float)
                switch (family) {
                  case "far" -> v * 0x1p20;
                  case "near" -> (mean(0, j) + mean(1, j)) / 2 + (int) (v * 8) * 0x1p-22;
                  default -> v * 3;
                };
      }
      return x;
    }

    /** For every row the same: the bits must be those of a row alone. */
    Samples rows(Engine engine, int rows) {
      float[] row = row();
      float[] all = new float[rows * dim];
      for (int i = 0; i < rows; i++) {
        System.arraycopy(row, 0, all, i * dim, dim);
      }
      return engine.samples(all, rows);
    }
  }

  private static List<Case> cases() throws IOException {
    try (InputStream in = TailsTest.class.getResourceAsStream("tails.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().map(Case::of).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void responsibilitiesEvidenceAndMeansAreRight(String backend) throws IOException {
    try (Engine engine = Matrix.open(backend, 1)) {
      boolean wide = engine.backend().precision() == Precision.FLOAT64;
      for (Case one : cases()) {
        try (ExactPosterior posterior = ExactPosterior.of(engine, one.prior())) {
          Samples x = one.rows(engine, 3);
          double[] answer = one.answer();
          double[] found = posterior.responsibilities(x, one.level()).toDoubles();
          double[] means = posterior.denoise(x, one.level()).toDoubles();
          double[] evidence = posterior.logEvidence(x, one.level()).toDoubles();
          double evidenceAnswer = answer[one.count()];
          // float32: the exp and the sums of the softmax; float64: 2^-53 of squared distances
          double tolerance = wide ? 1e-8 : 1e-6;
          for (int k = 0; k < 3 * one.count(); k++) {
            assertEquals(answer[k % one.count()], found[k], tolerance, one.line());
          }
          double rounding = Math.abs(evidenceAnswer) * (wide ? 0x1p-50 : 0x1p-23);
          assertEquals(evidenceAnswer, evidence[2], tolerance + rounding, one.line());
          for (int j = 0; j < 3; j++) {
            assertEquals(answer[one.count() + 1 + j], means[j], 10 * tolerance, one.line());
          }
        }
      }
    }
  }

  /** Refined rows keep the promise of the others: the same bits on every backend. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void everyBackendGivesTheSameBits(String backend) throws IOException {
    try (Engine engine = Matrix.open(backend, 1);
        Engine exact = Engine.open("java:scalar", 1)) {
      assumeTrue(engine.backend().precision() == Precision.FLOAT32, backend + " is float64");
      for (Case one : cases()) {
        List<float[]> expected = outputs(exact, one);
        List<float[]> found = outputs(engine, one);
        for (int i = 0; i < expected.size(); i++) {
          assertArrayEquals(expected.get(i), found.get(i), one.line() + ", output " + i);
        }
      }
    }
  }

  private static List<float[]> outputs(Engine engine, Case one) {
    try (ExactPosterior posterior = ExactPosterior.of(engine, one.prior())) {
      Samples x = one.rows(engine, 5);
      Level level = one.level();
      Samples drawn = engine.samples(5, one.dim());
      posterior.draw(x, level, Level.CLEAN, NoiseAddress.of(3, 0, 1), drawn);
      return List.of(
          posterior.responsibilities(x, level).toFloats(),
          posterior.logEvidence(x, level).toFloats(),
          posterior.denoise(x, level).toFloats(),
          posterior.covarianceDiagonal(x, level).toFloats(),
          drawn.toFloats());
    }
  }

  /** The example that was reported: .5 for both in float32, as if the first coordinate were 0. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void aCoordinateOfTenThousandHidesNothing(String backend) {
    double[] weights = {.5, .5};
    double[] means = {-.5, 0, .5, 0};
    double right = 1 / (1 + Math.exp(-.5)); // z P^-1 (m_1 - m_0) = 1 / 2
    List<Covariance> kinds =
        List.of(
            new Covariance.Isotropic(new double[] {1, 1}),
            new Covariance.Diagonal(new double[] {1, 1, 1, 1}),
            new Covariance.LowRank(new double[] {0, .5, 0, .5}, 1, new double[] {1, 1}),
            new Covariance.Full(new double[] {1, 0, 0, 1, 1, 0, 0, 1}));
    try (Engine engine = Matrix.open(backend, 1)) {
      for (Covariance covariance : kinds) {
        var prior = new GaussianMixture(weights, means, 2, covariance);
        try (ExactPosterior posterior = ExactPosterior.of(engine, prior)) {
          Samples one = engine.samples(new float[] {1, 10_000}, 1);
          double[] found = posterior.responsibilities(one, Level.of(1, 1)).toDoubles();
          assertEquals(right, found[1], 1e-6, backend + " " + covariance);
          assertEquals(right, shareOfTheSecond(engine, posterior), .08, backend + " " + covariance);
        }
      }
    }
  }

  /**
   * How often a draw falls on the second component, by the means of draws: those of the two
   * components are .25 and .75. Of 8,000 draws the standard error is .71 / sqrt(8000) / .5 = .016.
   */
  private static double shareOfTheSecond(Engine engine, ExactPosterior posterior) {
    int count = 8_000;
    float[] rows = new float[2 * count];
    for (int i = 0; i < count; i++) {
      rows[2 * i] = 1;
      rows[2 * i + 1] = 10_000;
    }
    Samples out = engine.samples(count, 2);
    posterior.draw(
        engine.samples(rows, count), Level.of(1, 1), Level.CLEAN, NoiseAddress.of(5, 0, 1), out);
    float[] drawn = out.toFloats();
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += drawn[2 * i];
    }
    return (sum / count - .25) / .5;
  }

  @Test
  void theFileHoldsEveryKind() throws IOException {
    assertEquals(49, cases().size());
  }
}
