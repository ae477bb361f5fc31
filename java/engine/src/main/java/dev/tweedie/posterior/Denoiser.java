package dev.tweedie.posterior;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.schedule.Level;

/** {@code (x, level) -> E[x_0 | x]}, or an estimate of it. A prior gives the exact one. */
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

  /** As {@link #denoise(Samples, Level, Samples)}, into new samples. */
  default Samples denoise(Samples x, Level level) {
    Samples out = engine().samples(x.rows(), dim());
    denoise(x, level, out);
    return out;
  }
}
