package dev.tweedie.backend.reference;

import dev.tweedie.Samples;
import java.util.Arrays;

/**
 * The posteriors of several rows at once: the operations of {@link MixturePosterior}, row by row in
 * its order, so with its bits, but with the rows side by side in the innermost loops ({@link
 * RowLoops}), and a component read once for all rows. {@code RowTileTest} compares both; the plain
 * loops are the ones to read beside the papers.
 *
 * <p>Where a result is not finite the plain loops have to say what it is, since they leave out a
 * component without weight whose mean overflows. Belongs to one thread.
 */
final class RowTile {
  /** Enough that a loop over rows is worth its start, few enough for the second-level cache. */
  private static final int MOST_ROWS = 64;

  /** Fewer rows than this are no vectors. */
  private static final int LEAST_ROWS = 4;

  /** Rows are filled up to a multiple of so many, two vectors of AVX-512, with the last one. */
  private static final int UNIT = 16;

  /** Responsibilities of a tile: 32 MiB, which float32 tables of as many components exceed. */
  private static final int MOST_RESPONSIBILITIES = 1 << 22;

  /** Elements of a tile: 8 MiB an array. */
  private static final int MOST_ELEMENTS = 1 << 20;

  private ComponentPosterior components;
  private ComponentRows of;
  private boolean outweighed;
  private final int dim;
  private final int count;

  /** Rows of the arrays, of which the last are copies. */
  private final int rows;

  private final double[] x;
  private final double[] responsibilities; // component after component; logits before
  private final double[] top;
  private final double[] sum;
  private final double[] mean;
  private final double[] score;
  private final double[] part;
  private final double[] ofOne; // a component's variances
  private int filled;
  private boolean hasMean;
  private boolean hasScore;

  /** Rows that a tile takes of this prior; fewer than 1 where it takes none. */
  static int rows(ComponentPosterior components) {
    int most =
        Math.min(
            MOST_ELEMENTS / components.dim, MOST_RESPONSIBILITIES / components.prior.components());
    return most < LEAST_ROWS ? 0 : Math.min(MOST_ROWS, most);
  }

  /**
   * @param most rows of a call
   */
  RowTile(ComponentPosterior components, int most) {
    rows = (most + UNIT - 1) / UNIT * UNIT;
    dim = components.dim;
    count = components.prior.components();
    x = new double[dim * rows];
    responsibilities = new double[count * rows];
    top = new double[rows];
    sum = new double[rows];
    mean = new double[dim * rows];
    score = new double[dim * rows];
    part = new double[dim * rows];
    ofOne = new double[dim];
    use(components);
  }

  /** Another level of the same prior. */
  void use(ComponentPosterior components) {
    this.components = components;
    of = ComponentRows.of(components, rows);
    outweighed = components.level.isOutweighedBy(components.prior.largestVariance());
  }

  /** Evaluates rows {@code [begin, begin + n)}, n no more than the tile's. */
  void evaluate(Samples from, long begin, int n) {
    filled = n;
    load(from, begin, x);
    weigh();
  }

  /** Of rows {@code [begin, begin + n)} the logits alone. */
  void evaluateLogits(Samples from, long begin, int n) {
    filled = n;
    load(from, begin, x);
    logits();
  }

  /** Of as many rows as evaluated, side by side. */
  double[] vectors(Samples from, long begin) {
    double[] v = new double[dim * rows];
    load(from, begin, v);
    return v;
  }

  private void load(Samples from, long begin, double[] to) {
    double[] row = new double[dim];
    for (int l = 0; l < rows; l++) {
      ReferenceBackend.load(from, begin + Math.min(l, filled - 1), row);
      for (int j = 0; j < dim; j++) {
        to[j * rows + l] = row[j];
      }
    }
  }

  private void logits() {
    hasMean = false;
    hasScore = false;
    Arrays.fill(top, -Double.MAX_VALUE);
    for (int k = 0; k < count; k++) {
      of.logits(k, x, responsibilities, k * rows);
      for (int l = 0; l < rows; l++) {
        top[l] = Math.max(top[l], responsibilities[k * rows + l]);
      }
    }
  }

  private void weigh() {
    logits();
    Arrays.fill(sum, 0);
    for (int k = 0; k < count; k++) {
      of.loops.exponentials(responsibilities, k * rows, top);
      for (int l = 0; l < rows; l++) {
        sum[l] += responsibilities[k * rows + l];
      }
    }
    for (int k = 0; k < count; k++) {
      for (int l = 0; l < rows; l++) {
        responsibilities[k * rows + l] /= sum[l];
      }
    }
  }

  /** Component after component. */
  double[] responsibilities() {
    return responsibilities;
  }

  /** Those of row l, after {@link #evaluateLogits}. */
  void copyLogits(int l, double[] to) {
    copyRow(responsibilities, l, to);
  }

  /** {@code log p_t(x)}. */
  double[] logEvidence() {
    double[] evidence = new double[rows];
    for (int l = 0; l < rows; l++) {
      evidence[l] = MixturePosterior.logEvidence(top[l], sum[l], dim);
    }
    return evidence;
  }

  private boolean weighs(int k) {
    return of.weighs(responsibilities, k);
  }

  /** {@code D = sum rho_k M_k}. */
  double[] mean() {
    if (hasMean) {
      return mean;
    }
    hasMean = true;
    Arrays.fill(mean, 0);
    if (of.addMeans(x, responsibilities, mean)) {
      return mean;
    }
    for (int k = 0; k < count; k++) {
      if (weighs(k)) {
        of.means(k, x, part);
        of.loops.addWeighted(mean, part, responsibilities, k * rows, rows);
      }
    }
    return mean;
  }

