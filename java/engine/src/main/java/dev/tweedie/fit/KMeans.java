package dev.tweedie.fit;

import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import java.util.Arrays;

/**
 * Clusters to start a fit from: centres by k-means++ (Arthur and Vassilvitskii 2007), moved by
 * Lloyd's iteration. Distances and products are ops of the engine.
 */
final class KMeans {
  private static final int ITERATIONS = 20;

  /** Rows whose distances are taken at once: to write a centre for each of a chunk takes longer. */
  private static final int PART = 512;

  /** Share of the rows that change their cluster, under which a start is good enough. */
  private static final double CHANGING = 1e-2;

  private final FitData data;
  private final int components;
  private final double[] centres; // K x d
  private final int[] labels;
  private final int[] sizes;
  private final double[] sums; // K x d: of a cluster's rows, less the data's mean
  private final Samples table; // (d + 1) x K: centre, and minus half its squared norm
  private final Samples products;
  private final double[] numbers;
  private final Samples draws;
  private final Samples same; // one row, as often as a part has rows
  private final Samples squares;

  KMeans(FitData data, int components) {
    this.data = data;
    this.components = components;
    centres = new double[components * data.dim];
    labels = new int[data.size()];
    sizes = new int[components];
    sums = new double[components * data.dim];
    table = data.engine.samples(data.dim + 1, components);
    products = data.engine.samples(data.chunk, components);
    numbers = new double[(data.dim + 1) * components];
    draws = data.engine.samples(components, 1);
    same = data.engine.samples(Math.min(PART, data.size()), data.dim);
    squares = data.engine.samples(data.chunk, 1);
  }

  /**
   * Finds clusters, in the memory of those before.
   *
   * @param restart another one starts from other centres
   */
  void run(long seed, int restart) {
    seed(seed, restart);
    Arrays.fill(labels, -1);
    for (int i = 0; i < ITERATIONS; i++) {
      int changed = assign();
      move();
      if (changed <= CHANGING * data.size()) {
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
  int[] labels() {
    return labels;
  }

  /** Every next centre is a row, drawn in proportion to its squared distance to the nearest one. */
  private void seed(long seed, int restart) {
    data.engine.run(
        () -> data.engine.backend().uniform(NoiseAddress.of(seed, Streams.FIT, restart), draws));
    double[] uniforms = draws.toDoubles();
    double[] nearest = new double[data.size()];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    for (int k = 0; k < components; k++) {
      // float32 on every backend, so that all start from the same rows
      double u = (float) uniforms[k];
      int row = k == 0 ? (int) Math.min(data.size() - 1, u * data.size()) : draw(nearest, u);
      double[] centre = data.rows.slice(row, 1).toDoubles();
      System.arraycopy(centre, 0, centres, k * data.dim, data.dim);
      same.fillRows(centre);
      shorten(nearest);
    }
  }

  /** Takes the distances to the centre in {@link #same} in. */
  private void shorten(double[] nearest) {
    for (int first = 0; first < nearest.length; first += data.chunk) {
      int count = Math.min(data.chunk, nearest.length - first);
      Samples part = data.rows.slice(first, count);
      Samples out = squares.slice(0, count);
      data.engine.run(() -> residuals(part, out));
      double[] distances = out.toDoubles();
      for (int i = 0; i < count; i++) {
        nearest[first + i] = Math.min(nearest[first + i], distances[i]);
      }
    }
  }

  private void residuals(Samples rows, Samples out) {
    for (long begin = 0; begin < rows.rows(); begin += PART) {
      long count = Math.min(PART, rows.rows() - begin);
      data.engine
          .backend()
          .residual(rows.slice(begin, count), same.slice(0, count), out.slice(begin, count));
    }
  }

  private static int draw(double[] nearest, double u) {
    double total = 0;
    for (double square : nearest) {
      total += square;
    }
    double left = u * total;
    int last = 0; // where every row is a centre already, the first
    for (int i = 0; i < nearest.length; i++) {
      if (nearest[i] > 0) {
        last = i;
        left -= nearest[i];
        if (left <= 0) {
          break;
        }
      }
    }
    return last;
  }

  /** Puts every row to its nearest centre; returns how many moved. */
  private int assign() {
    fillTable();
    Arrays.fill(sizes, 0);
    Arrays.fill(sums, 0);
    int dim = data.dim;
    int[] changed = new int[1];
    data.forEachChunk(
        (rows, x, first) -> {
          int count = (int) rows.rows();
          Samples out = products.slice(0, count);
          Samples in = data.homogeneous(x, count);
          data.engine.run(() -> data.engine.backend().gemm(in, table, out));
          double[] product = out.toDoubles();
          for (int i = 0; i < count; i++) {
            int best = 0;
            for (int k = 1; k < components; k++) {
              if (product[i * components + k] > product[i * components + best]) {
                best = k;
              }
            }
            changed[0] += labels[first + i] == best ? 0 : 1;
            labels[first + i] = best;
            sizes[best]++;
            for (int j = 0; j < dim; j++) {
              sums[best * dim + j] += x[i * dim + j] - data.mean[j];
            }
          }
        });
    return changed[0];
  }

  private void fillTable() {
    int dim = data.dim;
    for (int k = 0; k < components; k++) {
      double square = 0;
      for (int j = 0; j < dim; j++) {
        double centred = centres[k * dim + j] - data.mean[j];
        numbers[j * components + k] = centred;
        square += centred * centred;
      }
      numbers[dim * components + k] = -0.5 * square;
    }
    table.write(numbers);
  }

  /** Every centre to the mean of its rows; one without rows stays. */
  private void move() {
    int dim = data.dim;
    for (int k = 0; k < components; k++) {
      for (int j = 0; j < dim && sizes[k] > 0; j++) {
        centres[k * dim + j] = data.mean[j] + sums[k * dim + j] / sizes[k];
      }
    }
  }

  /** A cluster without rows takes the row that is farthest from its centre, if there is one. */
  private void fillEmpty() {
    for (int k = 0; k < components; k++) {
      if (sizes[k] > 0) {
        continue;
      }
      int row = farthest();
      if (row >= 0) {
        sizes[labels[row]]--;
        labels[row] = k;
        sizes[k] = 1;
        System.arraycopy(data.rows.slice(row, 1).toDoubles(), 0, centres, k * data.dim, data.dim);
      }
    }
  }

  private int farthest() {
    int dim = data.dim;
    int[] row = {-1};
    double[] largest = {0};
    data.forEachChunk(
        (rows, x, first) -> {
          for (int i = 0; i < rows.rows(); i++) {
            int k = labels[first + i];
            double square = 0;
            for (int j = 0; j < dim; j++) {
              double gap = x[i * dim + j] - centres[k * dim + j];
              square += gap * gap;
            }
            if (sizes[k] > 1 && square > largest[0]) {
              largest[0] = square;
              row[0] = first + i;
            }
          }
        });
    return row[0];
  }
}
