package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.fit.MixtureFit;
import dev.tweedie.fit.MixtureFitter;
import dev.tweedie.prior.GaussianMixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The comparison of Fesl et al. 2025 on a mixture that is first fitted to real data. */
final class FittedMixture {
  /** In quick sizes: chains of at most 50 steps. */
  private static final int[] SHORT = {5, 10, 50};

  private FittedMixture() {}

  /**
   * Fits, standardises and compares on draws of the fitted mixture, whose conditional mean is
   * known, as the paper does.
   *
   * @param title of table and plot
   * @param notes what the rows are
   */
  static Result compare(
      Context context, String title, Samples rows, FitOptions options, List<String> notes) {
    Engine engine = context.engine();
    MixtureFit fit = MixtureFitter.fit(engine, rows, options);
    GaussianMixture mixture = fit.mixture().standardised();
    int draws = context.size(50, 200);
    FeslComparison comparison =
        new FeslComparison(engine.posterior(mixture), draws, context.seed());
    int[] levels = context.full() ? FeslComparison.LEVELS : SHORT;
    FeslErrors errors = comparison.errors(FeslComparison.SNRS, draws, levels);
    List<String> sentences = new ArrayList<>(notes);
    sentences.add(
        String.format(
            Locale.ROOT,
            "Fitted to %s rows by %d iterations, mean log-likelihood %.3f; then shifted to mean"
                + " zero and scaled to unit power. The nMSE is that of draws of the fitted"
                + " mixture.",
            rows,
            fit.logLikelihoods().length,
            fit.logLikelihood()));
    return new Result(
        List.of(errors.table("nMSE, " + title)), List.of(errors.plot(title + ": nMSE")), sentences);
  }
}
