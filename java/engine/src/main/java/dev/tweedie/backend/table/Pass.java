package dev.tweedie.backend.table;

import dev.tweedie.posterior.Outputs;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.List;

/**
 * One pass over a prior's components and the outputs that are made of its sums.
 *
 * @param outputs null where they are another pass's, or not wanted
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

  /**
   * The passes that some outputs take, of different forms. Each output has the same bits in all.
   */
  public static List<Pass> of(PriorTable prior, Level level, Outputs out) {
    boolean moments = out.trace() != null || out.diagonal() != null;
    Form score = out.score() == null ? null : ofScore(prior, level);
    Form covariance = moments ? ofCovariance(prior, level) : null;
    List<Form> forms = new ArrayList<>();
    for (Form form : Form.values()) {
      if (form == score || form == covariance || form == Form.MEANS && out.mean() != null) {
        forms.add(form);
      }
    }
    if (forms.isEmpty()) {
      forms.add(Form.MEANS);
    }
    List<Pass> passes = new ArrayList<>();
    for (Form form : forms) {
      Outputs own = Outputs.of();
      if (passes.isEmpty()) { // every form has the same softmax
        own = own.evidence(out.evidence()).responsibilities(out.responsibilities());
      }
      if (form == Form.MEANS) {
        own = own.mean(out.mean());
      }
      if (form == score) {
        own = own.score(out.score());
      }
      if (form == covariance) {
        own = own.trace(out.trace()).diagonal(out.diagonal());
      }
      passes.add(new Pass(form, own));
    }
    return passes;
  }
}
