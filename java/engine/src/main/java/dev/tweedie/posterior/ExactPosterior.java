package dev.tweedie.posterior;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;

/**
 * The exact posterior of a prior on one engine: evidence, mean (the exact denoiser), score,
 * covariance, responsibilities and draws, at any level. Made by {@link Engine#posterior}, and valid
 * until that engine or the posterior itself is closed.
 */
public final class ExactPosterior implements Denoiser, AutoCloseable {
  private final Engine engine;
  private final PreparedPrior prior;

  public ExactPosterior(Engine engine, PreparedPrior prior) {
    this.engine = engine;
    this.prior = prior;
  }

  @Override
  public Engine engine() {
    return engine;
  }

  @Override
  public int dim() {
    return prior.dim();
  }

  /** The measure of x_0. */
  public Prior prior() {
    return prior.prior();
  }

  /** K. */
  public int components() {
    return prior.components();
  }

  /** Writes every output that is not null; see {@code Backend.evaluate} for the formulas. */
  public void evaluate(Samples x, Level level, Outputs out) {
    engine.run(() -> engine.backend().evaluate(prior, level, x, out));
  }

  /**
   * Writes every output that is not null, the level of {@code x = x_0 + sigma z} known by masses
   * only; see {@code Backend.blind}.
   */
  public void blind(Samples x, double[] sigmas, double[] logMasses, BlindOutputs out) {
    engine.run(() -> engine.backend().blind(prior, sigmas, logMasses, x, out));
  }

  @Override
  public void denoise(Samples x, Level level, Samples out) {
    evaluate(x, level, Outputs.mean(out));
  }

  /** {@code B x d}: gradient of log p_t. */
  public Samples score(Samples x, Level level) {
    Samples out = engine.samples(x.rows(), dim());
    evaluate(x, level, Outputs.score(out));
    return out;
  }

  /** {@code B x 1}: log p_t(x). */
  public Samples logEvidence(Samples x, Level level) {
    Samples out = engine.samples(x.rows(), 1);
    evaluate(x, level, Outputs.evidence(out));
    return out;
  }

  /** {@code B x K}: posterior weight of each component. */
  public Samples responsibilities(Samples x, Level level) {
    Samples out = engine.samples(x.rows(), components());
    evaluate(x, level, new Outputs(null, null, null, null, null, out));
    return out;
  }

  /** {@code B x 1}: trace of Cov[x_0 | x]. */
  public Samples covarianceTrace(Samples x, Level level) {
    Samples out = engine.samples(x.rows(), 1);
    evaluate(x, level, new Outputs(null, null, null, out, null, null));
    return out;
  }

  /** {@code B x d}: diagonal of Cov[x_0 | x]. */
  public Samples covarianceDiagonal(Samples x, Level level) {
    Samples out = engine.samples(x.rows(), dim());
    evaluate(x, level, new Outputs(null, null, null, null, out, null));
    return out;
  }

  /**
   * Product of Cov[x_0 | x] with one vector a row: {@code out_i = C(x_i) v_i}.
   *
   * @param v {@code B x d}
   * @param out {@code B x d}, apart from x; may be v
   */
  public void covarianceTimes(Samples x, Level level, Samples v, Samples out) {
    engine.run(() -> engine.backend().covarianceTimes(prior, level, x, v, out));
  }

  /**
   * Draws from the exact reverse kernel q(x_u | x_t); {@link Level#CLEAN} gives posterior samples.
   */
  public void draw(Samples x, Level from, Level to, NoiseAddress at, Samples out) {
    engine.run(() -> engine.backend().draw(prior, from, to, x, at, out));
  }

  /** Frees its tables now; an engine that closes frees those of all its posteriors. */
  @Override
  public void close() {
    prior.close();
  }
}
