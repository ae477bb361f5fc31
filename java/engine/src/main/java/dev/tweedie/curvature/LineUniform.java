package dev.tweedie.curvature;

import dev.tweedie.InvalidInputException;

/**
 * The uniform law on an interval: with w half its width times r and y counted from its middle,
 * {@code p(y) = (Phi(y + w) - Phi(y - w)) / 2w} (Liang et al., Example 3). In the tails all terms
 * are divided by the density at the nearer end, so that nothing underflows.
 */
final class LineUniform implements LineMeasure {
  private static final double STEP = 0.1;

  private final double middle;
  private final double half;

  LineUniform(double low, double high) {
    if (!(low < high && Double.isFinite(low) && Double.isFinite(high))) {
      throw new InvalidInputException(
          "uniform: found [" + low + ", " + high + "], allowed: finite ends, low < high");
    }
    this.middle = 0.5 * (low + high);
    this.half = 0.5 * (high - low);
  }

  @Override
  public double quantile(double p) {
    return middle + (2 * p - 1) * half;
  }

  @Override
  public Smoothed smoothed(double ratio) {
    double w = ratio * half;
    return new Smoothed() {
      @Override
      public Point at(double y) {
        return point(y, y - ratio * middle, w);
      }

      @Override
      public double[] nodes() {
        int steps = (int) Math.ceil(2 * (w + REACH) / STEP);
        double[] nodes = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
          nodes[i] = ratio * middle - w - REACH + i * 2 * (w + REACH) / steps;
        }
        return nodes;
      }
    };
  }

  private static Point point(double y, double off, double w) {
    double x = Math.abs(off);
    double near = x - w;
    double far = x + w;
    double decay = Math.exp(-2 * x * w); // density at the farther end over that at the nearer
    double mass; // the difference of Phi over the density at the nearer end
    double density;
    if (near > 0) {
      mass = NormalLaw.mills(near) - decay * NormalLaw.mills(far);
      density = mass * NormalLaw.density(near) / (2 * w);
    } else {
      double difference = NormalLaw.cdf(far) - NormalLaw.cdf(near);
      mass = difference / NormalLaw.density(near);
      density = difference / (2 * w);
    }
    double slope = (decay - 1) / mass; // (log p)', for positive x
    double bend = (near - far * decay) / mass; // p'' / p
    // E[r X | y] = y + (log p)'
    return new Point(y, density, y + Math.copySign(1, off) * slope, 1 + bend - slope * slope);
  }
}
