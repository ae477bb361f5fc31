package dev.tweedie.backend.reference;

import dev.tweedie.Output;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;

/**
 * How many digits of one row's posterior are right in float64: bounds of rounding, to first order,
 * of each component ({@link ComponentErrors}) and of their mixture. A logit that is uncertain by a
 * unit makes its component's weight uncertain by all of it. Belongs to one thread.
 */
public final class RowErrors {
  /** All that float64 has. */
  public static final double MOST_DIGITS = -StrictMath.log10(0x1p-53);

  private static final double U = ComponentErrors.U;

  /** From here on weights are bounded by intervals, not by slopes. */
  private static final double SLOPE = 1e-3;

  private final ComponentPosterior components;
  private final MixturePosterior posterior;
  private final ComponentErrors errors;
  private final int count;
  private final int dim;
  private final double[] logits;
  private final double[] means;
  private final double[] scores;
  private final double[] variances;
  private final double[] precisions;
  private final double[] weights;
  private final double[] part;
  private final double[] z;
  private final double[] digits = new double[Output.values().length];
  private double condition;
  private int worst;

  public RowErrors(Prior prior, Level level) {
    components = ComponentPosterior.of(prior, level);
    posterior = new MixturePosterior(components);
    errors = ComponentErrors.of(components);
    count = prior.components();
    dim = prior.dim();
    logits = new double[count];
    means = new double[count];
    scores = new double[count];
    variances = new double[count];
    precisions = new double[count];
    weights = new double[count];
    part = new double[dim];
    z = new double[dim];
  }

  /** The row, to be written before {@link #evaluate}. */
  public double[] x() {
    return posterior.x();
  }

  /** Digits of an output that are right, 0 to {@link #MOST_DIGITS}: of its largest numbers. */
  public double digits(Output output) {
    return digits[output.ordinal()];
  }

  /** The largest condition number of a {@code P_k}. */
  public double condition() {
    return condition;
  }

  /** The component that has it. */
  public int conditioned() {
    return worst;
  }

  /** Bounds what rounding did to the row's posterior. */
  public void evaluate() {
    posterior.evaluate();
    condition = 0;
    for (int k = 0; k < count; k++) {
      errors.evaluate(k, posterior.x());
      logits[k] = errors.logit;
      means[k] = errors.mean;
      scores[k] = errors.score;
      variances[k] = errors.variance;
      precisions[k] = errors.precision;
      if (errors.condition > condition) {
        condition = errors.condition;
        worst = k;
      }
    }
    mix(largestThatMatters() < SLOPE ? weighBySlopes() : weighByIntervals());
  }

