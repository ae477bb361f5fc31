package dev.tweedie.posterior;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.ref.Cleaner;
import java.util.EnumSet;

/**
 * The exact posterior of a prior on one engine: evidence, mean (the exact denoiser), score,
 * covariance, responsibilities and draws, at any level. Made by {@link #of}, and valid until that
 * engine or the posterior itself is closed.
 */
public final class ExactPosterior implements Denoiser, AutoCloseable {
  private static final Cleaner UNREACHABLE = Cleaner.create();

  private final Engine engine;
  private final PreparedPrior prior;

  private ExactPosterior(Engine engine, PreparedPrior prior) {
    this.engine = engine;
    this.prior = prior;
    UNREACHABLE.register(this, prior::close);
  }

  /** Binds {@code prior} to an engine: its exact posterior at any level. */
  public static ExactPosterior of(Engine engine, Prior prior) {
    return new ExactPosterior(engine, engine.compute(() -> engine.backend().prepare(prior)));
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

  /** Writes every output that has a place; see {@code Backend.evaluate} for the formulas. */
  public void evaluate(Samples x, Level level, Outputs out) {
    engine.run(() -> engine.backend().evaluate(prior, level, x, out));
  }

  /** As {@link #evaluate(Samples, Level, Outputs)}, into new samples. */
  public Outputs evaluate(Samples x, Level level, Output first, Output... more) {
    Outputs out =
        Outputs.allocate(EnumSet.of(first, more), x.rows(), dim(), components(), engine::samples);
    evaluate(x, level, out);
    return out;
  }

  /**
   * Writes every output that has a place, the level of {@code x = x_0 + sigma z} known by masses
   * only; see {@code Backend.blind}.
   */
  public void blind(Samples x, double[] sigmas, double[] logMasses, BlindOutputs out) {
    engine.run(() -> engine.backend().blind(prior, sigmas, logMasses, x, out));
  }

  @Override
  public void denoise(Samples x, Level level, Samples out) {
    evaluate(x, level, Outputs.of().mean(out));
  }

  /** {@code B x d}: gradient of log p_t. */
  public Samples score(Samples x, Level level) {
    return one(x, level, Output.SCORE);
  }

  /** {@code B x 1}: log p_t(x). */
  public Samples logEvidence(Samples x, Level level) {
    return one(x, level, Output.EVIDENCE);
  }

  /** {@code B x K}: posterior weight of each component. */
  public Samples responsibilities(Samples x, Level level) {
    return one(x, level, Output.RESPONSIBILITIES);
  }

  /** {@code B x 1}: trace of Cov[x_0 | x]. */
  public Samples covarianceTrace(Samples x, Level level) {
    return one(x, level, Output.TRACE);
  }

  /** {@code B x d}: diagonal of Cov[x_0 | x]. */
  public Samples covarianceDiagonal(Samples x, Level level) {
    return one(x, level, Output.DIAGONAL);
  }

  /** {@code B x d}: diagonal of the Hessian of log p_t. */
  public Samples hessianDiagonal(Samples x, Level level) {
    return one(x, level, Output.HESSIAN_DIAGONAL);
  }

  private Samples one(Samples x, Level level, Output output) {
    return evaluate(x, level, output).get(output).orElseThrow();
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
   * Product of the denoiser's Jacobian with one vector a row: {@code out_i = (alpha / sigma^2)
   * C(x_i) v_i}, the derivative of E[x_0 | x] along v. The Jacobian is symmetric, so this is the
   * product from either side; that of the score is {@link #hessianTimes}.
   *
   * @param v {@code B x d}
   * @param out {@code B x d}, apart from x; may be v
   */
  public void jacobianTimes(Samples x, Level level, Samples v, Samples out) {
    engine.run(
        () -> {
          engine.backend().covarianceTimes(prior, level, x, v, out);
          double scale = level.alpha() / level.sigma() / level.sigma();
          engine.backend().step(new Coefficients(scale, 0, 0, 0), StepTerms.of(out, out));
        });
  }

  /**
   * Product of the Hessian of log p_t with one vector a row: {@code out_i = H(x_i) v_i}.
   *
   * @param v {@code B x d}
   * @param out {@code B x d}, apart from x; may be v
   */
  public void hessianTimes(Samples x, Level level, Samples v, Samples out) {
    engine.run(() -> engine.backend().hessianTimes(prior, level, x, v, out));
  }

  /**
   * How log p_t, E[x_0 | x] and the score change at fixed rows while the level moves: their
   * derivatives along {@code (d alpha, d sigma) = (alphaRate, sigmaRate)}. In sigma alone the rates
   * are (0, 1); along a schedule they are its own derivatives in time. Derivatives in x are {@link
   * #jacobianTimes} and {@link #hessianTimes}.
   *
   * <p>Computed in float64 on the host and rounded once, so the same bits on every back end; not in
   * kernels: count on the speed of {@code reference}, O(B K d) operations of Java (low rank and
   * full: times the rank).
   *
   * @throws InvalidInputException where rows are not finite or of another dimension, or a rate is
   *     not finite
   */
  public LevelDerivative levelDerivative(
      Samples x, Level level, double alphaRate, double sigmaRate) {
    return engine.compute(
        () -> LevelDerivative.of(engine, prior.prior(), x, level, alphaRate, sigmaRate));
  }

  /**
   * Draws from the exact reverse kernel q(x_u | x_t); {@link Level#CLEAN} gives posterior samples.
   */
  public void draw(Samples x, Level from, Level to, NoiseAddress at, Samples out) {
    engine.run(() -> engine.backend().draw(prior, from, to, x, at, out));
  }

  /**
   * Frees its tables now, once nobody works with them. Else they go when nobody reaches this, at
   * the latest with the engine.
   */
  @Override
  public void close() {
    prior.close();
  }
}
