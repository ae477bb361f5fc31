package dev.tweedie;

import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where a blind evaluation writes; what has no place is not computed. For B rows of dimension d and
 * S levels. Immutable: what adds a place makes new ones.
 */
public final class BlindOutputs {
  private static final BlindOutputs NONE = new BlindOutputs(null, null, null);

  private final @Nullable Samples mean;
  private final @Nullable Samples levels;
  private final @Nullable Samples evidence;

  private BlindOutputs(
      @Nullable Samples mean, @Nullable Samples levels, @Nullable Samples evidence) {
    this.mean = mean;
    this.levels = levels;
    this.evidence = evidence;
  }

  /** Nothing yet. */
  public static BlindOutputs of() {
    return NONE;
  }

  /** {@code B x d}: E[x_0 | y], the level unknown. */
  public BlindOutputs mean(Samples to) {
    return new BlindOutputs(given("mean", to), levels, evidence);
  }

  /** {@code B x S}: posterior mass of each level. */
  public BlindOutputs levels(Samples to) {
    return new BlindOutputs(mean, given("levels", to), evidence);
  }

  /** {@code B x 1}: log sum_s Theta_s p_s(y). */
  public BlindOutputs evidence(Samples to) {
    return new BlindOutputs(mean, levels, given("evidence", to));
  }

  private static Samples given(String name, Samples to) {
    if (to == null) {
      throw new InvalidInputException("outputs: found null for " + name + ", allowed: samples");
    }
    return to;
  }

  /** Where the mean goes; empty where it is not wanted. */
  public Optional<Samples> mean() {
    return Optional.ofNullable(mean);
  }

  /** Where the masses go; empty where they are not wanted. */
  public Optional<Samples> levels() {
    return Optional.ofNullable(levels);
  }

  /** Where the evidence goes; empty where it is not wanted. */
  public Optional<Samples> evidence() {
    return Optional.ofNullable(evidence);
  }

  /** The places that {@code to} makes of these. */
  public BlindOutputs map(UnaryOperator<Samples> to) {
    return new BlindOutputs(
        mean == null ? null : to.apply(mean),
        levels == null ? null : to.apply(levels),
        evidence == null ? null : to.apply(evidence));
  }

  /** Hands each output that has a place to {@code take}, with its name. */
  public void forEach(BiConsumer<String, Samples> take) {
    mean().ifPresent(place -> take.accept("mean", place));
    levels().ifPresent(place -> take.accept("levels", place));
    evidence().ifPresent(place -> take.accept("evidence", place));
  }
}
