package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.posterior.LawPrior.Family;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Laws of the posterior that need no oracle, on every backend and every family of priors. */
@ParameterizedClass
@MethodSource("dev.tweedie.Matrix#tiers")
class PosteriorLawsTest {
  private static final int DIM = 4;
  private static final int COMPONENTS = 5;
  private static final Level LEVEL = Level.of(0.8, 0.6);

  /** Three rows among the components. */
  private static final double[] X = {.3, -.4, 1.1, .2, -1, .6, .1, -.7, 0, 0, .5, 1.25};

  private static final double[] SHIFT = {2, -1, .5, 3};

  @Parameter String backend;
  private Engine engine;

  @BeforeEach
  void open() {
    engine = Matrix.open(backend, 2);
  }

  @AfterEach
  void close() {
    if (engine != null) {
      engine.close();
    }
  }

  private boolean single() {
    return engine.backend().precision() == Precision.FLOAT32;
  }

  /**
   * Logits here are below 100, each rounded about 2 d + 4 times: an error of 1200 units. Twice that
   * moves a responsibility, and with it a mean of values below 3.
   */
  private double tolerance() {
    return 8192 * (single() ? 0x1p-24 : 0x1p-53);
  }

  /** All outputs of one evaluation. */
  private record Found(
      double[] evidence,
      double[] mean,
      double[] score,
      double[] trace,
      double[] diagonal,
      double[] hessianDiagonal,
      double[] responsibilities) {}

  private Found evaluate(Prior prior, double[] x, Level level) {
    int rows = x.length / prior.dim();
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    Outputs out =
        Outputs.allocate(
            List.of(Output.values()), rows, prior.dim(), prior.components(), engine::samples);
    posterior.evaluate(engine.samples(x, rows), level, out);
    return new Found(
        of(out, Output.EVIDENCE),
        of(out, Output.MEAN),
        of(out, Output.SCORE),
        of(out, Output.TRACE),
        of(out, Output.DIAGONAL),
        of(out, Output.HESSIAN_DIAGONAL),
        of(out, Output.RESPONSIBILITIES));
  }

  private static double[] of(Outputs outputs, Output output) {
    return outputs.get(output).orElseThrow().toDoubles();
  }

  private static LawPrior prior(Family family) {
    return LawPrior.random(family, COMPONENTS, DIM, 3);
  }

  private static double[] map(double[] values, IntToDoubleFunction f) {
    double[] out = new double[values.length];
    Arrays.setAll(out, f);
    return out;
  }

  private void same(Found expected, Found actual) {
    assertArrayEquals(expected.evidence, actual.evidence, tolerance(), "evidence");
    assertArrayEquals(expected.mean, actual.mean, tolerance(), "mean");
    assertArrayEquals(expected.score, actual.score, tolerance() / 0.36, "score");
    assertArrayEquals(expected.trace, actual.trace, DIM * tolerance(), "trace");
    assertArrayEquals(expected.diagonal, actual.diagonal, tolerance(), "diagonal");
    assertArrayEquals(
        expected.hessianDiagonal, actual.hessianDiagonal, tolerance() / 0.1296, "Hessian");
  }

  // ---- equivariance ----

