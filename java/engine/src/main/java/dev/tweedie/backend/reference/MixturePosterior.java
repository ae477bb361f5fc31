package dev.tweedie.backend.reference;

import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/**
 * The posterior of one row: its components' posteriors, mixed by their responsibilities
 * (mathematics 1.3). Belongs to one thread.
 */
public final class MixturePosterior {
  private static final double LOG_TWO_PI = StrictMath.log(2 * Math.PI);

  private final ComponentPosterior components;
  private final int dim;
  private final double[] x;
  private final double[] logits;
  private final double[] responsibilities;
  private final double[] mean;
  private final double[] score;
  private final boolean outweighed; // differences of means would cancel
  private final double[] z; // difference of x from one component
  private final double[] part; // one component's mean, score or variance
  private double logEvidence;

  /** The posterior of {@code prior} at {@code level}, sigma &gt; 0. */
  public static MixturePosterior of(Prior prior, Level level) {
    return new MixturePosterior(ComponentPosterior.of(prior, level));
  }

  MixturePosterior(ComponentPosterior components) {
    this.components = components;
    this.dim = components.dim;
    int count = components.prior.components();
    x = new double[dim];
    logits = new double[count];
    responsibilities = new double[count];
    mean = new double[dim];
    score = new double[dim];
    outweighed = components.level.isOutweighedBy(components.prior.largestVariance());
    z = new double[dim];
    part = new double[dim];
  }

  /** The row, to be written before {@link #evaluate}. */
  public double[] x() {
    return x;
  }

