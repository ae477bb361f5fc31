package dev.tweedie.posterior;

import dev.tweedie.Engine;
import dev.tweedie.Samples;

/**
 * {@code y -> E[x_0 | y]}, or an estimate of it, without being told the level of {@code y = x_0 +
 * sigma z}. A prior averaged over a prior on levels gives the exact one; a network without a sigma
 * input an approximate one.
 */
public interface BlindDenoiser {
  /** The engine whose samples this reads and writes. */
  Engine engine();

  /** d, the dimension of a row. */
  int dim();

  /**
   * Denoises each row.
   *
   * @param y {@code B x d}
   * @param out {@code B x d}, apart from y
   */
  void denoise(Samples y, Samples out);

  /** As {@link #denoise(Samples, Samples)}, into new samples. */
  default Samples denoise(Samples y) {
    Samples out = engine().samples(y.rows(), dim());
    denoise(y, out);
    return out;
  }
}
