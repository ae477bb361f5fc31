package dev.tweedie.curvature;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;

/**
 * One Euler step of the Wasserstein flow of a diffused measure under the Ornstein-Uhlenbeck process
 * (potential {@code |x|^2 / 2}, temperature 1), and the optimal map that undoes it (Liang et al.,
 * Prop. 1):
 *
 * <pre>
 * forward  f(x) = x - eta (x + grad log p_t(x))
 * backward b(x) = x + eta (x + grad log p_t(x))
 * </pre>
 *
 * b is the exact optimal map of the implicit (JKO) step wherever {@code I + eta (I + H)} is
 * positive definite; p_t may be another measure's than the one that is transported.
 */
public final class TransportMap {
  private final ExactPosterior measure;
  private final Samples score;

  /**
   * @param measure gives the score of p_t
   * @param rows of the samples to come; belongs to one thread at a time
   */
  public TransportMap(ExactPosterior measure, long rows) {
    this.measure = measure;
    this.score = measure.engine().samples(rows, measure.dim());
  }

  /**
   * @param level t
   * @param eta step, between 0 and 1
   * @param x {@code rows x d}
   * @param out {@code rows x d}; may be x
   */
  public void forward(Level level, double eta, Samples x, Samples out) {
    requireStep(eta);
    move(level, -eta, x, out);
  }

  /** As {@link #forward}, backward. */
  public void backward(Level level, double eta, Samples x, Samples out) {
    requireStep(eta);
    move(level, eta, x, out);
  }

  static void requireStep(double eta) {
    if (!(eta > 0 && eta < 1)) {
      throw new InvalidInputException("eta: found " + eta + ", allowed: 0 < eta < 1");
    }
  }

  private void move(Level level, double eta, Samples x, Samples out) {
    measure.evaluate(x, level, Outputs.of().score(score));
    var step = new Coefficients(1 + eta, eta, 0, 0);
    measure
        .engine()
        .run(() -> measure.engine().backend().step(step, StepTerms.of(x, out).denoised(score)));
  }
}
