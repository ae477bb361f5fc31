package dev.tweedie.metric;

/**
 * A mean over samples.
 *
 * @param standardError of the mean; 0 where nothing was drawn, NaN of fewer than two samples
 */
public record Estimate(double value, double standardError) {
  /** Mean of as many independent numbers. */
  public static Estimate mean(double... values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / values.length;
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return new Estimate(mean, Math.sqrt(squares / (values.length - 1.0) / values.length));
  }
}
