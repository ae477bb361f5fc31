package dev.tweedie.fit;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Clusters to start a fit from: {@link Seeding centres} moved by Lloyd's iteration. Distances and
 * products are ops of the engine.
 */
final class KMeans {
  private static final int ITERATIONS = 20;

  /** Share of the rows that change their cluster, under which a start is good enough. */
  private static final double CHANGING = 1e-2;

  private final FitRows rows;
  private final FitShape shape;
  private final int components;
  private final Map<Long, Integer> moved = new HashMap<>();
  private final int[] sizes;
  private double[] centres = {}; // K x d
  private @Nullable Clusters clusters; // by the centres before they moved last

  KMeans(FitRows rows, FitShape shape, int components) {
    this.rows = rows;
    this.shape = shape;
    this.components = components;
    sizes = new int[components];
  }

  /**
   * Finds clusters.
   *
   * @param restart another one starts from other centres
   */
  void run(long seed, int restart) {
    centres = Seeding.centres(rows, components, seed, restart);
    clusters = null;
    moved.clear();
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      Clusters next = new Clusters(restart, iteration, centres, shape.mean(), Map.of());
      double changed = move(next);
      if (changed <= CHANGING * shape.size()) {
        break;
      }
    }
    fillEmpty();
  }

  /** {@code K x d}. */
  double[] centres() {
    return centres;
  }

  /** The cluster of each row. */
  Clusters clusters() {
    Clusters found = Objects.requireNonNull(clusters);
    return moved.isEmpty()
        ? found
        : new Clusters(
            found.restart(), found.iteration(), found.centres(), found.mean(), Map.copyOf(moved));
  }

  /**
   * Every centre to the mean of its rows; one without rows stays. Returns how many rows are in
   * another cluster than before.
   */
  private double move(Clusters next) {
    Clusters before = clusters;
    int dim = shape.dim();
    double[][] sums =
        rows.sum(
            memory -> {
              Clusters.Labeller old = before == null ? null : before.open(memory);
              Clusters.Labeller labeller = next.open(memory);
              return run -> {
                int[] was = old == null ? null : old.of(run); // before they are forgotten
                return sums(run, was, labeller.of(run), next);
              };
            });
    double[] mean = shape.mean();
    centres = centres.clone();
    for (int k = 0; k < components; k++) {
      sizes[k] = (int) Math.min(Integer.MAX_VALUE, sums[1][k]);
      for (int j = 0; j < dim && sums[2][k] > 0; j++) {
        centres[k * dim + j] = mean[j] + sums[0][k * dim + j] / sums[2][k];
      }
    }
    clusters = next;
    return sums[3][0];
  }

  /** Of each cluster: its rows less the mean, how many there are, how often they count; changes. */
  private static double[][] sums(
      Run run, int @Nullable [] before, int[] labels, Clusters clusters) {
    double[] mean = clusters.mean();
    int dim = mean.length;
    double[] sums = new double[clusters.centres().length];
    double[] sizes = new double[clusters.components()];
    double[] weights = new double[sizes.length];
    double changed = 0;
    for (int i = 0; i < run.count; i++) {
      int k = labels[i];
      changed += before != null && before[i] == k ? 0 : 1;
      sizes[k]++;
      weights[k] += run.weight(i);
    }
    double[] x = run.x();
    run.forEachColumns(
        dim,
        (begin, end) -> {
          for (int i = 0; i < run.count; i++) {
            double weight = run.weight(i);
            int to = labels[i] * dim;
            for (int j = begin; j < end; j++) {
              sums[to + j] += weight * (x[i * dim + j] - mean[j]);
            }
          }
        });
    return new double[][] {sums, sizes, weights, {changed}};
  }

  /** A cluster without rows takes the row that is farthest from its centre, if there is one. */
  private void fillEmpty() {
    for (int k = 0; k < components; k++) {
      if (sizes[k] > 0) {
        continue;
      }
      Far far = farthest();
      if (far.row >= 0) {
        sizes[far.cluster]--;
        moved.put(far.row, k);
        sizes[k] = 1;
        centres = centres.clone();
        System.arraycopy(far.x, 0, centres, k * shape.dim(), shape.dim());
      }
    }
  }

  /**
   * A row and how far it is from its centre.
   *
   * @param row -1 where there is none
   */
  private record Far(double square, long row, int cluster, double[] x)
      implements java.io.Serializable {
    static final Far NONE = new Far(0, -1, -1, new double[0]);
  }

  private Far farthest() {
    Clusters now = clusters();
    double[] about = centres;
    int[] rowsOf = sizes.clone();
    List<Far> each =
        rows.each(
            memory -> {
              Clusters.Labeller labeller = now.open(memory);
              return run -> farthest(run, labeller.of(run), about, rowsOf);
            });
    Far best = Far.NONE;
    for (Far far : each) {
      best = far.square > best.square ? far : best;
    }
    return best;
  }

  private static Far farthest(Run run, int[] labels, double[] centres, int[] sizes) {
    int dim = centres.length / sizes.length;
    double[] x = run.x();
    int row = -1;
    double largest = 0;
    for (int i = 0; i < run.count; i++) {
      int k = labels[i];
      double square = 0;
      for (int j = 0; j < dim; j++) {
        double gap = x[i * dim + j] - centres[k * dim + j];
        square += gap * gap;
      }
      if (sizes[k] > 1 && run.weight(i) > 0 && square > largest) {
        largest = square;
        row = i;
      }
    }
    return row < 0
        ? Far.NONE
        : new Far(
            largest,
            run.first + row,
            labels[row],
            Arrays.copyOfRange(x, row * dim, (row + 1) * dim));
  }
}
