package dev.tweedie.curvature;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The golden profiles of appendix A once more, by plain sums over a grid of y: density and
 * localisation are those of a backend's ops, where {@link QuadratureProfile} has the host's.
 */
class GoldenProfileTest {
  private static final int NODES = 20_001;

  /** A tail has a kink, where a sum over steps of .002 is off by 27 / 8 of its square. */
  private static final double TAIL = 2e-5;

  /** At each end of where L exceeds a threshold, one node more or less, of density .4. */
  private static final double SURVIVAL = 2 * .4 * .002;

  /** Y_r on a grid: masses, and localisations. */
  private record Grid(double[] mass, double[] localisation) {
    static Grid of(Engine engine, Prior prior, Level level) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      double reach = 4 * level.alpha() + 10 * level.sigma() + 6 * level.alpha();
      double[] y = new double[NODES];
      Arrays.setAll(y, i -> reach * (2. * i / (NODES - 1) - 1));
      Samples at = engine.samples(y, NODES);
      double[] mass = posterior.logEvidence(at, level).toDoubles();
      double step = 2 * reach / (NODES - 1);
      Arrays.setAll(mass, i -> step * Math.exp(mass[i]));
      return new Grid(mass, new Curvature(posterior, level).localisation(at).toDoubles());
    }

    private double sum(DoubleUnaryOperator of) {
      double sum = 0;
      for (int i = 0; i < NODES; i++) {
        sum += mass[i] * of.applyAsDouble(localisation[i]);
      }
      return sum;
    }

    double tail(double delta) {
      return sum(value -> Math.max(0, value - (1 - delta)));
    }

    double survival(double u) {
      return sum(value -> value > u ? 1 : 0);
    }

    /** By thirds of [0, 1]: {@code delta - M h} is concave. */
    double complexity(double spread, Level level) {
      double low = 0;
      double high = 1;
      for (int i = 0; i < 25; i++) {
        double left = low + (high - low) / 3;
        double right = high - (high - low) / 3;
        if (left - spread * tail(left) < right - spread * tail(right)) {
          low = left;
        } else {
          high = right;
        }
      }
      return (low - spread * tail(low)) / (level.sigma() * level.sigma());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void twoPoints(String tier) {
    double[][] golden = {
      {1, 0, .12851320, .44959951, 0, .42282511},
      {1.25, .07247749, .21227214, .47925763, .20780147, .36271561},
      {1.5, .12864612, .23944390, .44379563, .17922796, .27423251},
      {2, .12752521, .17848533, .27438964, .08595096, .12289047},
      {3, .02366412, .02819673, .03735972, .00775668, .01084979}
    };
    try (Engine engine = Matrix.open(tier, 2)) {
      for (double[] row : golden) {
        Grid grid = Grid.of(engine, LineExamples.twoPoints(), Level.of(row[0], 1));
        String where = "r = " + row[0];
        assertEquals(row[1], grid.tail(0), TAIL, where);
        assertEquals(row[2], grid.tail(.5), TAIL, where);
        assertEquals(row[3], grid.tail(1), TAIL, where);
        assertEquals(row[4], grid.survival(1), SURVIVAL, where);
        assertEquals(row[5], grid.survival(.5), SURVIVAL, where);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tweedie.Matrix#tiers")
  void complexities(String tier) {
    try (Engine engine = Matrix.open(tier, 2)) {
      Prior points = LineExamples.twoPoints();
      complexity(engine, points, .1, 4.251, 2.988, 1.740, .524, -.649);
      complexity(engine, points, .2, 1.638, .348, -.624, -1.300, -1.763);
      complexity(engine, points, .3, 1.173, .391, .015, -.171, -.271);
      complexity(engine, points, 1, 1.000, .980, .977, .977, .976);
      Prior half = LineExamples.halfPoint();
      complexity(engine, half, .1, 2.214, .624, -.143, -.501, -.743);
      complexity(engine, half, .5, 1.229, 1.149, 1.095, 1.056, 1.027);
      Prior four = LineExamples.fourComponents();
      complexity(engine, four, .1, .686, .054, -.285, -.497, -.647);
      complexity(engine, four, .5, .447, .166, -.046, -.247, -.434);
      complexity(engine, four, 1, .550, .326, .226, .179, .155);
    }
  }

  /** zeta*_M of M = 1 to 5, printed with three decimals. */
  private static void complexity(Engine engine, Prior prior, double time, double... golden) {
    Level level = Level.ofOuTime(time);
    Grid grid = Grid.of(engine, prior, level);
    for (int i = 0; i < golden.length; i++) {
      double bound = 5e-4 + (i + 1) * TAIL / (level.sigma() * level.sigma());
      assertEquals(golden[i], grid.complexity(i + 1, level), bound, "M = " + (i + 1));
    }
  }
}
