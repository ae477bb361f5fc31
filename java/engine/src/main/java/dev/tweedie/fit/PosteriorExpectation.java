package dev.tweedie.fit;

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
  private final RunMemory memory;
  private final Samples shares;
  private final Samples evidence;
  private final ExactPosterior posterior;
  private final Level level;

  PosteriorExpectation(RunMemory memory, FitOptions options, MixtureParameters parameters) {
    this.memory = memory;
    double floor = options.floor();
    shares = memory.samples(memory.capacity, options.components());
    evidence = memory.samples(memory.capacity, 1);
    double noise =
        Math.min(floor, Arrays.stream(variances(parameters.covariance())).min().orElse(floor));
    level = Level.of(1, Math.sqrt(noise));
    Covariance narrow = narrower(parameters.covariance(), noise);
    posterior =
        ExactPosterior.of(
            memory.engine,
            new MixtureParameters(
                    parameters.weights(), parameters.means(), parameters.dim(), narrow)
                .toPrior());
  }

  @Override
  public void close() {
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
  public double of(Run run, double[] responsibilities) {
    Samples share = shares.slice(0, run.count);
    Samples log = evidence.slice(0, run.count);
    posterior.evaluate(run.rows, level, Outputs.of().evidence(log).responsibilities(share));
    memory.read(share, responsibilities);
    double[] logs = log.toDoubles();
    double sum = 0;
    for (int i = 0; i < run.count; i++) {
      sum += run.weight(i) * Expectation.requireFinite(logs[i], run, i);
    }
    return sum;
  }
}
