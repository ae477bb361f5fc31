package dev.tweedie.posterior;

import dev.tweedie.Samples;

/**
 * Where a blind evaluation writes; a null output is not computed. For B rows of dimension d and S
 * levels.
 *
 * @param mean {@code B x d}: E[x_0 | y], the level unknown
 * @param levels {@code B x S}: posterior mass of each level
 * @param evidence {@code B x 1}: log sum_s Theta_s p_s(y)
 */
public record BlindOutputs(Samples mean, Samples levels, Samples evidence) {
  public static BlindOutputs mean(Samples out) {
    return new BlindOutputs(out, null, null);
  }
}
