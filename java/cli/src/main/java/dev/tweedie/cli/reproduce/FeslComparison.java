package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.metric.Distortion;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;
import java.util.stream.DoubleStream;

/**
 * The comparison that Fesl et al. 2025 make on each of their mixtures: draws of x_0, observed as
 * {@code y = x_0 + n}, denoised by the conditional mean, by the best linear estimate and by the
 * truncated chain over a number of schedules. The same draws and, but for its scale, the same noise
 * at every SNR, so that differences between estimators are not those of samples.
 *
 * <p>A mixture of complex numbers is one of twice as many real ones: at unit power per real number
 * its SNR is the same.
 */
final class FeslComparison {
  static final String PAPER = "Fesl et al. 2025, ";

  /** dB, of the paper's baselines. */
  static final double[] SNRS = {-20, -15, -10, -5, 0, 5, 10, 15, 20, 25, 30};

  /** Numbers of levels T of the paper's schedules. */
  static final int[] LEVELS = {5, 10, 50, 100, 300, 500, 1000};

  private final ExactPosterior posterior;
  private final Engine engine;
  private final Samples clean;
  private final Samples noise;
  private final Samples noisy;

  /**
   * Draws x_0.
   *
   * @param posterior of a mixture of mean zero and unit power: {@link GaussianMixture#standardised}
   * @param rows draws, at least 1
   * @param seed of the draws and their noise
   */
  FeslComparison(ExactPosterior posterior, int rows, long seed) {
    this.posterior = posterior;
    this.engine = posterior.engine();
    this.clean = engine.samples(rows, posterior.dim());
    this.noise = engine.samples(rows, posterior.dim());
    this.noisy = engine.samples(rows, posterior.dim());
    new PriorSampler(posterior).draw(NoiseAddress.of(seed, Streams.PRIOR, 0), clean);
    engine.run(() -> engine.backend().normal(NoiseAddress.of(seed, Streams.FORWARD, 0), noise));
  }

  private FeslComparison(FeslComparison of, int rows) {
    this.posterior = of.posterior;
    this.engine = of.engine;
    this.clean = of.clean.slice(0, rows);
    this.noise = of.noise.slice(0, rows);
    this.noisy = of.noisy.slice(0, rows);
  }

  /** {@code y = x_0 + n} at an SNR, of data of unit power. */
  static Level level(double dB) {
    return Level.ofSigma(StrictMath.pow(10, -dB / 20));
  }

  /** x_0, {@code B x d}. */
  Samples clean() {
    return clean;
  }

  /** An SNR as a table shows it. */
  static String snr(double dB) {
    return String.valueOf((int) dB);
  }

  /** The observations at an SNR, {@code B x d}; valid until the next call. */
  Samples observe(double dB) {
    Coefficients sum = new Coefficients(1, level(dB).sigma(), 0, 0);
    engine.run(() -> engine.backend().step(sum, StepTerms.of(clean, noisy).denoised(noise)));
    return noisy;
  }

  /**
   * A chain over the paper's schedule of {@code levels} levels, for all rows at once; its start is
   * the linearly nearest level, as in the published code.
   */
  TruncatedDenoiser chain(int levels) {
    return new TruncatedDenoiser(posterior, Schedules.fesl(levels), Math.toIntExact(clean.rows()))
        .matching(TruncatedDenoiser.Match.LINEAR);
  }

  /** nMSE of the conditional mean, told {@code assumed} where the truth is {@code dB}. */
  double mean(double dB, double assumed) {
    return nmse(posterior, dB, assumed);
  }

  /** nMSE of a truncated chain, told {@code assumed} where the truth is {@code dB}. */
  double chain(TruncatedDenoiser denoiser, double dB, double assumed) {
    return nmse(denoiser.chain(observe(dB), level(assumed), 0));
  }

  private double nmse(Denoiser denoiser, double dB, double assumed) {
    return nmse(denoiser.denoise(observe(dB), level(assumed)));
  }

  /** nMSE of estimates of {@link #clean}. */
  double nmse(Samples estimate) {
    return Distortion.of(estimate, clean).nmse();
  }

  /**
   * Denoises draws at each SNR by everything. Chains take as many evaluations of the prior as they
   * have steps, so they see fewer draws than the conditional mean: their nMSE is that of the
   * conditional mean times the ratio of both on the first {@code chained} draws. The ratio spreads
   * far less than either.
   *
   * @param snrs in dB, ascending
   * @param chained draws that chains see, at most all
   * @param levels T of each schedule, some of {@link #LEVELS}
   */
  FeslErrors errors(double[] snrs, int chained, int... levels) {
    ExactPosterior linear = ExactPosterior.of(engine, mixture().moments());
    FeslComparison first = new FeslComparison(this, chained);
    double[] means = DoubleStream.of(snrs).map(dB -> mean(dB, dB)).toArray();
    double[][] chains = new double[levels.length][snrs.length];
    for (int i = 0; i < levels.length; i++) {
      TruncatedDenoiser chain = first.chain(levels[i]);
      for (int j = 0; j < snrs.length; j++) {
        double dB = snrs[j];
        chains[i][j] = means[j] * first.chain(chain, dB, dB) / first.mean(dB, dB);
      }
    }
    return new FeslErrors(
        snrs,
        levels,
        means,
        DoubleStream.of(snrs).map(dB -> nmse(linear, dB, dB)).toArray(),
        chains);
  }

  private GaussianMixture mixture() {
    if (posterior.prior() instanceof GaussianMixture mixture) {
      return mixture;
    }
    throw new InvalidInputException("prior: found a data set, allowed: a mixture");
  }
}
