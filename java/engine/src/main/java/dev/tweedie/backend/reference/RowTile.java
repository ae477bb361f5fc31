package dev.tweedie.backend.reference;

import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * The posteriors of several rows at once: the operations of {@link MixturePosterior}, row by row in
 * its order, so with its bits, but with the rows side by side in the innermost loops ({@link
 * RowLoops}), and a component read once for all rows. {@code RowTileTest} compares both; the plain
 * loops are the ones to read beside the papers.
 *
 * <p>Evidence, responsibilities, means and scores. Belongs to one thread.
 */
final class RowTile {
  /** Enough that a loop over rows is worth its start, few enough for the second-level cache. */
  private static final int MOST_ROWS = 64;

  /** Fewer rows than this are no vector. */
  private static final int LEAST_ROWS = 4;

  /** Responsibilities of a tile: 32 MiB, which float32 tables of as many components exceed. */
  private static final int MOST_RESPONSIBILITIES = 1 << 22;

  private static final Set<Output> WRITTEN =
      EnumSet.of(Output.EVIDENCE, Output.MEAN, Output.SCORE, Output.RESPONSIBILITIES);

  private final ComponentRows of;
  private final int dim;
  private final int count;
  private final double[] x;
  private final double[] responsibilities; // component after component
  private final double[] top;
  private final double[] sum;
  private final double[] mean;
  private final double[] score;

  /** Rows that a tile takes of this prior; fewer than 1 where it takes none. */
  static int rows(ComponentPosterior components, Outputs out) {
    for (Output output : Output.values()) {
      if (out.get(output) != null && !WRITTEN.contains(output)) {
        return 0;
      }
    }
    if (!ComponentRows.has(components)) {
      return 0;
    }
    int most = Math.min(MOST_ROWS, MOST_RESPONSIBILITIES / components.prior.components());
    return most < LEAST_ROWS ? 0 : most;
  }

  /**
   * @param rows of every call
   */
  RowTile(ComponentPosterior components, int rows) {
    of = ComponentRows.of(components, rows);
    dim = components.dim;
    count = components.prior.components();
    x = new double[dim * rows];
    responsibilities = new double[count * rows];
    top = new double[rows];
    sum = new double[rows];
    mean = new double[dim * rows];
    score = new double[dim * rows];
  }

  /**
   * Evaluates rows {@code [begin, begin + n)}, n those of the tile.
   *
   * @return whether all is finite; else the plain loops have to say what it is, since they leave
   *     out a component without weight whose mean overflows
   */
  boolean evaluate(Samples from, long begin, Outputs out) {
    load(from, begin);
    weigh();
    boolean finite = true;
    if (out.mean() != null) {
      sums(mean, false);
      finite = store(mean, out.mean(), begin);
    }
    if (out.score() != null) {
      sums(score, true);
      finite &= store(score, out.score(), begin);
    }
    if (out.responsibilities() != null) {
      finite &= store(responsibilities, out.responsibilities(), begin);
    }
    return finite & writeEvidence(out.evidence(), begin);
  }

  private int rows() {
    return top.length;
  }

  private void load(Samples from, long begin) {
    double[] row = new double[dim];
    for (int l = 0; l < rows(); l++) {
      ReferenceBackend.load(from, begin + l, row);
      for (int j = 0; j < dim; j++) {
        x[j * rows() + l] = row[j];
      }
    }
  }

  private void weigh() {
    int rows = rows();
    Arrays.fill(top, -Double.MAX_VALUE);
    for (int k = 0; k < count; k++) {
      of.logits(k, x, responsibilities, k * rows);
      for (int l = 0; l < rows; l++) {
        top[l] = Math.max(top[l], responsibilities[k * rows + l]);
      }
    }
    Arrays.fill(sum, 0);
    for (int k = 0; k < count; k++) {
      for (int l = 0; l < rows; l++) {
        int at = k * rows + l;
        responsibilities[at] = StrictMath.exp(responsibilities[at] - top[l]);
        sum[l] += responsibilities[at];
      }
    }
    for (int k = 0; k < count; k++) {
      for (int l = 0; l < rows; l++) {
        responsibilities[k * rows + l] /= sum[l];
      }
    }
  }

  /** {@code to = sum rho_k M_k}, or of scores. */
  private void sums(double[] to, boolean scores) {
    int rows = rows();
    Arrays.fill(to, 0);
    if (!scores && of.addMeans(responsibilities, to)) {
      return;
    }
    double[] weights = new double[rows];
    for (int k = 0; k < count; k++) {
      System.arraycopy(responsibilities, k * rows, weights, 0, rows);
      if (!weighs(weights)) {
        continue;
      }
      double[] part = scores ? of.scores(k, x) : of.means(k, x);
      of.loops.addWeighted(to, part, weights);
    }
  }

  private static boolean weighs(double[] weights) {
    for (double weight : weights) {
      if (weight != 0) {
        return true;
      }
    }
    return false;
  }

  /** Row by row. */
  private boolean store(double[] columns, Samples to, long begin) {
    double[] row = new double[to.dim()];
    boolean finite = true;
    for (int l = 0; l < rows(); l++) {
      for (int j = 0; j < row.length; j++) {
        row[j] = columns[j * rows() + l];
        finite &= Double.isFinite(row[j]);
      }
      ReferenceBackend.store(row, to, begin + l);
    }
    return finite;
  }

  private boolean writeEvidence(Samples to, long begin) {
    boolean finite = true;
    for (int l = 0; l < rows(); l++) {
      double evidence = MixturePosterior.logEvidence(top[l], sum[l], dim);
      finite &= Double.isFinite(evidence);
      if (to != null) {
        ReferenceBackend.store(new double[] {evidence}, to, begin + l);
      }
    }
    return finite;
  }
}
