package dev.tweedie.bench;

/**
 * {@code y = factor x^exponent}.
 *
 * @param exponent the slope where both axes are logarithmic
 */
record PowerLaw(double factor, double exponent) {
  /** The least squares of log y, of two points or more with different x, all above 0. */
  static PowerLaw fit(double[] x, double[] y) {
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < x.length; i++) {
      meanX += Math.log(x[i]) / x.length;
      meanY += Math.log(y[i]) / x.length;
    }
    double xx = 0;
    double xy = 0;
    for (int i = 0; i < x.length; i++) {
      double offX = Math.log(x[i]) - meanX;
      xx += offX * offX;
      xy += offX * (Math.log(y[i]) - meanY);
    }
    double exponent = xy / xx;
    return new PowerLaw(Math.exp(meanY - exponent * meanX), exponent);
  }

  double at(double x) {
    return factor * Math.pow(x, exponent);
  }

  /** Its values at each of {@code x}. */
  double[] at(double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = at(x[i]);
    }
    return y;
  }
}
