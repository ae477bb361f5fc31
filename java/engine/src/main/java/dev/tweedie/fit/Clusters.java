package dev.tweedie.fit;

import dev.tweedie.Samples;
import java.io.Serializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which cluster each row is in: that of the nearest centre, but for rows that were moved to
 * clusters without any.
 *
 * @param restart and the next one: what labels of runs are remembered by
 * @param centres {@code K x d}
 * @param mean about which distances are taken
 * @param moved the cluster of a row, by its number
 */
record Clusters(
    int restart, int iteration, double[] centres, double[] mean, Map<Long, Integer> moved)
    implements Serializable {
  int components() {
    return centres.length / mean.length;
  }

  /** Labels of runs, of one thread. */
  Labeller open(RunMemory memory) {
    return new Labeller(memory);
  }

  /** Puts every row to its nearest centre. */
  final class Labeller {
    private final RunMemory memory;
    private @Nullable Samples table; // (d + 1) x K: centre, and minus half its squared norm
    private @Nullable Samples products;

    private Labeller(RunMemory memory) {
      this.memory = memory;
    }

    /** The cluster of each row of a run. */
    int[] of(Run run) {
      int[] labels = run.notes.labels(restart, iteration);
      if (labels == null) {
        labels = nearest(run);
        run.notes.remember(new RunNotes.Labels(restart, iteration, labels));
      }
      if (moved.isEmpty()) {
        return labels;
      }
      int[] own = labels.clone();
      moved.forEach(
          (row, cluster) -> {
            long at = row - run.first;
            if (at >= 0 && at < run.count) {
              own[(int) at] = cluster;
            }
          });
      return own;
    }

    private int[] nearest(Run run) {
      int components = components();
      if (table == null || products == null) {
        table = memory.samples(mean.length + 1, components);
        table.write(table());
        products = memory.samples(memory.capacity, components);
      }
      Samples by = table;
      Samples out = products.slice(0, run.count);
      Samples in = memory.homogeneous(run, mean);
      memory.engine.run(() -> memory.engine.backend().gemm(in, by, out));
      int[] labels = new int[run.count];
      memory.engine.forEachChunk(
          run.count,
          RunMemory.CHUNK,
          (begin, count) -> {
            double[] products = out.slice(begin, count).toDoubles();
            for (int i = 0; i < count; i++) {
              labels[(int) begin + i] = largest(products, i * components, components);
            }
          });
      return labels;
    }

    private static int largest(double[] products, int at, int components) {
      int best = 0;
      for (int k = 1; k < components; k++) {
        if (products[at + k] > products[at + best]) {
          best = k;
        }
      }
      return best;
    }

    private double[] table() {
      int dim = mean.length;
      int components = components();
      double[] numbers = new double[(dim + 1) * components];
      for (int k = 0; k < components; k++) {
        double square = 0;
        for (int j = 0; j < dim; j++) {
          double centred = centres[k * dim + j] - mean[j];
          numbers[j * components + k] = centred;
          square += centred * centred;
        }
        numbers[dim * components + k] = -0.5 * square;
      }
      return numbers;
    }
  }
}
