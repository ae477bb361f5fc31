package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.prior.MixtureParameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fits a Gaussian mixture to rows by expectation maximisation, as scikit-learn's {@code
 * GaussianMixture} does it: starts from clusters, counts the floor into every covariance, and stops
 * where the mean log-likelihood of a row changes by less than the tolerance. All work over rows
 * runs on the engine's kernels, in chunks.
 *
 * <p>In exact mode a fit has the same bits on every backend but reference, and for any number of
 * threads.
 */
public final class MixtureFitter {
  /** Normal noise of starts has the steps from here on, away from the draws of centres. */
  private static final int NORMALS = 1 << 30;

  /** Of the data's variance, above which a floor is no small number beside it. */
  private static final double FLOOR_SHARE = 0.1;

  private final FitOptions options;
  private final FitData data;
  private final Moments moments;
  private final Expectation expectation;
  private final double[] responsibilities;
  private final FitListener listener;

  private MixtureFitter(FitData data, FitOptions options, FitListener listener) {
    this.options = options;
    this.data = data;
    this.listener = listener;
    moments = Moments.of(data, options);
    expectation = Expectation.of(data, options);
    responsibilities = new double[data.chunk * options.components()];
  }

  private static FitData data(Engine engine, Samples rows, FitOptions options) {
    if (options.components() > rows.rows()) {
      throw new InvalidInputException(
          "components: found %d, allowed: 1 to %d, the number of rows"
              .formatted(options.components(), rows.rows()));
    }
    if (options.circular() && rows.dim() % 2 != 0) {
      throw new InvalidInputException(
          "complex rows: found %d real numbers in a row, allowed: an even number, two parts each"
              .formatted(rows.dim()));
    }
    return new FitData(engine, rows, options.components());
  }

  /**
   * Fits from clusters, {@link FitOptions#restarts} times, and keeps the largest likelihood.
   *
   * @param rows {@code N x d} of this engine, N at least K
   * @param listener told of every iteration
   * @throws InvalidInputException where there are fewer rows than components, or a row is not
   *     finite
   */
  public static MixtureFit fit(
      Engine engine, Samples rows, FitOptions options, FitListener listener) {
    FitData data = data(engine, rows, options);
    MixtureFitter fitter = new MixtureFitter(data, options, listener);
    KMeans clusters = new KMeans(data, options.components());
    MixtureFit best = null;
    for (int restart = 0; restart < options.restarts(); restart++) {
      MixtureFit fit = fitter.iterate(fitter.start(clusters, restart), restart);
      if (best == null || fit.logLikelihood() > best.logLikelihood()) {
        best = fit;
      }
    }
    return best;
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
    if (start.dim() != rows.dim() || start.components() != options.components()) {
      throw new InvalidInputException(
          "start: found %d components of dimension %d, allowed: %d of dimension %d"
              .formatted(start.components(), start.dim(), options.components(), rows.dim()));
    }
    FitData data = data(engine, rows, options);
    return new MixtureFitter(data, options, (restart, iteration, logLikelihood) -> {})
        .iterate(start, 0);
  }

  private MixtureParameters start(KMeans clusters, int restart) {
    clusters.run(options.seed(), restart);
    MixtureParameters parameters =
        moments.start(clusters.centres(), (k, count) -> normal(restart, k, count));
    for (int pass = 0; pass < moments.startingPasses(); pass++) {
      moments.begin(parameters);
      data.forEachChunk(
          (rows, x, first) -> {
            Arrays.fill(responsibilities, 0);
            for (int i = 0; i < rows.rows(); i++) {
              responsibilities[i * options.components() + clusters.labels()[first + i]] = 1;
            }
            moments.add(x, (int) rows.rows(), responsibilities);
          });
      parameters = moments.finish();
    }
    return parameters;
  }

  private double[] normal(int restart, int component, int count) {
    Samples noise = data.engine.samples(count, data.dim);
    NoiseAddress at =
        NoiseAddress.of(options.seed(), Streams.FIT, NORMALS + restart)
            .skipRows((long) component * count);
    data.engine.run(() -> data.engine.backend().normal(at, noise));
    return noise.toDoubles();
  }

  private MixtureFit iterate(MixtureParameters start, int restart) {
    MixtureParameters parameters = start;
    List<Double> history = new ArrayList<>();
    double before = Double.NEGATIVE_INFINITY;
    boolean converged = false;
    while (!converged && history.size() < options.iterations()) {
      double now = step(parameters);
      parameters = moments.finish();
      history.add(now);
      listener.iteration(restart, history.size(), now);
      converged = Math.abs(now - before) < options.tolerance();
      before = now;
    }
    double[] logLikelihoods = history.stream().mapToDouble(Double::doubleValue).toArray();
    return new MixtureFit(
        parameters, logLikelihoods, converged, restart, warnings(logLikelihoods, converged));
  }

  /** One pass over the rows: shares under {@code parameters}, and the moments that they weigh. */
  private double step(MixtureParameters parameters) {
    expectation.begin(parameters);
    moments.begin(parameters);
    double[] sum = new double[1];
    data.forEachChunk(
        (rows, x, first) -> {
          sum[0] += expectation.of(rows, x, first, responsibilities);
          moments.add(x, (int) rows.rows(), responsibilities);
        });
    expectation.end();
    return sum[0] / data.size();
  }

  private List<String> warnings(double[] history, boolean converged) {
    List<String> warnings = new ArrayList<>();
    if (data.size() <= data.dim) {
      warnings.add(
          "%d rows in dimension %d: the floor %s fills the directions that they do not span"
              .formatted(data.size(), data.dim, options.floor()));
    }
    if (options.floor() > FLOOR_SHARE * data.variance) {
      warnings.add(
          "the floor %s is above %s of the data's variance, %.3g: covariances are wider than the data"
              .formatted(options.floor(), FLOOR_SHARE, data.variance));
    }
    if (moments.lost() > 0) {
      warnings.add(
          "%d of %d components have lost all their rows: they have weight 0"
              .formatted(moments.lost(), options.components()));
    }
    if (moments.thin() > 0) {
      warnings.add(
          "%d of %d components rest on fewer than %d rows: the floor %s fills their covariances"
              .formatted(
                  moments.thin(), options.components(), moments.neededRows(), options.floor()));
    }
    if (expectation instanceof WhitenedExpectation full && full.held()) {
      warnings.add(
          "the floor %s is under the rounding of %s: a larger floor, or the backend reference"
              .formatted(options.floor(), data.rows.precision()));
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