  /** Of the logits' errors; those of components that weigh nothing for sure are no matter. */
  private double largestThatMatters() {
    double least = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < count; k++) {
      least = Math.max(least, posterior.logits()[k] - logits[k]);
    }
    double largest = 0;
    for (int k = 0; k < count; k++) {
      if (posterior.logits()[k] + logits[k] > least - 40) {
        largest = Math.max(largest, logits[k]);
      }
    }
    return largest;
  }

  /** {@code d rho_k = rho_k (d l_k - sum rho d l)}. Returns the error of the evidence. */
  private double weighBySlopes() {
    double[] rho = posterior.responsibilities();
    double sum = 0;
    for (int k = 0; k < count; k++) {
      weights[k] = rho[k] == 0 ? 0 : rho[k] * logits[k];
      sum += weights[k];
    }
    for (int k = 0; k < count; k++) {
      weights[k] = (1 - rho[k]) * weights[k] + rho[k] * (sum - weights[k]);
    }
    return sum;
  }

  /** The most that a weight may be less the least, over all logits within their errors. */
  private double weighByIntervals() {
    double[] given = posterior.logits();
    double[] high = new double[count];
    double[] low = new double[count];
    for (int k = 0; k < count; k++) {
      high[k] = given[k] + logits[k];
      low[k] = given[k] - logits[k];
    }
    LogSum highest = new LogSum(high);
    LogSum lowest = new LogSum(low);
    for (int k = 0; k < count; k++) {
      double most = 1 / (1 + StrictMath.exp(lowest.without(k) - high[k]));
      double least = 1 / (1 + StrictMath.exp(highest.without(k) - low[k]));
      weights[k] = most - least;
    }
    return highest.all - new LogSum(given).all;
  }

  /** {@code log sum exp} of all, and of all but one. */
  private static final class LogSum {
    private final double[] values;
    private final int top;
    private final double all;
    private final double withoutTop;

    LogSum(double[] values) {
      this.values = values;
      int largest = 0;
      for (int k = 1; k < values.length; k++) {
        largest = values[k] > values[largest] ? k : largest;
      }
      top = largest;
      all = logSum(-1);
      withoutTop = logSum(top);
    }

    private double logSum(int left) {
      double most = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < values.length; k++) {
        most = k == left ? most : Math.max(most, values[k]);
      }
      if (most == Double.NEGATIVE_INFINITY) {
        return most;
      }
      double sum = 0;
      for (int k = 0; k < values.length; k++) {
        sum += k == left ? 0 : StrictMath.exp(values[k] - most);
      }
      return most + StrictMath.log(sum);
    }

    double without(int k) {
      return k == top ? withoutTop : all + StrictMath.log1p(-StrictMath.exp(values[k] - all));
    }
  }

  /** Sums that a component adds to, each with what rounding may take from it. */
  private static final class Sum {
    double error;
    double size;

    void add(double weight, double weightError, double value, double valueError) {
      size += weight * value;
      error += weightError == 0 ? 0 : weightError * value;
      error += weight == 0 ? 0 : weight * valueError;
    }

    double error(double roundings) {
      return error + roundings * size;
    }
  }

  private void mix(double ofEvidence) {
    double[] rho = posterior.responsibilities();
    double[] mean = posterior.mean().clone();
    double[] score = posterior.score().clone();
    double weightError = 0;
    double concentration = 0;
    for (int k = 0; k < count; k++) {
      weightError = Math.max(weightError, weights[k]);
      concentration += rho[k] * rho[k];
    }
    double roundings = U * (4 + 1 / concentration); // of sums over components
    Sum ofMean = new Sum();
    Sum ofMeanOffset = new Sum();
    Sum ofScore = new Sum();
    Sum ofScoreOffset = new Sum();
    for (int k = 0; k < count; k++) {
      if (rho[k] == 0 && weights[k] == 0) {
        continue;
      }
      components.difference(k, posterior.x(), z);
      components.mean(k, z, part);
      ofMean.add(rho[k], 0, norm(part), means[k]);
      ofMeanOffset.add(rho[k], weights[k], distance(part, mean), 0);
      components.precisionTimes(k, z, part);
      ofScore.add(rho[k], 0, norm(part), scores[k]);
      for (int j = 0; j < dim; j++) {
        part[j] = -part[j];
      }
      ofScoreOffset.add(rho[k], weights[k], distance(part, score), 0);
    }
    double meanError = ofMean.error(roundings) + ofMeanOffset.error;
    double scoreError = ofScore.error(roundings) + ofScoreOffset.error;
    double evidence = Math.abs(posterior.logEvidence());
    double constant = dim * 2.0;
    double evidenceError =
        ofEvidence + U * (4 * evidence + 4 * constant + 4 * largestLogit() + 2 + count);
    set(Output.EVIDENCE, evidenceError, Math.max(1, evidence));
    set(Output.RESPONSIBILITIES, weightError + 4 * U, 1);
    set(Output.MEAN, meanError, norm(mean));
    set(Output.SCORE, scoreError, norm(score));
    spreads(mean, score, meanError, scoreError, roundings);
  }

  private double largestLogit() {
    double top = Double.NEGATIVE_INFINITY;
    for (double logit : posterior.logits()) {
      top = Math.max(top, logit);
    }
    return Math.abs(top);
  }

  /** Variances: of components, and of their means or scores about the mixture's. */
  private void spreads(
      double[] mean, double[] score, double meanError, double scoreError, double roundings) {
    double[] rho = posterior.responsibilities();
    boolean outweighed = components.level.isOutweighedBy(components.prior.largestVariance());
    double scale = components.s * components.s / components.a;
    double[] diagonals = new double[dim];
    posterior.covarianceDiagonal(diagonals);
    double[] hessians = new double[dim];
    posterior.hessianDiagonal(hessians);
    double total = sum(diagonals);
    Sum diagonal = new Sum();
    Sum trace = new Sum();
    Sum hessian = new Sum();
    double root = Math.sqrt(dim);
    for (int k = 0; k < count; k++) {
      if (rho[k] == 0 && weights[k] == 0) {
        continue;
      }
      components.difference(k, posterior.x(), z);
      components.precisionTimes(k, z, part);
      for (int j = 0; j < dim; j++) {
        part[j] = -part[j] - score[j];
      }
      double[] scoreOffset = part.clone();
      components.mean(k, z, part);
      double offsetError = means[k];
      double centreError = meanError;
      for (int j = 0; j < dim; j++) {
        part[j] = outweighed ? scale * scoreOffset[j] : part[j] - mean[j];
      }
      if (outweighed) {
        offsetError = scale * scores[k];
        centreError = scale * scoreError;
      }
      double[] offset = part.clone();
      double square = square(rho[k], norm(offset), offsetError, centreError);
      components.variance(k, part);
      addSquares(offset, 1);
      double far = distance(part, diagonals);
      diagonal.add(rho[k], 0, norm(part), root * variances[k] + square);
      diagonal.add(0, weights[k], far, 0);
      trace.add(rho[k], 0, sum(part), dim * variances[k] + square);
      trace.add(0, weights[k], Math.abs(sum(part) - total), 0);
      square = square(rho[k], norm(scoreOffset), scores[k], scoreError);
      components.precision(k, part);
      double size = norm(part);
      addSquares(scoreOffset, -1);
      hessian.add(rho[k], 0, size + norm(part), root * precisions[k] + square);
      for (int j = 0; j < dim; j++) {
        part[j] = -part[j];
      }
      hessian.add(0, weights[k], distance(part, hessians), 0);
    }
    set(Output.DIAGONAL, diagonal.error(2 * roundings), norm(diagonals));
    set(Output.TRACE, trace.error(2 * roundings + dim * U), total);
    set(Output.HESSIAN_DIAGONAL, hessian.error(2 * roundings), norm(hessians));
  }

  /**
   * Error of the square of an offset whose own part and whose centre have errors. The centre has
   * the share rho of the own one, and is second order: offsets have mean zero.
   */
  private static double square(double rho, double offset, double own, double centre) {
    double both = (1 - rho) * own + Math.max(0, centre - rho * own);
    return 2 * offset * ((1 - rho) * own + 2 * U * offset) + both * both;
  }

  /** {@code part += sign v v}. */
  private void addSquares(double[] v, double sign) {
    for (int j = 0; j < dim; j++) {
      part[j] += sign * v[j] * v[j];
    }
  }

  private static double sum(double[] v) {
    double sum = 0;
    for (double value : v) {
      sum += value;
    }
    return sum;
  }

  private void set(Output output, double error, double size) {
    double right = error == 0 ? MOST_DIGITS : -StrictMath.log10(error / size);
    digits[output.ordinal()] = right > 0 ? Math.min(right, MOST_DIGITS) : 0; // 0 of NaN
  }

  private static double norm(double[] v) {
    return Math.sqrt(ComponentPosterior.squaredNorm(v));
  }

  private static double distance(double[] u, double[] v) {
    double squares = 0;
    for (int j = 0; j < u.length; j++) {
      squares += (u[j] - v[j]) * (u[j] - v[j]);
    }
    return Math.sqrt(squares);
  }
}
