package dev.tweedie;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a blind evaluation writes; what has no place is not computed. For B rows of dimension d and
 * S levels.
 *
 * @param mean {@code B x d}: E[x_0 | y], the level unknown; or null
 * @param levels {@code B x S}: posterior mass of each level; or null
 * @param evidence {@code B x 1}: log sum_s Theta_s p_s(y); or null
 */
public record BlindOutputs(
    @Nullable Samples mean, @Nullable Samples levels, @Nullable Samples evidence) {
  private static final BlindOutputs NONE = new BlindOutputs(null, null, null);

  /** Nothing yet. */
  public static BlindOutputs of() {
    return NONE;
  }

  /** Hands each output that has a place to {@code take}, with its name. */
  public void forEach(BiConsumer<String, Samples> take) {
    if (mean != null) {
      take.accept("mean", mean);
    }
    if (levels != null) {
      take.accept("levels", levels);
    }
    if (evidence != null) {
      take.accept("evidence", evidence);
    }
  }

  public BlindOutputs mean(@Nullable Samples to) {
    return new BlindOutputs(to, levels, evidence);
  }

  public BlindOutputs levels(@Nullable Samples to) {
    return new BlindOutputs(mean, to, evidence);
  }

  public BlindOutputs evidence(@Nullable Samples to) {
    return new BlindOutputs(mean, levels, to);
  }
}
