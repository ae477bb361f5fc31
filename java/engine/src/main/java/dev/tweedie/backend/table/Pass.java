package dev.tweedie.backend.table;

import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One pass over a prior's components and the outputs that are made of its sums.
 *
 * @param outputs those of this pass
 */
public record Pass(Form form, Outputs outputs) {
  /**
   * A pull of means smaller than this no longer has all its digits, nor have then the sums of means
   * that it multiplies.
   */
  private static final float LEAST_PULL = 0x1p-100f;

  /** The form whose second moments have the covariance's digits. */
  public static Form ofCovariance(PriorTable prior, Level level) {
    return level.isOutweighedBy(prior.prior.largestVariance()) ? Form.REMAINDERS : Form.MEANS;
  }

  /**
   * Means of one shared variance give the score with all its digits, and any means where the noise
   * is the wider; else it is summed itself.
   */
  private static Form ofScore(PriorTable prior, Level level) {
    if (!level.isOutweighedBy(prior.prior.largestVariance())) {
      return Form.MEANS;
    }
    return prior.sharedPull(level) >= LEAST_PULL ? Form.MEANS : Form.SCORES;
  }

  /** The form that an output is made of; empty where the softmax, which all share, is enough. */
  private static Optional<Form> of(PriorTable prior, Level level, Output output) {
    return switch (output) {
      case EVIDENCE, RESPONSIBILITIES -> Optional.empty();
      case MEAN -> Optional.of(Form.MEANS);
      case SCORE -> Optional.of(ofScore(prior, level));
      case TRACE, DIAGONAL -> Optional.of(ofCovariance(prior, level));
      case HESSIAN_DIAGONAL -> Optional.of(Form.SCORES);
    };
  }

  /**
   * The passes that some outputs take, of different forms. Each output has the same bits in all.
   */
  public static List<Pass> of(PriorTable prior, Level level, Outputs out) {
    Map<Form, Set<Output>> forms = new EnumMap<>(Form.class);
    Set<Output> ofSoftmax = EnumSet.noneOf(Output.class);
    for (Output output : out.wanted()) {
      of(prior, level, output)
          .map(form -> forms.computeIfAbsent(form, _ -> EnumSet.noneOf(Output.class)))
          .orElse(ofSoftmax)
          .add(output);
    }
    if (forms.isEmpty()) {
      forms.put(Form.MEANS, EnumSet.noneOf(Output.class));
    }
    List<Pass> passes = new ArrayList<>();
    forms.forEach(
        (form, own) -> {
          if (passes.isEmpty()) {
            own.addAll(ofSoftmax);
          }
          passes.add(new Pass(form, out.only(own)));
        });
    return passes;
  }

  /** Whether weighted sums are wanted: evidence and responsibilities are half of the arithmetic. */
  public boolean sums() {
    return !EnumSet.of(Output.EVIDENCE, Output.RESPONSIBILITIES).containsAll(outputs.wanted());
  }

  /** Whether the diagonal of the form's second moments is wanted, for itself or for its trace. */
  public boolean secondMoments() {
    return diagonal().isPresent() || outputs.has(Output.TRACE);
  }

  /** Where the diagonal of the form's second moments goes: of scores they are the Hessian's. */
  public Optional<Samples> diagonal() {
    return outputs.get(form == Form.SCORES ? Output.HESSIAN_DIAGONAL : Output.DIAGONAL);
  }
}
