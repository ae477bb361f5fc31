package dev.tweedie.metric;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import java.util.function.DoubleUnaryOperator;

/** Kullback-Leibler divergence {@code KL(p || q) = E_p[log p - log q]} in nats. */
public final class KullbackLeibler {
  private KullbackLeibler() {}

  /**
   * From rows of p, by their log densities.
   *
   * @param logP {@code B x 1}, at least two rows
   * @param logQ {@code B x 1} at the same rows
   */
  public static Estimate estimate(Samples logP, Samples logQ) {
    if (logP.rows() != logQ.rows() || logP.dim() != 1 || logQ.dim() != 1 || logP.rows() < 2) {
      throw new InvalidInputException(
          "log densities: found %s and %s, allowed: B x 1 each, B >= 2".formatted(logP, logQ));
    }
    double[] ratios = logP.toDoubles();
    double[] subtracted = logQ.toDoubles();
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] -= subtracted[i];
    }
    return Estimate.mean(ratios);
  }

  /**
   * Of two priors under the same noise, {@code KL(p_t || q_t)}.
   *
   * @param x rows of p_t, {@code B x d}
   * @param q of the same engine
   */
  public static Estimate estimate(Samples x, ExactPosterior p, ExactPosterior q, Level level) {
    return estimate(p.logEvidence(x, level), q.logEvidence(x, level));
  }

  /**
   * On the line, by the trapezoid rule: exact to rounding once nodes are closer than half of the
   * smallest standard deviation, for mixtures of Gaussians that have no mass outside.
   *
   * @param logP log density of p
   * @param logQ log density of q; minus infinity only where p has no mass
   * @param nodes at least 2
   */
  public static double quadrature(
      DoubleUnaryOperator logP, DoubleUnaryOperator logQ, double low, double high, int nodes) {
    if (!(low < high) || nodes < 2) {
      throw new InvalidInputException(
          "quadrature: found %d nodes on [%s, %s], allowed: at least 2, low < high"
              .formatted(nodes, low, high));
    }
    double step = (high - low) / (nodes - 1);
    double sum = 0;
    for (int i = 0; i < nodes; i++) {
      double x = low + i * step;
      double log = logP.applyAsDouble(x);
      double mass = Math.exp(log) * (i == 0 || i == nodes - 1 ? 0.5 : 1);
      sum += mass > 0 ? mass * (log - logQ.applyAsDouble(x)) : 0;
    }
    return sum * step;
  }
}
