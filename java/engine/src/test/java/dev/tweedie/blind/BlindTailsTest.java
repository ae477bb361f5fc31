package dev.tweedie.blind;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Blind posteriors in many dimensions and of rows far out that some level explains, beside the 50
 * digits of {@code blind_tails.py}, which goes another way.
 */
class BlindTailsTest {
  /** One line of {@code blind_tails.txt}, and what {@code blind_tails.py} makes of it. */
  private record Case(String family, String kind, int dim, double[] answer) {
    static Case of(String line) {
      String[] fields = line.split(" ");
      double[] answer = Arrays.stream(fields).skip(3).mapToDouble(Double::parseDouble).toArray();
      return new Case(fields[0], fields[1], Integer.parseInt(fields[2]), answer);
    }

    boolean wide() {
      return family.equals("wide");
    }

    double[] sigmas() {
      double[] sigmas = new double[wide() ? 7 : 30];
      Arrays.setAll(
          sigmas,
          s -> wide() ? 1.5 * (1 + (s - 3) / 128.0) : (s % 2 == 0 ? 1 : 1.5) * (1 << s / 2));
      return sigmas;
    }

    private static double symmetric(int what, int k, int j) {
      int v = ((what * 64 + k) * 4096 + j + 1) * (int) 2654435761L;
      v ^= v >>> 15;
      v *= (int) 2246822519L;
      v ^= v >>> 13;
      return ((v >>> 20) - 2048) / 2048.0;
    }

    GaussianMixture prior() {
      double[] means = new double[2 * dim];
      double[] variances = new double[2 * dim];
      double[] factors = new double[2 * dim * 2];
      for (int at = 0; at < 2 * dim; at++) {
        int k = at / dim;
        int j = at % dim;
        means[at] = (k == 0 ? 1 : -1) * symmetric(1, 0, j) * (wide() && j > 2 ? 0x1p-6 : 1);
        variances[at] = 1 + symmetric(2, k, j) / 64;
        factors[2 * at] = symmetric(3, 0, j);
        factors[2 * at + 1] = symmetric(4, 0, j);
      }
      Covariance covariance =
          switch (kind) {
            case "isotropic" -> new Covariance.Isotropic(new double[] {1, 1});
            case "diagonal" -> new Covariance.Diagonal(variances);
            case "lowrank" -> new Covariance.LowRank(factors, 2, new double[] {1, 1});
            default -> new Covariance.Full(matrices(variances, factors));
          };
      return new GaussianMixture(new double[] {1, 1}, means, dim, covariance);
    }

    private double[] matrices(double[] variances, double[] factors) {
      double[] matrices = new double[2 * dim * dim];
      for (int row = 0; row < 2 * dim; row++) {
        int first = row / dim * dim;
        for (int j = 0; j < dim; j++) {
          int other = 2 * (first + j);
          matrices[row * dim + j] =
              factors[2 * row] * factors[other] + factors[2 * row + 1] * factors[other + 1];
        }
        matrices[row * dim + row % dim] += variances[row];
      }
      return matrices;
    }

    float[] row() {
      float[] x = new float[dim];
      for (int j = 0; j < dim; j++) {
        x[j] = (float) (symmetric(5, 0, j) * (wide() ? 3 : 0x1p14));
      }
      return x;
    }
  }

  private record Found(Samples mean, Samples levels, Samples evidence) {}

  private static List<Case> cases() throws IOException {
    try (InputStream in = BlindTailsTest.class.getResourceAsStream("blind_tails.txt")) {
      List<Case> cases =
          new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().map(Case::of).toList();
      assertEquals(12, cases.size());
      return cases;
    }
  }

