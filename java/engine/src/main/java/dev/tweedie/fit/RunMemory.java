package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What passes over runs work with, one after another, on one thread. It grows with the dimension
 * and the number of components, not with the number of rows.
 */
public final class RunMemory implements AutoCloseable {
  /** Rows that a thread reads or writes at a time. */
  static final int CHUNK = 128;

  final Engine engine;
  final int dim;

  /** Rows of the longest run. */
  final int capacity;

  private final List<Samples> lent = new ArrayList<>();
  private double @Nullable [] numbers;
  private @Nullable Samples homogeneousRows;
  private @Nullable Samples copies;

  /**
   * @param capacity rows of the longest run
   */
  public RunMemory(Engine engine, int dim, int capacity) {
    this.engine = engine;
    this.dim = dim;
    this.capacity = capacity;
  }

  /** A run whose rows lie in samples of the engine. */
  Run run(long first, Samples rows, Optional<double[]> weights, RunNotes notes) {
    return new Run(first, rows, this, weights, notes);
  }

  /** All elements, on all threads, at the start of an array that every run has. */
  double[] numbers(Samples rows) {
    if (numbers == null) {
      numbers = new double[capacity * dim];
    }
    read(rows, numbers);
    return numbers;
  }

  /** As {@link Samples#read(double[])}, on all threads. */
  void read(Samples from, double[] to) {
    engine.forEachChunk(
        from.rows(),
        CHUNK,
        (begin, count) -> from.slice(begin, count).read(to, Math.toIntExact(begin * from.dim())));
  }

  /**
   * A run of given rows, finite.
   *
   * @param first number of its first row
   * @param values row-major
   * @param weights how often each row counts; empty where each counts once
   */
  public Run run(long first, float[] values, Optional<double[]> weights, RunNotes notes) {
    if (copies == null) {
      copies = engine.lasting(capacity, dim);
    }
    Samples rows = copies.slice(0, values.length / dim);
    engine.run(() -> rows.write(values));
    return run(first, rows, weights, notes);
  }

  /** Samples until {@link #end}. */
  Samples samples(long rows, int columns) {
    Samples made = engine.lasting(rows, columns);
    lent.add(made);
    return made;
  }

  /** Ends a pass, and all samples that were lent. */
  public void end(RunPass.Work<?> work) {
    try {
      work.close();
    } finally {
      lent.forEach(Samples::close);
      lent.clear();
    }
  }

  /**
   * Rows {@code (x - mean, 1)}, {@code B x (d + 1)}: a product with them is an affine map of x,
   * whose last step adds the constant. Valid until the next call.
   */
  Samples homogeneous(Run run, double[] mean) {
    if (homogeneousRows == null) {
      homogeneousRows = engine.lasting(capacity, dim + 1);
    }
    Samples out = homogeneousRows.slice(0, run.count);
    double[] x = run.x();
    engine.forEachChunk(
        run.count,
        CHUNK,
        (begin, count) -> {
          double[] part = new double[(int) count * (dim + 1)];
          for (int i = 0; i < count; i++) {
            int from = (int) (begin + i) * dim;
            int to = i * (dim + 1);
            for (int j = 0; j < dim; j++) {
              part[to + j] = x[from + j] - mean[j];
            }
            part[to + dim] = 1;
          }
          out.slice(begin, count).write(part);
        });
    return out;
  }

  @Override
  public void close() {
    lent.forEach(Samples::close);
    lent.clear();
    for (Samples own : new Samples[] {homogeneousRows, copies}) {
      if (own != null) {
        own.close();
      }
    }
  }
}
