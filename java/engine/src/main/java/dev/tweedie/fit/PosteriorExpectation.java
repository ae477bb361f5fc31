package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/**
 * Responsibilities and evidence of the engine's own posterior. A row of the mixture is seen as a
 * noisy row of a narrower one: with sigma^2 no larger than any variance, {@code C_k - sigma^2 I}
 * plus the level's noise is C_k again.
 */
final class PosteriorExpectation implements Expectation {
  private final Engine engine;
  private final double floor;
  private final Samples shares;
  private final Samples evidence;
  private ExactPosterior posterior;
  private Level level;

  PosteriorExpectation(FitData data, FitOptions options) {
    engine = data.engine;
    floor = options.floor();
    shares = engine.samples(data.chunk, options.components());
    evidence = engine.samples(data.chunk, 1);
  }

  @Override
  public void begin(MixtureParameters parameters) {
    double noise =
        Math.min(floor, Arrays.stream(variances(parameters.covariance())).min().orElse(floor));
    level = Level.of(1, Math.sqrt(noise));
    Covariance narrow = narrower(parameters.covariance(), noise);
    posterior =
        ExactPosterior.of(
            engine,
            new MixtureParameters(
                    parameters.weights(), parameters.means(), parameters.dim(), narrow)
                .toPrior());
  }

  @Override
  public void end() {
    posterior.close();
  }

  private static double[] variances(Covariance covariance) {
    return switch (covariance) {
      case Covariance.Isotropic(double[] variances) -> variances;
      case Covariance.Diagonal(double[] variances) -> variances;
      case Covariance.LowRank(double[] _, int _, double[] floors) -> floors;
      case Covariance.Full _ -> throw new AssertionError(covariance);
    };
  }

  private static Covariance narrower(Covariance covariance, double noise) {
    double[] less = Arrays.stream(variances(covariance)).map(v -> Math.max(v - noise, 0)).toArray();
    return switch (covariance) {
      case Covariance.Isotropic _ -> new Covariance.Isotropic(less);
      case Covariance.Diagonal _ -> new Covariance.Diagonal(less);
      case Covariance.LowRank(double[] factors, int rank, double[] _) ->
          new Covariance.LowRank(factors, rank, less);
      case Covariance.Full _ -> throw new AssertionError(covariance);
    };
  }

  @Override
  public double of(Samples rows, double[] x, int first, double[] responsibilities) {
    Samples share = shares.slice(0, rows.rows());
    Samples log = evidence.slice(0, rows.rows());
    posterior.evaluate(rows, level, Outputs.of().evidence(log).responsibilities(share));
    double[] values = share.toDoubles();
    System.arraycopy(values, 0, responsibilities, 0, values.length);
    double[] logs = log.toDoubles();
    double sum = 0;
    for (int i = 0; i < rows.rows(); i++) {
      sum += Expectation.requireFinite(logs[i], first + i);
    }
    return sum;
  }
}
