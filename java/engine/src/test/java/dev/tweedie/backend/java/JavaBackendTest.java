package dev.tweedie.backend.java;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Both Java tiers give the same bits, and so does every way to cut a batch and to share it out. */
class JavaBackendTest {
  private static final long SEED = 11;
  private static final Level CLEANER = Level.of(1, 0.004);

  /**
   * What is evaluated.
   *
   * @param rows around a tile of 32
   * @param level low enough for some rows to be refined, or high enough for none
   */
  record Case(String name, Prior prior, int rows, Level level) {
    @Override
    public String toString() {
      return name + " " + rows + " rows at " + level;
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Level level : List.of(Level.of(0.8, 0.6), Level.of(0.99, 0.03), Level.of(1, 0.005))) {
      for (int rows : new int[] {1, 31, 33, 100}) {
        cases.add(new Case("points", points(170, 19), rows, level));
        cases.add(new Case("isotropic", isotropic(85, 3), rows, level));
        cases.add(new Case("diagonal", diagonal(169, 18), rows, level));
        cases.add(new Case("low rank", lowRank(7, 33, 5), rows, level));
        cases.add(new Case("full", full(9, 13), rows, level));
      }
    }
    // three shards, the last of one component
    cases.add(new Case("points", points(2 * 8064 + 1, 2), 33, Level.of(1, 0.05)));
    cases.add(new Case("points", points(2 * 8064 + 1, 2), 3, Level.of(1, 0.05)));
    cases.add(new Case("diagonal", diagonal(8065, 3), 40, Level.of(1, 0.05)));
    return cases.stream();
  }

  private static double[] numbers(int n) {
    SplittableRandom random = new SplittableRandom(n);
    double[] out = new double[n];
    Arrays.setAll(out, i -> random.nextGaussian());
    return out;
  }

  /** Some weights are zero. */
  private static double[] weights(int n) {
    double[] out = new double[n];
    Arrays.setAll(out, i -> i % 5 == 3 ? 0 : 1 + i % 7);
    return out;
  }

  /** Some variances are zero. */
  private static double[] variances(int n) {
    double[] out = new double[n];
    Arrays.setAll(out, i -> i % 4 == 1 ? 0 : 0.03 * (1 + i % 9));
    return out;
  }

  private static Prior points(int size, int dim) {
    return DataSet.of(numbers(size * dim), dim);
  }

  private static Prior isotropic(int components, int dim) {
    return new GaussianMixture(
        weights(components),
        numbers(components * dim),
        dim,
        new Covariance.Isotropic(variances(components)));
  }

  private static Prior diagonal(int components, int dim) {
    return new GaussianMixture(
        weights(components),
        numbers(components * dim),
        dim,
        new Covariance.Diagonal(variances(components * dim)));
  }

  private static Prior lowRank(int components, int dim, int rank) {
    return new GaussianMixture(
        weights(components),
        numbers(components * dim),
        dim,
        new Covariance.LowRank(numbers(components * dim * rank), rank, variances(components)));
  }