  private static Found blind(Engine engine, GaussianMixture prior, double[] sigmas, float[] x) {
    int rows = x.length / prior.dim();
    try (PreparedPrior prepared = engine.backend().prepare(prior)) {
      double[] logMasses = new double[sigmas.length];
      Arrays.fill(logMasses, -Math.log(sigmas.length));
      Found found =
          new Found(
              engine.samples(rows, prior.dim()),
              engine.samples(rows, sigmas.length),
              engine.samples(rows, 1));
      engine
          .backend()
          .blind(
              prepared,
              sigmas,
              logMasses,
              engine.samples(x, rows),
              BlindOutputs.of()
                  .mean(found.mean())
                  .levels(found.levels())
                  .evidence(found.evidence()));
      return found;
    }
  }

  /**
   * Levels that weigh have q near d. Measured at d = 3,072: 2.7e-5 of a mass and 1.9e-5 of a mean,
   * where one chain over d leaves 2.2e-4 of a mean; at d = 320 5e-6; reaching rows far out 2e-6.
   */
  private static double error(Case one) {
    return one.wide() ? one.dim() * 0x1p-24 / 3 : 4e-6;
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void massesEvidenceAndMeansAreRight(String backend) throws IOException {
    try (Engine engine = Matrix.open(backend, 1)) {
      boolean float64 = engine.backend().precision() == Precision.FLOAT64;
      for (Case one : cases()) {
        String what = backend + " " + one.family() + " " + one.kind() + " " + one.dim();
        double[] answer = one.answer();
        int levels = answer.length - 4;
        Found found = blind(engine, one.prior(), one.sigmas(), one.row());
        double error = float64 ? 1e-11 : error(one);
        double[] masses = found.levels().toDoubles();
        assertArrayEquals(Arrays.copyOf(answer, levels), masses, error, what);
        double evidence = answer[levels];
        double rounding = Math.abs(evidence) * (float64 ? 0x1p-50 : 0x1p-23);
        assertEquals(evidence, found.evidence().toDoubles()[0], error + rounding, what);
        double[] mean = Arrays.copyOf(found.mean().toDoubles(), 3);
        assertArrayEquals(Arrays.copyOfRange(answer, levels + 1, levels + 4), mean, error, what);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void everyBackendGivesTheSameBits(String backend) throws IOException {
    try (Engine engine = Matrix.open(backend, 1);
        Engine exact = Engine.open("java:scalar", 1)) {
      assumeTrue(engine.backend().precision() == Precision.FLOAT32, backend + " is float64");
      for (Case one : cases()) {
        Found expected = blind(exact, one.prior(), one.sigmas(), one.row());
        Found found = blind(engine, one.prior(), one.sigmas(), one.row());
        String what = one.family() + " " + one.kind() + " " + one.dim();
        assertArrayEquals(expected.mean().toFloats(), found.mean().toFloats(), what);
        assertArrayEquals(expected.levels().toFloats(), found.levels().toFloats(), what);
        assertArrayEquals(expected.evidence().toFloats(), found.evidence().toFloats(), what);
      }
    }
  }

  /** Rows in and between tiles, every third of them far out, of blocks of components and more. */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void rowsFarOutAndOthersSideBySide(String backend) {
    int dim = 5;
    int rows = 45;
    double[] sigmas = {.1, .5, 1, 2};
    try (Engine engine = Matrix.open(backend, 1);
        Engine host = Engine.open("java:scalar", 1);
        Engine reference = Engine.open("reference", 1)) {
      boolean float64 = engine.backend().precision() == Precision.FLOAT64;
      for (String kind : List.of("isotropic", "spread", "diagonal", "lowrank", "full")) {
        GaussianMixture prior = scattered(kind, kind.equals("full") ? 9 : 90, dim);
        float[] x = new float[rows * dim];
        for (int at = 0; at < x.length; at++) {
          int row = at / dim;
          x[at] = (float) (Case.symmetric(7, row, at % dim) * (row % 3 == 1 ? 1e3 * (row + 1) : 3));
        }
        Found right = blind(reference, prior, sigmas, x);
        Found found = blind(engine, prior, sigmas, x);
        String what = backend + " " + kind;
        double[] means = right.mean().toDoubles();
        double[] all = found.mean().toDoubles();
        for (int at = 0; at < x.length; at++) {
          // a rounding of the row moves its mean by as much, and a share by a few of 2^-24
          double size = Math.abs(means[at]) + Math.abs(x[at / dim * dim]) + 4;
          assertEquals(means[at], all[at], size * (at / dim % 3 == 1 ? 0x1p-20 : 0x1p-18), what);
        }
        assertArrayEquals(right.levels().toDoubles(), found.levels().toDoubles(), 1e-5, what);
        if (!float64) {
          Found same = blind(host, prior, sigmas, x);
          assertArrayEquals(same.mean().toFloats(), found.mean().toFloats(), what);
          assertArrayEquals(same.levels().toFloats(), found.levels().toFloats(), what);
          assertArrayEquals(same.evidence().toFloats(), found.evidence().toFloats(), what);
        }
      }
    }
  }

  private static GaussianMixture scattered(String kind, int count, int dim) {
    double[] weights = new double[count];
    double[] means = new double[count * dim];
    double[] variances = new double[count * dim];
    double[] factors = new double[count * dim];
    double[] floors = new double[count];
    double[] matrices = new double[count * dim * dim];
    for (int k = 0; k < count; k++) {
      weights[k] = k == 1 ? 0 : 1 + k % 3;
      floors[k] = kind.equals("isotropic") ? 1 : 1 + Case.symmetric(4, k, 0) / 2;
      for (int j = 0; j < dim; j++) {
        means[k * dim + j] = 4 * Case.symmetric(1, k, j);
        variances[k * dim + j] = 1 + Case.symmetric(2, k, j) / 2;
        factors[k * dim + j] = Case.symmetric(3, k, j);
      }
      for (int j = 0; j < dim * dim; j++) {
        double product = factors[k * dim + j / dim] * factors[k * dim + j % dim];
        matrices[k * dim * dim + j] = product + (j % (dim + 1) == 0 ? 1 : 0);
      }
    }
    Covariance covariance =
        switch (kind) {
          case "diagonal" -> new Covariance.Diagonal(variances);
          case "lowrank" -> new Covariance.LowRank(factors, 1, floors);
          case "full" -> new Covariance.Full(matrices);
          default -> new Covariance.Isotropic(floors);
        };
    return new GaussianMixture(weights, means, dim, covariance);
  }

  /**
   * Where no level of the grid explains a row, q = 10^8 or more of a logit decides, and a step of
   * float32 there is 4: such rows have their logits evaluated in float64. What is left is the
   * rounding of weights and sums to float32.
   */
  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void rowsThatNoLevelExplainsHaveTheirComponent(String backend) {
    double[] means = {-.5, 0, .5, 0};
    List<Covariance> kinds =
        List.of(
            new Covariance.Isotropic(new double[] {1, 1}),
            new Covariance.Diagonal(new double[] {1, 1, 1, 1}),
            new Covariance.LowRank(new double[] {0, .5, 0, .5}, 1, new double[] {1, 1}),
            new Covariance.Full(new double[] {1, 0, 0, 1, 1, 0, 0, 1}));
    double share = 1 / (1 + Math.exp(-.5)); // z P^-1 (m_1 - m_0) = 1 / 2
    try (Engine engine = Matrix.open(backend, 1)) {
      for (Covariance covariance : kinds) {
        var prior = new GaussianMixture(new double[] {.5, .5}, means, 2, covariance);
        Found found = blind(engine, prior, new double[] {.5, 1}, new float[] {1, 10_000});
        String what = backend + " " + covariance;
        assertArrayEquals(new double[] {0, 1}, found.levels().toDoubles(), what);
        double second = covariance instanceof Covariance.LowRank ? 1.25 : 1;
        double q = 1e8 / (second + 1);
        assertEquals(-q / 2, found.evidence().toDoubles()[0], q * 0x1p-22 + 4, what);
        double[] mean = found.mean().toDoubles();
        assertEquals(1e4 * second / (second + 1), mean[1], 1e4 * 0x1p-22, what);
        assertEquals(.25 + .5 * share, mean[0], 1e-6, what); // of .25 and .75
      }
    }
  }
}
