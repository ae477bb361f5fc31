package dev.tweedie.spark;

import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/**
 * A draw for each row, its noise addressed by the row's number. An op draws for rows whose numbers
 * follow one another, so a block is ordered by number and cut into runs; a gap that is narrower
 * than the rows a kernel takes together is filled with rows that nobody reads.
 */
record DrawWork(NoiseLevel from, NoiseLevel to, NoiseOfRows noise) implements BlockWork {
  /** Rows that kernels take together. */
  static final int GAP = 32;

  @Override
  public Step open(ExactPosterior posterior, int capacity) {
    return new Runs(posterior, capacity);
  }

  private final class Runs implements Step {
    private final ExactPosterior posterior;
    private final int dim;
    private final int capacity;
    private final Samples run; // rows of a run, in the order of their numbers
    private final Samples drawn;
    private final Samples out;
    private final Integer[] order;

    Runs(ExactPosterior posterior, int capacity) {
      this.posterior = posterior;
      this.capacity = capacity;
      dim = posterior.dim();
      run = posterior.engine().lasting(capacity, dim);
      drawn = posterior.engine().lasting(capacity, dim);
      out = posterior.engine().lasting(capacity, dim);
      order = new Integer[capacity];
    }

    @Override
    public Samples[] run(Samples x, long[] ids) {
      int rows = (int) x.rows();
      Samples result = out.slice(0, rows);
      if (follow(ids, rows)) {
        draw(x, ids[0], result);
        return new Samples[] {result};
      }
      for (int i = 0; i < rows; i++) {
        order[i] = i;
      }
      Arrays.sort(order, 0, rows, (a, b) -> Long.compare(ids[a], ids[b]));
      for (int begin = 0; begin < rows; ) {
        int end = begin + 1;
        while (end < rows && joins(ids, begin, end)) {
          end++;
        }
        run(x, ids, begin, end, result);
        begin = end;
      }
      return new Samples[] {result};
    }

    @Override
    public void close() {
      run.close();
      drawn.close();
      out.close();
    }

    private boolean joins(long[] ids, int begin, int end) {
      long gap = ids[order[end]] - ids[order[end - 1]];
      // Rows of one number have the same noise, and so no place in one run.
      return gap > 0 && gap < GAP && ids[order[end]] - ids[order[begin]] < capacity;
    }

    private void run(Samples x, long[] ids, int begin, int end, Samples result) {
      long first = ids[order[begin]];
      int size = (int) (ids[order[end - 1]] - first) + 1;
      Samples part = run.slice(0, size);
      for (int i = begin; i < end; i++) {
        long last = i + 1 < end ? ids[order[i + 1]] : first + size;
        for (long at = ids[order[i]]; at < last; at++) {
          part.slice(at - first, 1).copyFrom(x.slice(order[i], 1));
        }
      }
      Samples draws = drawn.slice(0, size);
      draw(part, first, draws);
      for (int i = begin; i < end; i++) {
        result.slice(order[i], 1).copyFrom(draws.slice(ids[order[i]] - first, 1));
      }
    }

    private void draw(Samples x, long first, Samples to) {
      Level target = DrawWork.this.to.level();
      posterior.draw(x, from.level(), target, noise.from(first), to);
    }
  }

  private static boolean follow(long[] ids, int rows) {
    for (int i = 1; i < rows; i++) {
      if (ids[i] != ids[0] + i) {
        return false;
      }
    }
    return true;
  }
}