  /** {@code g = sum rho_k g_k}. */
  double[] score() {
    if (hasScore) {
      return score;
    }
    hasScore = true;
    Arrays.fill(score, 0);
    if (of.addScores(x, responsibilities, score)) {
      return score;
    }
    for (int k = 0; k < count; k++) {
      if (weighs(k)) {
        of.scores(k, x, part);
        of.loops.addWeighted(score, part, responsibilities, k * rows, rows);
      }
    }
    return score;
  }

  /** Leaves {@code g_k - g} in {@link #part}. */
  private void scoreOffset(int k) {
    of.scores(k, x, part);
    for (int at = 0; at < part.length; at++) {
      part[at] -= score[at];
    }
  }

  private void prepareOffsets() {
    if (outweighed) {
      score();
    } else {
      mean();
    }
  }

  /** Leaves {@code M_k - D} in {@link #part}. */
  private void offset(int k) {
    if (outweighed) {
      scoreOffset(k);
      ComponentRows.scale(part, 0, components.s * components.s / components.a, part, part.length);
      return;
    }
    of.means(k, x, part);
    for (int at = 0; at < part.length; at++) {
      part[at] -= mean[at];
    }
  }

  /** Diagonal of {@code sum rho_k (V_k + (M_k - D)(M_k - D)')}. */
  double[] covarianceDiagonal() {
    prepareOffsets();
    double[] out = new double[dim * rows];
    for (int k = 0; k < count; k++) {
      if (weighs(k)) {
        offset(k);
        components.variance(k, ofOne);
        addSquares(k, 1, out);
      }
    }
    return out;
  }

  /** Diagonal of the Hessian of log p: {@code sum rho_k ((g_k - g)^2 - diag P_k^-1)}. */
  double[] hessianDiagonal() {
    score();
    double[] out = new double[dim * rows];
    for (int k = 0; k < count; k++) {
      if (weighs(k)) {
        scoreOffset(k);
        components.precision(k, ofOne);
        addSquares(k, -1, out);
      }
    }
    return out;
  }

  /** {@code out += rho part part, out += sign rho ofOne}. */
  private void addSquares(int k, double sign, double[] out) {
    for (int j = 0; j < dim; j++) {
      addSquares(part, j * rows, sign * ofOne[j], responsibilities, k * rows, out, rows);
    }
  }

  private static void addSquares(
      double[] part, int at, double one, double[] rho, int k, double[] out, int rows) {
    for (int l = 0; l < rows; l++) {
      double square = rho[k + l] * part[at + l] * part[at + l];
      out[at + l] = out[at + l] + square + rho[k + l] * one;
    }
  }

  /** {@code sum rho_k (V_k v + (M_k - D)((M_k - D)'v))}. */
  double[] covarianceTimes(double[] v) {
    prepareOffsets();
    double[] out = new double[dim * rows];
    for (int k = 0; k < count; k++) {
      if (weighs(k)) {
        offset(k);
        addAlong(k, v, out);
        of.covarianceTimes(k, v, part);
        of.loops.addWeighted(out, part, responsibilities, k * rows, rows);
      }
    }
    return out;
  }

  /** The Hessian of log p times v: {@code sum rho_k ((g_k - g)((g_k - g)'v) - P_k^-1 v)}. */
  double[] hessianTimes(double[] v) {
    score();
    double[] out = new double[dim * rows];
    for (int k = 0; k < count; k++) {
      if (weighs(k)) {
        scoreOffset(k);
        addAlong(k, v, out);
        of.precisionTimes(k, v, part);
        for (int at = 0; at < part.length; at++) {
          part[at] = -part[at];
        }
        of.loops.addWeighted(out, part, responsibilities, k * rows, rows);
      }
    }
    return out;
  }

  /** {@code out += rho part part'v}. */
  private void addAlong(int k, double[] v, double[] out) {
    double[] along = new double[rows];
    for (int j = 0; j < dim; j++) {
      addProduct(part, v, j * rows, along);
    }
    for (int l = 0; l < rows; l++) {
      along[l] = responsibilities[k * rows + l] * along[l];
    }
    of.loops.addWeighted(out, part, along, 0, rows);
  }

  private static void addProduct(double[] u, double[] v, int at, double[] sum) {
    for (int l = 0; l < sum.length; l++) {
      sum[l] += u[at + l] * v[at + l];
    }
  }

  /** {@code to += weights part}, weights of each row. */
  void addWeighted(double[] to, double[] part, double[] weights) {
    of.loops.addWeighted(to, part, weights, 0, rows);
  }

  /** Zeros for {@code n} numbers of every row. */
  double[] columns(int n) {
    return new double[n * rows];
  }

  /** Row l of an array of the tile. */
  private void copyRow(double[] columns, int l, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = columns[j * rows + l];
    }
  }

  /** Writes the rows evaluated. */
  void store(double[] columns, Samples to, long begin) {
    double[] row = new double[to.dim()];
    for (int l = 0; l < filled; l++) {
      copyRow(columns, l, row);
      ReferenceBackend.store(row, to, begin + l);
    }
  }

  /** The sum of each row. */
  double[] sums(double[] columns) {
    double[] row = new double[dim];
    double[] sums = new double[rows];
    for (int l = 0; l < rows; l++) {
      copyRow(columns, l, row);
      sums[l] = Arrays.stream(row).sum();
    }
    return sums;
  }
}
