package dev.tweedie.posterior;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.reference.MixturePosterior;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;

/**
 * How fast evidence, posterior mean and score change at rows that stay where they are, while the
 * level moves. Made by {@link ExactPosterior#levelDerivative}.
 *
 * @param evidence {@code B x 1}: of log p_t(x)
 * @param mean {@code B x d}: of E[x_0 | x]
 * @param score {@code B x d}: of grad log p_t
 */
public record LevelDerivative(Samples evidence, Samples mean, Samples score) {
  private static final long ROWS = 4; // of a chunk: each is worth K d operations and more

  static LevelDerivative of(
      Engine engine, Prior prior, Samples x, Level level, double alphaRate, double sigmaRate) {
    int dim = prior.dim();
    if (x.dim() != dim || level.sigma() == 0) {
      throw new InvalidInputException(
          "level derivative: found "
              + x
              + " at "
              + level
              + ", allowed: rows of "
              + dim
              + " numbers, sigma > 0");
    }
    if (!Double.isFinite(alphaRate) || !Double.isFinite(sigmaRate)) {
      throw new InvalidInputException(
          "level derivative: found rates "
              + alphaRate
              + " and "
              + sigmaRate
              + ", allowed: finite numbers");
    }
    long bad = x.firstNonFiniteRow();
    if (bad >= 0) {
      throw new InvalidInputException("row " + bad + " is not finite, allowed: finite numbers");
    }
    int rows = Math.toIntExact(x.rows());
    double[] all = x.toDoubles();
    double[] evidence = new double[rows];
    double[] mean = new double[all.length];
    double[] score = new double[all.length];
    engine.forEachChunk(
        rows,
        ROWS,
        (begin, count) -> {
          OneRow row = new OneRow(prior, level, alphaRate, sigmaRate);
          for (int i = (int) begin; i < begin + count; i++) {
            System.arraycopy(all, i * dim, row.posterior.x(), 0, dim);
            evidence[i] = row.evaluate();
            System.arraycopy(row.mean, 0, mean, i * dim, dim);
            System.arraycopy(row.score, 0, score, i * dim, dim);
          }
        });
    return new LevelDerivative(
        engine.samples(evidence, rows), engine.samples(mean, rows), engine.samples(score, rows));
  }

  /**
   * The derivative along the rates. That in alpha follows from that in sigma: D does not change
   * where x, alpha and sigma are all multiplied by one number, so {@code J x + alpha dD/dalpha +
   * sigma dD/dsigma = 0}; g is divided by that number and p by its power d, which adds g and d.
   */
  private static final class OneRow {
    private final MixturePosterior posterior;
    private final Level level;
    private final double alphaRate;
    private final double sigmaRate;
    private final double[] mean;
    private final double[] score;
    private final double[] along;

    OneRow(Prior prior, Level level, double alphaRate, double sigmaRate) {
      this.posterior = MixturePosterior.of(prior, level);
      this.level = level;
      this.alphaRate = alphaRate;
      this.sigmaRate = sigmaRate;
      mean = new double[prior.dim()];
      score = new double[prior.dim()];
      along = new double[prior.dim()];
    }

    double evaluate() {
      posterior.evaluate();
      double evidence = posterior.sigmaDerivative(mean, score);
      double alpha = level.alpha();
      double ofAlpha = alphaRate / alpha;
      double ofSigma = sigmaRate - ofAlpha * level.sigma();
      evidence *= ofSigma;
      scale(mean, ofSigma);
      scale(score, ofSigma);
      if (alphaRate == 0) {
        return evidence;
      }
      double[] x = posterior.x();
      double perSigma = 1 / (level.sigma() * level.sigma());
      posterior.covarianceTimes(x, along); // times alpha / sigma^2 the Jacobian's product
      add(mean, -ofAlpha * alpha * perSigma, along);
      posterior.hessianTimes(x, along);
      add(score, -ofAlpha, along);
      double[] g = posterior.score();
      add(score, -ofAlpha, g);
      double inner = x.length;
      for (int j = 0; j < x.length; j++) {
        inner += x[j] * g[j];
      }
      return evidence - ofAlpha * inner;
    }

    private static void scale(double[] values, double factor) {
      for (int j = 0; j < values.length; j++) {
        values[j] *= factor;
      }
    }

    private static void add(double[] to, double factor, double[] values) {
      for (int j = 0; j < to.length; j++) {
        to[j] += factor * values[j];
      }
    }
  }
}
