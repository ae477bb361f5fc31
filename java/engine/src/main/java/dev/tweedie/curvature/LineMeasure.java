package dev.tweedie.curvature;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Prior;

/**
 * A measure on the line whose smoothing {@code Y_r = r X + Z} is known in closed form, so that its
 * profile is a quadrature.
 */
public sealed interface LineMeasure permits LineMixture, LineUniform {
  /**
   * A point, points, a Gaussian, or any mixture of them.
   *
   * @throws InvalidInputException where the prior's dimension is not 1
   */
  static LineMeasure of(Prior prior) {
    return new LineMixture(prior);
  }

  /**
   * The uniform law on {@code [low, high]}.
   *
   * @throws InvalidInputException where {@code low < high} does not hold or one is not finite
   */
  static LineMeasure uniform(double low, double high) {
    return new LineUniform(low, high);
  }

  /**
   * The smallest x with {@code P(X <= x) >= p}.
   *
   * @param p strictly between 0 and 1
   */
  double quantile(double p);

  /** The law of {@code Y_r}; r finite and &gt; 0. Belongs to one thread. */
  Smoothed smoothed(double ratio);

  /** The law of {@code Y_r = r X + Z}. */
  interface Smoothed {
    /** Density, mean and localisation at y. */
    Point at(double y);

    /** Increasing; outside of the first and last the mass is under 1e-22. */
    double[] nodes();
  }

  /**
   * One point of Y_r.
   *
   * @param density {@code p_{Y_r}(y)}
   * @param mean {@code E[r X | y]}, whose derivative is the localisation
   * @param localisation {@code L_r(y) = Var[r X | y] = 1 + (log p)''}
   */
  record Point(double y, double density, double mean, double localisation) {}

  /** Reach of {@link Smoothed#nodes}, in standard deviations. */
  int REACH = 10;
}