  private static Prior full(int components, int dim) {
    double[] factors = numbers(components * dim * dim);
    double[] matrices = new double[factors.length];
    for (int k = 0; k < components; k++) {
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          for (int e = 0; e < dim; e++) {
            matrices[(k * dim + i) * dim + j] +=
                factors[(k * dim + i) * dim + e] * factors[(k * dim + j) * dim + e] / dim;
          }
        }
      }
    }
    return new GaussianMixture(
        weights(components), numbers(components * dim), dim, new Covariance.Full(matrices));
  }

  /** Rows near components, so that several weigh something. */
  private static float[] rows(Case check) {
    SplittableRandom random = new SplittableRandom(SEED);
    int dim = check.prior.dim();
    float[] x = new float[check.rows * dim];
    for (int i = 0; i < check.rows; i++) {
      int k = random.nextInt(check.prior.components());
      for (int j = 0; j < dim; j++) {
        double mean = check.prior.mean(k, j);
        x[i * dim + j] =
            (float) (check.level.alpha() * mean + check.level.sigma() * random.nextGaussian());
      }
    }
    return x;
  }

  /** Every output of rows {@code [begin, begin + count)}, and a draw, one after the other. */
  private static float[][] run(Engine engine, Case check, int begin, int count) {
    int dim = check.prior.dim();
    ExactPosterior posterior = ExactPosterior.of(engine, check.prior);
    Samples x =
        engine.samples(Arrays.copyOfRange(rows(check), begin * dim, (begin + count) * dim), count);
    Samples evidence = engine.samples(count, 1);
    Samples mean = engine.samples(count, dim);
    Samples score = engine.samples(count, dim);
    Samples trace = engine.samples(count, 1);
    Samples diagonal = engine.samples(count, dim);
    Samples shares = engine.samples(count, check.prior.components());
    posterior.evaluate(
        x,
        check.level,
        Outputs.of()
            .evidence(evidence)
            .mean(mean)
            .score(score)
            .trace(trace)
            .diagonal(diagonal)
            .responsibilities(shares));
    Samples draw = engine.samples(count, dim);
    NoiseAddress noise = NoiseAddress.of(SEED, 1, 2).skipRows(begin);
    posterior.draw(x, check.level, CLEANER, noise, draw);
    return new float[][] {
      evidence.toFloats(),
      mean.toFloats(),
      score.toFloats(),
      trace.toFloats(),
      diagonal.toFloats(),
      shares.toFloats(),
      draw.toFloats()
    };
  }

  private static float[][] run(String tier, int threads, Case check) {
    try (Engine engine = Matrix.open(tier, threads)) {
      return run(engine, check, 0, check.rows);
    }
  }

  private static void assertSame(float[][] expected, float[][] actual, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], actual[i], what + ", output " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void vectorsGiveTheBitsOfScalars(Case check) {
    assertSame(run("java:scalar", 1, check), run("java:vector", 1, check), check.toString());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void threadsChangeNoBit(Case check) {
    assertSame(run("java:vector", 1, check), run("java:vector", 3, check), check.toString());
  }

  /** A cut moves rows to other lanes and tiles, and to chunks of other sizes. */
  @ParameterizedTest
  @MethodSource("cases")
  void aBatchMayBeCutAnywhere(Case check) {
    try (Engine engine = Matrix.open("java:vector", 1)) {
      float[][] whole = run(engine, check, 0, check.rows);
      for (int begin = 0, size = 1; begin < check.rows; begin += size, size = 3 * size + 4) {
        int count = Math.min(size, check.rows - begin);
        float[][] part = run(engine, check, begin, count);
        for (int i = 0; i < whole.length; i++) {
          int width = whole[i].length / check.rows;
          float[] expected = Arrays.copyOfRange(whole[i], begin * width, (begin + count) * width);
          assertArrayEquals(expected, part[i], check + ", rows from " + begin + ", output " + i);
        }
        size = count;
      }
    }
  }

  /** Else the cases above would say nothing of what refinement does. */
  @ParameterizedTest
  @MethodSource("cases")
  void everyOutputIsFinite(Case check) {
    for (float[] output : run("java:vector", 1, check)) {
      for (float value : output) {
        assertTrue(Float.isFinite(value), check.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void productsAgreeWithOneChainOfFma(int rows, int inner, int columns) {
    float[] a = floats(rows * inner);
    float[] b = floats(inner * columns);
    float[] expected = new float[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        float sum = 0;
        for (int p = 0; p < inner; p++) {
          sum = Math.fma(a[i * inner + p], b[p * columns + j], sum);
        }
        expected[i * columns + j] = sum;
      }
    }
    for (String tier : List.of("java:scalar", "java:vector")) {
      for (int threads : new int[] {1, 3}) {
        try (Engine engine = Matrix.open(tier, threads)) {
          Samples c = engine.samples(rows, columns);
          engine.backend().gemm(engine.samples(a, rows), engine.samples(b, inner), c);
          assertArrayEquals(expected, c.toFloats(), tier);
        }
      }
    }
  }

  /** Around a tile, a block of rows and of columns, and the depth at which it is cut. */
  static Stream<Arguments> shapes() {
    int[][] shapes = {
      {1, 1, 1}, {12, 8, 32}, {13, 9, 33}, {252, 3, 256}, {253, 3, 257}, {5, 513, 31}, {510, 1, 600}
    };
    return Arrays.stream(shapes).map(s -> Arguments.of(s[0], s[1], s[2]));
  }

  private static float[] floats(int n) {
    double[] values = numbers(n);
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) values[i];
    }
    return out;
  }
}
