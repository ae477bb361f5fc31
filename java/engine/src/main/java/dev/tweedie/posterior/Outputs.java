package dev.tweedie.posterior;

import dev.tweedie.Samples;

/**
 * Where an evaluation of the posterior writes; a null output is not computed. For B rows of
 * dimension d and K components.
 *
 * @param evidence {@code B x 1}: log p_t(x)
 * @param mean {@code B x d}: E[x_0 | x]
 * @param score {@code B x d}: gradient of log p_t
 * @param trace {@code B x 1}: trace of Cov[x_0 | x]
 * @param diagonal {@code B x d}: diagonal of Cov[x_0 | x]
 * @param responsibilities {@code B x K}: posterior weight of each component
 */
public record Outputs(
    Samples evidence,
    Samples mean,
    Samples score,
    Samples trace,
    Samples diagonal,
    Samples responsibilities) {

  public static Outputs mean(Samples out) {
    return new Outputs(null, out, null, null, null, null);
  }

  public static Outputs score(Samples out) {
    return new Outputs(null, null, out, null, null, null);
  }

  public static Outputs evidence(Samples out) {
    return new Outputs(out, null, null, null, null, null);
  }
}
