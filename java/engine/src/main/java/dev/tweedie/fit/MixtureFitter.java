package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.prior.MixtureParameters;
import java.util.ArrayList;
import java.util.List;

/**
 * Fits a Gaussian mixture to rows by expectation maximisation, as scikit-learn's {@code
 * GaussianMixture} does it: starts from clusters, counts the floor into every covariance, and stops
 * where the mean log-likelihood of a row changes by less than the tolerance. All work over rows
 * runs on the engine's kernels, in chunks.
 *
 * <p>In exact mode a fit has the same bits on every backend but reference, for any number of
 * threads, and wherever its {@link FitRows} lie.
 */
public final class MixtureFitter {
  /** Normal noise of starts has the steps from here on, away from the draws of centres. */
  private static final int NORMALS = 1 << 30;

  /** Of the data's variance, above which a floor is no small number beside it. */
  private static final double FLOOR_SHARE = 0.1;

  private final FitOptions options;
  private final FitRows rows;
  private final FitShape shape;
  private final Moments moments;
  private final FitListener listener;

  private MixtureFitter(FitRows rows, FitOptions options, FitListener listener) {
    requireRows(rows.size(), rows.dim(), options);
    this.options = options;
    this.rows = rows;
    this.listener = listener;
    shape = FitShape.of(rows);
    moments = Moments.of(shape, options);
  }

  private static void requireRows(long size, int dim, FitOptions options) {
    if (options.components() > size) {
      throw new InvalidInputException(
          "components: found %d, allowed: 1 to %d, the number of rows"
              .formatted(options.components(), size));
    }
    if (options.circular() && dim % 2 != 0) {
      throw new InvalidInputException(
          "complex rows: found %d real numbers in a row, allowed: an even number, two parts each"
              .formatted(dim));
    }
  }

  private static FitRows rows(Engine engine, Samples rows, FitOptions options) {
    requireRows(rows.rows(), rows.dim(), options);
    return FitRows.of(engine, rows, options.components());
  }

  /**
   * Fits from clusters, {@link FitOptions#restarts} times, and keeps the largest likelihood.
   *
   * @param rows {@code N x d}, N at least K
   * @param listener told of every iteration
   * @throws InvalidInputException where there are fewer rows than components
   */
  public static MixtureFit fit(FitRows rows, FitOptions options, FitListener listener) {
    MixtureFitter fitter = new MixtureFitter(rows, options, listener);
    KMeans clusters = new KMeans(rows, fitter.shape, options.components());
    MixtureFit best = fitter.iterate(fitter.start(clusters, 0), 0);
    for (int restart = 1; restart < options.restarts(); restart++) {
      MixtureFit fit = fitter.iterate(fitter.start(clusters, restart), restart);
      if (fit.logLikelihood() > best.logLikelihood()) {
        best = fit;
      }
    }
    return best;
  }

  /**
   * As {@link #fit(FitRows, FitOptions, FitListener)}, each row counting once.
   *
   * @param rows {@code N x d} of this engine, N at least K
   * @throws InvalidInputException where there are fewer rows than components, or a row is not
   *     finite
   */
  public static MixtureFit fit(
      Engine engine, Samples rows, FitOptions options, FitListener listener) {
    try (FitRows here = rows(engine, rows, options)) {
      return fit(here, options, listener);
    }
  }

  /** As {@link #fit(Engine, Samples, FitOptions, FitListener)}, told of nothing. */
  public static MixtureFit fit(Engine engine, Samples rows, FitOptions options) {
    return fit(engine, rows, options, (restart, iteration, logLikelihood) -> {});
  }

  /**
   * Fits from given parameters, of the components and the kind that {@code options} say.
   *
   * @throws InvalidInputException as {@link #fit}, and where the parameters do not fit
   */
  public static MixtureFit fitFrom(
      MixtureParameters start, Engine engine, Samples rows, FitOptions options) {
    try (FitRows here = rows(engine, rows, options)) {
      return fitFrom(start, here, options, (restart, iteration, logLikelihood) -> {});
    }
  }

