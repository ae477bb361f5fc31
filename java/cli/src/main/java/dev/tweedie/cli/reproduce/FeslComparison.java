package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.NoiseAddress;
import dev.tweedie.metric.Distortion;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.reverse.Streams;
import dev.tweedie.reverse.TruncatedDenoiser;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

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
   * @param posterior of a mixture of mean zero and unit power, {@code
   *     GaussianMixture.standardised()}
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

  /** {@code y = x_0 + n} at an SNR, of data of unit power. */
  static Level level(double dB) {
    return Level.ofSigma(StrictMath.pow(10, -dB / 20));
  }

  /** x_0, {@code B x d}. */
  Samples clean() {
    return clean;
  }

  /** The observations at an SNR, {@code B x d}; valid until the next call. */
  Samples observe(double dB) {
    Coefficients sum = new Coefficients(1, level(dB).sigma(), 0, 0);
    engine.run(() -> engine.backend().step(sum, clean, noise, null, null, noisy));
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

  /** nMSE of every estimator, by SNR. */
  record Errors(double[] snrs, int[] levels, double[] mean, double[] linear, double[][] chains) {
    /** A row an SNR, a column an estimator. */
    ResultTable table(String caption) {
      List<String> quantities =
          IntStream.range(-2, levels.length)
              .mapToObj(i -> i == -2 ? "CME" : i == -1 ? "LMMSE" : name(i))
              .toList();
      ResultTable table = new ResultTable(caption, "golden", List.of("SNR dB"), quantities);
      for (int i = 0; i < snrs.length; i++) {
        int row = i;
        table.row(
            List.of(snr(snrs[i])),
            DoubleStream.concat(
                    DoubleStream.of(mean[i], linear[i]),
                    Arrays.stream(chains).mapToDouble(chain -> chain[row]))
                .mapToObj(Value::of)
                .toArray(Value[]::new));
      }
      return table;
    }

    String name(int schedule) {
      return "T = " + levels[schedule];
    }

    Plot plot(String title) {
      Plot plot = new Plot(title, "SNR in dB", "nMSE").logY();
      plot.line("conditional mean", snrs, mean);
      plot.add("best linear", Plot.Style.DASHED, snrs, linear);
      for (int i = 0; i < levels.length; i++) {
        plot.line("chain, " + name(i), snrs, chains[i]);
      }
      return plot;
    }

    /** The index of an SNR. */
    int at(double dB) {
      int index = Arrays.binarySearch(snrs, dB);
      if (index < 0) {
        throw new IllegalArgumentException("no such SNR: " + dB);
      }
      return index;
    }
  }

  /** An SNR as a table shows it. */
  static String snr(double dB) {
    return String.valueOf((int) dB);
  }

  /**
   * Denoises everything: as many evaluations of the prior as all chains have steps.
   *
   * @param snrs in dB, ascending
   * @param levels T of each schedule, some of {@link #LEVELS}
   */
  Errors errors(double[] snrs, int... levels) {
    ExactPosterior linear = engine.posterior(mixture().moments());
    TruncatedDenoiser[] chains =
        Arrays.stream(levels).mapToObj(this::chain).toArray(TruncatedDenoiser[]::new);
    return new Errors(
        snrs,
        levels,
        DoubleStream.of(snrs).map(dB -> nmse(posterior, dB, dB)).toArray(),
        DoubleStream.of(snrs).map(dB -> nmse(linear, dB, dB)).toArray(),
        Arrays.stream(chains)
            .map(chain -> DoubleStream.of(snrs).map(dB -> chain(chain, dB, dB)).toArray())
            .toArray(double[][]::new));
  }

  private GaussianMixture mixture() {
    if (posterior.prior() instanceof GaussianMixture mixture) {
      return mixture;
    }
    throw new InvalidInputException("prior: found a data set, allowed: a mixture");
  }
}