  @ParameterizedTest
  @EnumSource(Family.class)
  void shiftMovesTheMeanAlone(Family family) {
    LawPrior prior = prior(family);
    double[] x = map(X, i -> X[i] + LEVEL.alpha() * SHIFT[i % DIM]);
    Found plain = evaluate(prior.build(), X, LEVEL);
    Found shifted = evaluate(prior.shifted(SHIFT).build(), x, LEVEL);
    double[] mean = map(shifted.mean, i -> shifted.mean[i] - SHIFT[i % DIM]);
    same(
        plain,
        new Found(
            shifted.evidence,
            mean,
            shifted.score,
            shifted.trace,
            shifted.diagonal,
            shifted.hessianDiagonal,
            null));
    assertArrayEquals(plain.responsibilities, shifted.responsibilities, tolerance());
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void scaleMovesEveryOutputByItsUnits(Family family) {
    double b = 1.75;
    LawPrior prior = prior(family);
    Found plain = evaluate(prior.build(), X, LEVEL);
    Level level = Level.of(LEVEL.alpha(), b * LEVEL.sigma());
    Found scaled = evaluate(prior.scaled(b).build(), map(X, i -> b * X[i]), level);
    same(
        plain,
        new Found(
            map(scaled.evidence, i -> scaled.evidence[i] + DIM * Math.log(b)),
            map(scaled.mean, i -> scaled.mean[i] / b),
            map(scaled.score, i -> scaled.score[i] * b),
            map(scaled.trace, i -> scaled.trace[i] / (b * b)),
            map(scaled.diagonal, i -> scaled.diagonal[i] / (b * b)),
            map(scaled.hessianDiagonal, i -> scaled.hessianDiagonal[i] * b * b),
            null));
    assertArrayEquals(plain.responsibilities, scaled.responsibilities, tolerance());
  }

  @ParameterizedTest
  @EnumSource(value = Family.class, mode = EnumSource.Mode.EXCLUDE, names = "DIAGONAL")
  void rotationTurnsMeanAndScoreAndKeepsTheTrace(Family family) {
    double[] q = LawPrior.reflection(DIM);
    LawPrior prior = prior(family);
    Found plain = evaluate(prior.build(), X, LEVEL);
    Found turned = evaluate(prior.rotated(q).build(), LawPrior.rotate(q, X, DIM), LEVEL);
    assertArrayEquals(plain.evidence, turned.evidence, tolerance());
    assertArrayEquals(LawPrior.rotate(q, plain.mean, DIM), turned.mean, tolerance());
    assertArrayEquals(LawPrior.rotate(q, plain.score, DIM), turned.score, tolerance() / 0.36);
    assertArrayEquals(plain.trace, turned.trace, DIM * tolerance());
    assertArrayEquals(plain.responsibilities, turned.responsibilities, tolerance());
  }

  // ---- special priors ----

  @Test
  void onePointReturnsItself() {
    double[] point = {.25, -3, 1.5, .125};
    Found found = evaluate(DataSet.of(point, DIM), X, LEVEL);
    for (int i = 0; i < X.length; i++) {
      assertEquals(point[i % DIM], found.mean[i], "exact: the centre is the point");
      assertEquals(0, found.diagonal[i]);
      assertEquals(-1 / 0.36, found.hessianDiagonal[i], tolerance());
    }
    for (int i = 0; i < 3; i++) {
      assertEquals(1, found.responsibilities[i]);
      double squared = 0;
      for (int j = 0; j < DIM; j++) {
        squared += Math.pow(X[i * DIM + j] - LEVEL.alpha() * point[j], 2);
      }
      double expected = -0.5 * (squared / 0.36 + DIM * Math.log(2 * Math.PI * 0.36));
      assertEquals(expected, found.evidence[i], tolerance());
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void equalComponentsAreOneComponent(Family family) {
    LawPrior one = LawPrior.random(family, 1, DIM, 5);
    int copies = 90; // more than a block of 84
    double[] weights = new double[copies];
    Arrays.setAll(weights, k -> 1 + k % 3);
    LawPrior many =
        new LawPrior(
            family,
            DIM,
            weights,
            repeat(one.means(), copies),
            repeat(one.variances(), copies),
            repeat(one.factors(), copies),
            one.rank());
    same(evaluate(one.build(), X, LEVEL), evaluate(many.build(), X, LEVEL));
  }

  private static double[] repeat(double[] values, int times) {
    double[] out = new double[values.length * times];
    Arrays.setAll(out, i -> values[i % values.length]);
    return out;
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void aComponentOfWeightZeroDoesNothing(Family family) {
    LawPrior prior = prior(family);
    double[] weights = prior.weights().clone();
    weights[0] = 0;
    weights[3] = 0;
    LawPrior zeroed =
        new LawPrior(
            family, DIM, weights, prior.means(), prior.variances(), prior.factors(), prior.rank());
    int[] kept = {1, 2, 4};
    LawPrior without =
        new LawPrior(
            family,
            DIM,
            pick(weights, kept),
            pick(prior.means(), kept),
            pick(prior.variances(), kept),
            pick(prior.factors(), kept),
            prior.rank());
    Found found = evaluate(zeroed.build(), X, LEVEL);
    same(evaluate(without.build(), X, LEVEL), found);
    for (int i = 0; i < 3; i++) {
      assertEquals(0, found.responsibilities[i * COMPONENTS]);
      assertEquals(0, found.responsibilities[i * COMPONENTS + 3]);
    }
  }

  private static double[] pick(double[] values, int[] components) {
    int each = values.length / COMPONENTS;
    double[] out = new double[each * components.length];
    Arrays.setAll(out, i -> values[components[i / each] * each + i % each]);
    return out;
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void everyFamilyIsAFullCovarianceToo(Family family) {
    LawPrior prior = prior(family);
    same(evaluate(prior.dense(), X, LEVEL), evaluate(prior.build(), X, LEVEL));
  }

  @Test
  void lowRankFactorsMayDependOnEachOther() {
    LawPrior two = prior(Family.LOW_RANK);
    double[] factors = new double[COMPONENTS * DIM * 3]; // f, 2 f and zero, instead of one f
    double[] longer = new double[COMPONENTS * DIM];
    for (int i = 0; i < longer.length; i++) {
      double f = two.factors()[2 * i];
      factors[3 * i] = f;
      factors[3 * i + 1] = 2 * f;
      longer[i] = Math.sqrt(5) * f;
    }
    Covariance dependent = new Covariance.LowRank(factors, 3, two.variances());
    Covariance one = new Covariance.LowRank(longer, 1, two.variances());
    same(
        evaluate(new GaussianMixture(two.weights(), two.means(), DIM, one), X, LEVEL),
        evaluate(new GaussianMixture(two.weights(), two.means(), DIM, dependent), X, LEVEL));
  }

  @Test
  void zeroCovariancesAreADataSet() {
    LawPrior points = prior(Family.POINTS);
    Found expected = evaluate(points.build(), X, LEVEL);
    double[] zeros = new double[COMPONENTS * DIM * DIM];
    double[] perComponent = new double[COMPONENTS];
    for (Covariance covariance :
        new Covariance[] {
          new Covariance.Isotropic(perComponent),
          new Covariance.Diagonal(new double[COMPONENTS * DIM]),
          new Covariance.LowRank(new double[COMPONENTS * DIM * 2], 2, perComponent),
          new Covariance.Full(zeros)
        }) {
      Prior mixture = new GaussianMixture(points.weights(), points.means(), DIM, covariance);
      same(expected, evaluate(mixture, X, LEVEL));
    }
  }

  // ---- limits ----

  @Test
  void littleNoiseGivesTheNearestPoint() {
    LawPrior points = prior(Family.POINTS);
    double[] x = map(X, i -> points.means()[(i / DIM + 1) * DIM + i % DIM] + 0.01 * X[i]);
    Found found = evaluate(points.build(), x, Level.ofSigma(1e-3));
    for (int i = 0; i < X.length; i++) {
      // the other weights underflow; what is left is taking the centre away and adding it again
      double rounding = 8 * (single() ? 0x1p-24 : 0x1p-53);
      assertEquals(points.means()[i + DIM], found.mean[i], rounding);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void muchNoiseGivesTheMean(Family family) {
    Prior prior = prior(family).build();
    Found found = evaluate(prior, X, Level.ofSigma(1e7));
    double[] mean = prior.mean();
    for (int i = 0; i < X.length; i++) {
      assertEquals(mean[i % DIM], found.mean[i], tolerance()); // beside it, |x| / sigma^2 = 1e-14
    }
  }

  // ---- derivatives ----

  /** Central differences: rounding grows as 1 / h, truncation as h^2 times third derivatives. */
  private double h() {
    return single() ? 0x1p-6 : 0x1p-17;
  }

  /**
   * Third and fourth derivatives are below 100 at sigma 0.6: truncation 17 h^2 = 4e-3 and 1e-9;
   * rounding 100 units of a logit near 10, over h: 4e-3 and 1e-8 (for the score three times more,
   * and so for the Hessian, whose fourth derivatives are larger too: four times in all).
   */
  private double derivativeTolerance() {
    return single() ? 2e-2 : 1e-7;
  }

  private double[] nudged(int j, double h) {
    return map(X, i -> X[i] + (i % DIM == j ? h : 0));
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void scoreIsTheGradientOfTheLogEvidence(Family family) {
    Prior prior = prior(family).build();
    double[] score = evaluate(prior, X, LEVEL).score;
    for (int j = 0; j < DIM; j++) {
      double[] up = evaluate(prior, nudged(j, h()), LEVEL).evidence;
      double[] down = evaluate(prior, nudged(j, -h()), LEVEL).evidence;
      for (int i = 0; i < up.length; i++) {
        double slope = (up[i] - down[i]) / (2 * h());
        assertEquals(slope, score[i * DIM + j], derivativeTolerance());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void covarianceAndHessianAreTheCurvatureOfTheLogEvidence(Family family) {
    Prior prior = prior(family).build();
    Found found = evaluate(prior, X, LEVEL);
    double s2 = LEVEL.sigma() * LEVEL.sigma();
    double[] trace = new double[X.length / DIM];
    for (int j = 0; j < DIM; j++) {
      double[] up = evaluate(prior, nudged(j, h()), LEVEL).score;
      double[] down = evaluate(prior, nudged(j, -h()), LEVEL).score;
      for (int i = 0; i < trace.length; i++) {
        double hessian = (up[i * DIM + j] - down[i * DIM + j]) / (2 * h());
        double variance = s2 / (LEVEL.alpha() * LEVEL.alpha()) * (1 + s2 * hessian);
        assertEquals(variance, found.diagonal[i * DIM + j], derivativeTolerance());
        assertEquals(hessian, found.hessianDiagonal[i * DIM + j], 4 * derivativeTolerance());
        trace[i] += variance;
      }
    }
    assertArrayEquals(trace, found.trace, DIM * derivativeTolerance());
  }

  // ---- outputs ----

  @ParameterizedTest
  @EnumSource(Family.class)
  void anOutputIsTheSameWhateverElseIsAsked(Family family) {
    Prior prior = prior(family).build();
    Found all = evaluate(prior, X, LEVEL);
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    Samples x = engine.samples(X, 3);
    assertArrayEquals(all.evidence, posterior.logEvidence(x, LEVEL).toDoubles());
    assertArrayEquals(all.mean, posterior.denoise(x, LEVEL).toDoubles());
    assertArrayEquals(all.score, posterior.score(x, LEVEL).toDoubles());
    assertArrayEquals(all.trace, posterior.covarianceTrace(x, LEVEL).toDoubles());
    assertArrayEquals(all.diagonal, posterior.covarianceDiagonal(x, LEVEL).toDoubles());
    assertArrayEquals(all.hessianDiagonal, posterior.hessianDiagonal(x, LEVEL).toDoubles());
    assertArrayEquals(all.responsibilities, posterior.responsibilities(x, LEVEL).toDoubles());
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void noRowsWriteNothing(Family family) {
    Prior prior = prior(family).build();
    Samples none = engine.samples(0, DIM);
    assertEquals(0, ExactPosterior.of(engine, prior).denoise(none, LEVEL).rows());
  }
}
