package dev.tweedie.fit;

import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import java.util.Arrays;
import java.util.List;

/**
 * Centres to start clusters from (k-means++, Arthur and Vassilvitskii 2007): every next centre is a
 * row, drawn in proportion to its squared distance to the nearest one.
 */
final class Seeding {
  /** Rows whose distances are taken at once: to write a centre for each of a run takes longer. */
  private static final int PART = 512;

  private Seeding() {}

  /** Centres of a restart, {@code K x d}. */
  static double[] centres(FitRows rows, int components, long seed, int restart) {
    int dim = rows.dim();
    double[] uniforms = uniforms(rows, components, seed, restart);
    double[] centres = new double[components * dim];
    for (int k = 0; k < components; k++) {
      // float32 on every backend, so that all start from the same rows
      double u = (float) uniforms[k];
      double[] centre =
          k == 0 && !rows.weighted()
              ? row(rows, (long) Math.min(rows.size() - 1, u * rows.size()))
              : drawn(rows, restart, Arrays.copyOf(centres, k * dim), u);
      System.arraycopy(centre, 0, centres, k * dim, dim);
    }
    return centres;
  }

  private static double[] uniforms(FitRows rows, int components, long seed, int restart) {
    try (Samples draws = rows.engine().lasting(components, 1)) {
      NoiseAddress at = NoiseAddress.of(seed, Streams.FIT, restart);
      rows.engine().run(() -> rows.engine().backend().uniform(at, draws));
      return draws.toDoubles();
    }
  }

  /** The numbers of one row. */
  static double[] row(FitRows rows, long row) {
    int at = (int) (row % rows.runLength());
    return rows.one((int) (row / rows.runLength()), memory -> run -> run.row(at));
  }

  /** A row in proportion to its squared distance to the nearest centre, by u from 0 to 1. */
  private static double[] drawn(FitRows rows, int restart, double[] centres, double u) {
    List<Double> masses =
        rows.each(
            memory -> {
              Distances distances = new Distances(memory, restart, centres);
              return run -> sum(distances.of(run), run);
            });
    double total = 0;
    for (double mass : masses) {
      total += mass;
    }
    double left = u * total;
    int last = -1;
    for (int run = 0; run < masses.size(); run++) {
      double mass = masses.get(run);
      if (mass > 0) {
        last = run;
        if (left - mass <= 0) {
          break;
        }
        left -= mass;
      }
    }
    if (last < 0) { // every row is a centre already
      return row(rows, 0);
    }
    double within = left;
    return rows.one(
        last,
        memory -> {
          Distances distances = new Distances(memory, restart, centres);
          return run -> {
            int at = draw(distances.of(run), run, within);
            return run.row(at);
          };
        });
  }

  private static double sum(double[] nearest, Run run) {
    double total = 0;
    for (int i = 0; i < run.count; i++) {
      total += run.weight(i) * nearest[i];
    }
    return total;
  }

  private static int draw(double[] nearest, Run run, double left) {
    int last = 0;
    for (int i = 0; i < run.count; i++) {
      double mass = run.weight(i) * nearest[i];
      if (mass > 0) {
        last = i;
        left -= mass;
        if (left <= 0) {
          break;
        }
      }
    }
    return last;
  }

  /** Squared distances of runs' rows to the nearest of some centres. */
  private static final class Distances {
    private final RunMemory memory;
    private final int restart;
    private final double[] centres;
    private final Samples same; // one centre, as often as a part has rows
    private final Samples squares;
    private int written = -1;

    Distances(RunMemory memory, int restart, double[] centres) {
      this.memory = memory;
      this.restart = restart;
      this.centres = centres;
      same = memory.samples(Math.min(PART, memory.capacity), memory.dim);
      squares = memory.samples(memory.capacity, 1);
    }

    /** Before any centre every row is as far. */
    double[] of(Run run) {
      int count = centres.length / memory.dim;
      RunNotes.Nearest known = run.notes.nearest(restart, count);
      double[] nearest = new double[run.count];
      if (count == 0) {
        Arrays.fill(nearest, 1);
        return nearest;
      }
      if (known != null && known.centres() == count) {
        return known.squares();
      }
      if (known != null) {
        System.arraycopy(known.squares(), 0, nearest, 0, run.count);
      } else {
        Arrays.fill(nearest, Double.POSITIVE_INFINITY);
      }
      for (int k = known == null ? 0 : known.centres(); k < count; k++) {
        shorten(run, k, nearest);
      }
      run.notes.remember(new RunNotes.Nearest(restart, count, nearest));
      return nearest;
    }

    private void shorten(Run run, int centre, double[] nearest) {
      if (written != centre) {
        int dim = memory.dim;
        same.fillRows(Arrays.copyOfRange(centres, centre * dim, (centre + 1) * dim));
        written = centre;
      }
      Samples out = squares.slice(0, run.count);
      memory.engine.run(() -> residuals(run.rows, out));
      double[] distances = out.toDoubles();
      for (int i = 0; i < run.count; i++) {
        nearest[i] = Math.min(nearest[i], distances[i]);
      }
    }

    private void residuals(Samples rows, Samples out) {
      for (long begin = 0; begin < rows.rows(); begin += PART) {
        long count = Math.min(PART, rows.rows() - begin);
        memory
            .engine
            .backend()
            .residual(rows.slice(begin, count), same.slice(0, count), out.slice(begin, count));
      }
    }
  }
}
