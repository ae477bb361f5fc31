package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.fit.MixtureFit;
import dev.tweedie.fit.MixtureFitter;
import dev.tweedie.posterior.ExactPosterior;
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
   * @param title of tables and plots
   * @param data to fit, {@code N x d}
   * @param notes what the data are
   */
  static Result compare(
      Context context, String title, Samples data, FitOptions options, List<String> notes) {
    Engine engine = context.engine();
    MixtureFit fit = MixtureFitter.fit(engine, data, options);
    GaussianMixture mixture = fit.mixture().standardised();
    ExactPosterior posterior = ExactPosterior.of(engine, mixture);
    int rows = context.size(200, 1000);
    int chained = context.size(50, 100);
    FeslComparison comparison = new FeslComparison(posterior, rows, context.seed());
    FeslErrors errors =
        comparison.errors(
            FeslComparison.SNRS, chained, context.full() ? FeslComparison.LEVELS : SHORT);
    List<String> sentences = new ArrayList<>(notes);
    sentences.add(
        String.format(
            Locale.ROOT,
            "Fitted to %s rows by %d iterations, mean log-likelihood %.3f; then shifted to mean"
                + " zero and scaled to unit power. The nMSE is that of %d draws of the fitted"
                + " mixture, the first %d for chains: see their ratio to the conditional mean.",
            data,
            fit.logLikelihoods().length,
            fit.logLikelihood(),
            rows,
            chained));
    FeslComparison few = new FeslComparison(posterior, chained, context.seed());
    FeslComparison gaussian =
        new FeslComparison(ExactPosterior.of(engine, mixture.moments()), chained, context.seed());
    return new Result(
            List.of(errors.table(title + ": nMSE")),
            List.of(
                errors.plot(title + ": nMSE"),
                errors.ratioPlot(title + ": error over that of the conditional mean")),
            sentences)
        .and(
            FeslResampling.study(
                few, context.seed(), title, FeslComparison.SNRS, (dB, found) -> Value.of(found)))
        .and(FeslSteps.study(few, gaussian, title))
        .and(FeslMismatch.study(few, title));
  }
}