  /** Log-sum-exp in two passes: the largest logit, then the sum relative to it. */
  public void evaluate() {
    double top = -Double.MAX_VALUE; // logits of -infinity alone then sum to zero, not to NaN
    for (int k = 0; k < logits.length; k++) {
      components.difference(k, x, z);
      logits[k] = components.logit(k, z);
      top = Math.max(top, logits[k]);
    }
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      responsibilities[k] = StrictMath.exp(logits[k] - top);
      sum += responsibilities[k];
    }
    for (int k = 0; k < logits.length; k++) {
      responsibilities[k] /= sum;
    }
    logEvidence = logEvidence(top, sum, dim);
  }

  /** Of the largest logit and the sum of all, relative to it. */
  static double logEvidence(double top, double sum, int dim) {
    return top + StrictMath.log(sum) - 0.5 * dim * LOG_TWO_PI;
  }

  /** {@code log p_t(x)}. */
  public double logEvidence() {
    return logEvidence;
  }

  double[] logits() {
    return logits;
  }

  public double[] responsibilities() {
    return responsibilities;
  }

  /** {@code D = sum rho_k M_k}. */
  public double[] mean() {
    Arrays.fill(mean, 0);
    for (int k = 0; k < logits.length; k++) {
      if (responsibilities[k] == 0) {
        continue;
      }
      components.difference(k, x, z);
      components.mean(k, z, part);
      for (int j = 0; j < dim; j++) {
        mean[j] += responsibilities[k] * part[j];
      }
    }
    return mean;
  }

  /**
   * {@code g = sum rho_k g_k}, {@code (a D - x) / s^2} by Tweedie's formula: which loses all digits
   * where {@code a D} is nearly x.
   */
  public double[] score() {
    Arrays.fill(score, 0);
    for (int k = 0; k < logits.length; k++) {
      if (responsibilities[k] == 0) {
        continue;
      }
      score(k);
      for (int j = 0; j < dim; j++) {
        score[j] += responsibilities[k] * part[j];
      }
    }
    return score;
  }

  /** Leaves {@code g_k} in {@link #part}. */
  private void score(int k) {
    components.difference(k, x, z);
    components.precisionTimes(k, z, part);
    for (int j = 0; j < dim; j++) {
      part[j] = -part[j];
    }
  }

  /** Leaves {@code g_k - g} in {@link #part}. */
  private void scoreOffset(int k) {
    score(k);
    for (int j = 0; j < dim; j++) {
      part[j] -= score[j];
    }
  }

  /** What {@link #offset} needs made: D, or g. */
  private void prepareOffsets() {
    if (outweighed) {
      score();
    } else {
      mean();
    }
  }

  /**
   * Leaves {@code M_k - D} in {@link #part}. Where the noise is small both are nearly {@code x /
   * a}, and it is {@code (s^2 / a)(g_k - g)}.
   */
  private void offset(int k) {
    if (outweighed) {
      scoreOffset(k);
      double scale = components.s * components.s / components.a;
      for (int j = 0; j < dim; j++) {
        part[j] *= scale;
      }
    } else {
      components.difference(k, x, z);
      components.mean(k, z, part);
      for (int j = 0; j < dim; j++) {
        part[j] -= mean[j];
      }
    }
  }

  /** Diagonal of {@code sum rho_k (V_k + (M_k - D)(M_k - D)')}: centred, so nothing cancels. */
  public void covarianceDiagonal(double[] out) {
    prepareOffsets();
    Arrays.fill(out, 0);
    for (int k = 0; k < logits.length; k++) {
      if (responsibilities[k] == 0) {
        continue;
      }
      offset(k);
      for (int j = 0; j < dim; j++) {
        out[j] += responsibilities[k] * part[j] * part[j];
      }
      components.variance(k, part);
      for (int j = 0; j < dim; j++) {
        out[j] += responsibilities[k] * part[j];
      }
    }
  }

  /** {@code sum rho_k (V_k v + (M_k - D)((M_k - D)'v))}, centred as the diagonal; out not v. */
  public void covarianceTimes(double[] v, double[] out) {
    prepareOffsets();
    Arrays.fill(out, 0);
    for (int k = 0; k < logits.length; k++) {
      if (responsibilities[k] == 0) {
        continue;
      }
      offset(k);
      addAlong(responsibilities[k], part, v, out);
      components.covarianceTimes(k, v, part);
      for (int j = 0; j < dim; j++) {
        out[j] += responsibilities[k] * part[j];
      }
    }
  }

  /** The Hessian of log p times v: {@code sum rho_k ((g_k - g)((g_k - g)'v) - P_k^-1 v)}. */
  public void hessianTimes(double[] v, double[] out) {
    score();
    Arrays.fill(out, 0);
    for (int k = 0; k < logits.length; k++) {
      if (responsibilities[k] == 0) {
        continue;
      }
      scoreOffset(k);
      addAlong(responsibilities[k], part, v, out);
      components.precisionTimes(k, v, part);
      for (int j = 0; j < dim; j++) {
        out[j] -= responsibilities[k] * part[j];
      }
    }
  }

  /** Diagonal of the Hessian of log p: {@code sum rho_k ((g_k - g)^2 - diag P_k^-1)}. */
  public void hessianDiagonal(double[] out) {
    score();
    Arrays.fill(out, 0);
    for (int k = 0; k < logits.length; k++) {
      if (responsibilities[k] == 0) {
        continue;
      }
      scoreOffset(k);
      for (int j = 0; j < dim; j++) {
        out[j] += responsibilities[k] * part[j] * part[j];
      }
      components.precision(k, part);
      for (int j = 0; j < dim; j++) {
        out[j] -= responsibilities[k] * part[j];
      }
    }
  }

  /** {@code out += weight t t'v}. */
  private static void addAlong(double weight, double[] t, double[] v, double[] out) {
    double along = 0;
    for (int j = 0; j < t.length; j++) {
      along += t[j] * v[j];
    }
    for (int j = 0; j < t.length; j++) {
      out[j] += weight * along * t[j];
    }
  }

  /**
   * {@code E[(x_0 - D) |x_0 - D|^2]}, the third cumulants of the posterior summed over two indices:
   * {@code sum rho_k ((|m_k|^2 + tr V_k) m_k + 2 V_k m_k)} with {@code m_k = M_k - D}.
   */
  public void thirdCumulant(double[] out) {
    prepareOffsets();
    Arrays.fill(out, 0);
    double[] centred = new double[dim];
    for (int k = 0; k < logits.length; k++) {
      if (responsibilities[k] == 0) {
        continue;
      }
      offset(k);
      System.arraycopy(part, 0, centred, 0, dim);
      components.variance(k, part);
      double square = 0;
      for (int j = 0; j < dim; j++) {
        square += centred[j] * centred[j] + part[j];
      }
      components.covarianceTimes(k, centred, part);
      for (int j = 0; j < dim; j++) {
        out[j] += responsibilities[k] * (square * centred[j] + 2 * part[j]);
      }
    }
  }

  /**
   * How log p, D and g change with sigma, at this x and alpha (mathematics 1.2). Nothing cancels
   * but what weighs: the weight of component k changes by {@code rho_k (q_k - q)}, {@code q_k = s
   * (|g_k|^2 - tr P_k^-1)} and q their mean, its M_k by {@code (2 a / s) V_k g_k}, its g_k by
   * {@code -2 s P_k^-1 g_k}.
   *
   * @param meanRate dD/ds is written here
   * @param scoreRate dg/ds is written here
   * @return d log p/ds, which is q
   */
  public double sigmaDerivative(double[] meanRate, double[] scoreRate) {
    double s = components.s;
    double[] slopes = new double[logits.length];
    double[] ofOne = new double[dim];
    double slope = 0;
    for (int k = 0; k < logits.length; k++) {
      if (responsibilities[k] == 0) {
        continue;
      }
      score(k);
      components.precision(k, ofOne);
      double excess = 0;
      for (int j = 0; j < dim; j++) {
        excess += part[j] * part[j] - ofOne[j];
      }
      slopes[k] = s * excess;
      slope += responsibilities[k] * slopes[k];
    }
    score();
    prepareOffsets();
    Arrays.fill(meanRate, 0);
    Arrays.fill(scoreRate, 0);
    for (int k = 0; k < logits.length; k++) {
      double rho = responsibilities[k];
      if (rho == 0) {
        continue;
      }
      score(k);
      components.covarianceTimes(k, part, ofOne);
      addTo(meanRate, rho * 2 * components.a / s, ofOne);
      components.precisionTimes(k, part, ofOne);
      addTo(scoreRate, -rho * 2 * s, ofOne);
      double change = rho * (slopes[k] - slope);
      offset(k);
      addTo(meanRate, change, part);
      scoreOffset(k);
      addTo(scoreRate, change, part);
    }
    return slope;
  }

  /** {@code out += weight v}. */
  private static void addTo(double[] out, double weight, double[] v) {
    for (int j = 0; j < out.length; j++) {
      out[j] += weight * v[j];
    }
  }
}