  /** As {@link #fitFrom(MixtureParameters, Engine, Samples, FitOptions)}. */
  public static MixtureFit fitFrom(
      MixtureParameters start, FitRows rows, FitOptions options, FitListener listener) {
    if (start.dim() != rows.dim() || start.components() != options.components()) {
      throw new InvalidInputException(
          "start: found %d components of dimension %d, allowed: %d of dimension %d"
              .formatted(start.components(), start.dim(), options.components(), rows.dim()));
    }
    return new MixtureFitter(rows, options, listener).iterate(start, 0);
  }

  private MixtureParameters start(KMeans clusters, int restart) {
    clusters.run(options.seed(), restart);
    MixtureParameters parameters =
        moments.start(clusters.centres(), (k, count) -> normal(restart, k, count));
    for (int pass = 0; pass < moments.startingPasses(); pass++) {
      double[][] sums =
          rows.sum(FitPass.ofClusters(shape, options, parameters, clusters.clusters()));
      parameters = moments.finish(rows.engine(), parameters, sums);
    }
    return parameters;
  }

  private double[] normal(int restart, int component, int count) {
    NoiseAddress at =
        NoiseAddress.of(options.seed(), Streams.FIT, NORMALS + restart)
            .skipRows((long) component * count);
    try (Samples noise = rows.engine().lasting(count, shape.dim())) {
      rows.engine().run(() -> rows.engine().backend().normal(at, noise));
      return noise.toDoubles();
    }
  }

  private MixtureFit iterate(MixtureParameters start, int restart) {
    MixtureParameters parameters = start;
    List<Double> history = new ArrayList<>();
    double before = Double.NEGATIVE_INFINITY;
    boolean converged = false;
    double[][] sums = {};
    while (!converged && history.size() < options.iterations()) {
      sums = rows.sum(new FitPass(shape, options, parameters));
      double now = sums[options.components()][FitPass.LOG_LIKELIHOOD] / shape.weight();
      parameters = moments.finish(rows.engine(), parameters, sums);
      history.add(now);
      listener.iteration(restart, history.size(), now);
      converged = Math.abs(now - before) < options.tolerance();
      before = now;
    }
    double[] logLikelihoods = history.stream().mapToDouble(Double::doubleValue).toArray();
    return new MixtureFit(
        parameters, logLikelihoods, converged, restart, warnings(logLikelihoods, converged, sums));
  }

  private List<String> warnings(double[] history, boolean converged, double[][] sums) {
    List<String> warnings = new ArrayList<>();
    if (shape.size() <= shape.dim()) {
      warnings.add(
          "%d rows in dimension %d: the floor %s fills the directions that they do not span"
              .formatted(shape.size(), shape.dim(), options.floor()));
    }
    if (options.floor() > FLOOR_SHARE * shape.variance()) {
      warnings.add(
          "the floor %s is above %s of the data's variance, %.3g: covariances are wider than the data"
              .formatted(options.floor(), FLOOR_SHARE, shape.variance()));
    }
    if (moments.lost(sums) > 0) {
      warnings.add(
          "%d of %d components have lost all their rows: they have weight 0"
              .formatted(moments.lost(sums), options.components()));
    }
    if (moments.thin(sums) > 0) {
      warnings.add(
          "%d of %d components rest on fewer than %d rows: the floor %s fills their covariances"
              .formatted(
                  moments.thin(sums), options.components(), moments.neededRows(), options.floor()));
    }
    if (sums[options.components()][FitPass.HELD] > 0) {
      warnings.add(
          "the floor %s is under the rounding of %s: a larger floor, or the backend reference"
              .formatted(options.floor(), rows.engine().backend().precision()));
    }
    if (!converged) {
      int count = history.length;
      String change =
          count > 1
              ? "the last change was %.3g".formatted(history[count - 1] - history[count - 2])
              : "one says nothing of a change";
      warnings.add(
          "not converged in %d iterations: %s, the tolerance is %s"
              .formatted(count, change, options.tolerance()));
    }
    return warnings;
  }
}
