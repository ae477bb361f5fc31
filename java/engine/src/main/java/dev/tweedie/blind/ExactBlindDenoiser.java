package dev.tweedie.blind;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.posterior.BlindDenoiser;
import dev.tweedie.posterior.BlindOutputs;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.Outputs;
import java.util.Arrays;

/**
 * The exact blind denoiser of a prior, {@code f*(y) = sum_s mu_s(y) D_s(y)} with {@code mu_s(y) ~
 * Theta_s p_s(y)}: E[x_0 | y] where the level of {@code y = x_0 + sigma z} is only known to come
 * from Theta (Kadkhodaie et al.; mathematics 1.5).
 *
 * <p>Costs S evaluations of evidence and mean, and 2 S B d flops in float64 to mix them. The masses
 * are as exact as the backend's log evidence: in float32 one of size l has an error of about {@code
 * |l| 2^-24}, which is the relative error of a mass. Keeps memory for some rows until the engine
 * closes; belongs to one thread at a time.
 */
public final class ExactBlindDenoiser implements BlindDenoiser {
  /** Elements of a batch, which also bounds the float64 sums beside it: 8 MiB. */
  private static final int ELEMENTS = 1 << 20;

  private static final int ROWS = 4096;

  /** A share under this, e^-40, is below the last digit of any sum: as in the score op. */
  private static final double LEAST = -40;

  private final ExactPosterior posterior;
  private final LevelPrior prior;
  private final int dim;
  private final int capacity;
  private final double[] logits;
  private final double[] tops;
  private final double[] sums;
  private final double[] totals;
  private final double[] row;
  private Samples evidences;
  private Samples means;

  public ExactBlindDenoiser(ExactPosterior posterior, LevelPrior prior) {
    this.posterior = posterior;
    this.prior = prior;
    this.dim = posterior.dim();
    this.capacity = Math.clamp(ELEMENTS / Math.max(dim, prior.size()), 1, ROWS);
    logits = new double[capacity * prior.size()];
    tops = new double[capacity];
    sums = new double[capacity];
    totals = new double[capacity * dim];
    row = new double[dim];
  }

  @Override
  public Engine engine() {
    return posterior.engine();
  }

  @Override
  public int dim() {
    return dim;
  }

  /** The prior on levels. */
  public LevelPrior levels() {
    return prior;
  }

  /** The posterior at each single level. */
  public ExactPosterior posterior() {
    return posterior;
  }

  @Override
  public void denoise(Samples y, Samples out) {
    evaluate(y, BlindOutputs.mean(out));
  }

  /**
   * Writes every output that is not null.
   *
   * @param y {@code B x d}; a row with NaN or infinity is refused
   */
  public void evaluate(Samples y, BlindOutputs out) {
    shape("y", y, y.rows(), dim);
    shape("mean", out.mean(), y.rows(), dim);
    shape("levels", out.levels(), y.rows(), prior.size());
    shape("evidence", out.evidence(), y.rows(), 1);
    engine()
        .run(
            () -> {
              for (long begin = 0; begin < y.rows(); begin += capacity) {
                int rows = (int) Math.min(capacity, y.rows() - begin);
                gather(y.slice(begin, rows), rows, out.mean() != null);
                write(out, begin, rows);
              }
            });
  }

  private static void shape(String name, Samples samples, long rows, int dim) {
    if (samples != null && (samples.rows() != rows || samples.dim() != dim)) {
      throw new InvalidInputException(
          name + ": found " + samples + ", allowed: " + rows + " x " + dim);
    }
  }

  /** One log-sum-exp over the levels, its largest logit found on the way. */
  private void gather(Samples y, int rows, boolean wantMean) {
    if (evidences == null) {
      evidences = engine().samples(capacity, 1);
      means = engine().samples(capacity, dim);
    }
    Samples evidence = evidences.slice(0, rows);
    Samples mean = wantMean ? means.slice(0, rows) : null;
    Arrays.fill(tops, Double.NEGATIVE_INFINITY);
    Arrays.fill(sums, 0);
    Arrays.fill(totals, 0);
    for (int s = 0; s < prior.size(); s++) {
      posterior.evaluate(y, prior.level(s), new Outputs(evidence, mean, null, null, null, null));
      for (int i = 0; i < rows; i++) {
        double logit = prior.logMass(s) + evidence.get(i, 0);
        logits[i * prior.size() + s] = logit;
        add(i, logit, mean);
      }
    }
  }

  private void add(int i, double logit, Samples mean) {
    double above = logit - tops[i];
    if (!(above > LEAST)) {
      return; // also where the evidence is -infinity, and the mean NaN
    }
    double weight = 1;
    double kept = 1;
    if (above > 0) {
      kept = StrictMath.exp(-above);
      tops[i] = logit;
    } else {
      weight = StrictMath.exp(above);
    }
    sums[i] = sums[i] * kept + weight;
    if (mean == null) {
      return;
    }
    mean.readRow(i, row);
    for (int j = 0; j < dim; j++) {
      totals[i * dim + j] = totals[i * dim + j] * kept + weight * row[j];
    }
  }

  private void write(BlindOutputs out, long begin, int rows) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; out.mean() != null && j < dim; j++) {
        out.mean().set(begin + i, j, totals[i * dim + j] / sums[i]);
      }
      for (int s = 0; out.levels() != null && s < prior.size(); s++) {
        double share = StrictMath.exp(logits[i * prior.size() + s] - tops[i]);
        out.levels().set(begin + i, s, share / sums[i]);
      }
      if (out.evidence() != null) {
        out.evidence().set(begin + i, 0, tops[i] + StrictMath.log(sums[i]));
      }
    }
  }
}
