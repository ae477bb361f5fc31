package dev.tweedie.backend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.prior.Builtin;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Golden numbers of the exact reverse kernel, component by component (Li et al., Prop. 1). */
class ReverseKernelTest {
  /** The numbers are printed with twelve decimals. */
  private static final double PRINTED = 1e-12;

  private static final Level FROM = Level.of(.8, .6);
  private static final Level TO = Level.of(.9, Math.sqrt(.19));
  private static final double[] Y = {.3, .4, -.2};

  private final ComponentPosterior components =
      ComponentPosterior.of(Builtin.parse("three-gaussians"), FROM);
  private final EigenTransition step = new EigenTransition(FROM, TO);

  /** A draw with no noise is the mean. */
  private double[] mean(int k) {
    double[] z = new double[3];
    double[] out = new double[3];
    components.difference(k, Y, z);
    components.draw(k, step, z, new double[3], out);
    return out;
  }

  @Test
  void meanOfTheFirstComponent() {
    assertArrayEquals(
        new double[] {.511111111111, .256466302368, -.559119496855}, mean(0), PRINTED);
  }

  @Test
  void meanOfTheMixtureIsThePosteriorMeanOfDdpm() {
    MixturePosterior posterior = new MixturePosterior(components);
    System.arraycopy(Y, 0, posterior.x(), 0, 3);
    posterior.evaluate();
    double[] mixed = new double[3];
    for (int k = 0; k < 3; k++) {
      double[] mean = mean(k);
      for (int j = 0; j < 3; j++) {
        mixed[j] += posterior.responsibilities()[k] * mean[j];
      }
    }
    assertArrayEquals(new double[] {.452029906892, .296591130951, -.504785332887}, mixed, PRINTED);
    double v = FROM.transitionVariance(TO);
    double kappaX = FROM.transitionAlpha(TO) * .19 / .36;
    double kappa0 = .9 * v / .36;
    double[] mean = posterior.mean();
    double[] ddpm = new double[3];
    Arrays.setAll(ddpm, j -> kappaX * Y[j] + kappa0 * mean[j]);
    assertArrayEquals(ddpm, mixed, 1e-15); // two ways to the same sum of three terms below 1
    assertEquals(.110768175583, v * .19 / .36, PRINTED);
  }

  @Test
  void variancesOfTheFirstComponentAlongItsAxes() {
    double[] eigenvalues = {.1, .2, .5};
    double[] variances = new double[3];
    Arrays.setAll(variances, e -> Math.pow(step.deviation(eigenvalues[e]), 2));
    assertArrayEquals(
        new double[] {.134142790589, .151386359037, .183641975309}, variances, PRINTED);
  }
}
