package dev.tweedie.posterior;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.schedule.Level;

/**
 * {@code (x, level) -> E[x_0 | x]}, or an estimate of it. A prior gives the exact one; {@link #of}
 * makes one of a function.
 */
public interface Denoiser {
  /** The engine whose samples this reads and writes. */
  Engine engine();

  /** d, the dimension of a row. */
  int dim();

  /**
   * Denoises each row.
   *
   * @param x {@code B x d}, rows of {@code alpha x_0 + sigma z}
   * @param out {@code B x d}, apart from x
   */
  void denoise(Samples x, Level level, Samples out);

  /** What a denoiser does, as {@link Denoiser#denoise(Samples, Level, Samples)} says. */
  @FunctionalInterface
  interface Rule {
    void denoise(Samples x, Level level, Samples out);
  }

  /**
   * A denoiser from outside, for every sampler:
   *
   * <pre>{@code
   * Denoiser wiener = Denoiser.of(engine, dim, (x, level, out) ->
   *     engine.backend().step(new Coefficients(gain(level), 0, 0, 0), StepTerms.of(x, out)));
   * }</pre>
   *
   * An exception of the rule reaches who called, as it is, and leaves the engine usable.
   *
   * @param rule called within the engine's work, for one batch at a time by each caller
   * @throws InvalidInputException for a dimension below 1
   */
  static Denoiser of(Engine engine, int dim, Rule rule) {
    return new RuleDenoiser(engine, dim, rule);
  }

  /** As {@link #denoise(Samples, Level, Samples)}, into new samples. */
  default Samples denoise(Samples x, Level level) {
    Samples out = engine().samples(x.rows(), dim());
    denoise(x, level, out);
    return out;
  }
}
