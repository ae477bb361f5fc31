package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Rows in memory, one run after another. */
final class LocalRows implements FitRows {
  private final Engine engine;
  private final Samples rows;
  private final Optional<double[]> weights;
  private final int runLength;
  private final RunMemory memory;
  private final RunNotes[] notes;

  LocalRows(Engine engine, Samples rows, Optional<double[]> weights, int components) {
    this.engine = engine;
    this.rows = rows;
    this.weights = weights;
    if (rows.rows() > Integer.MAX_VALUE) {
      throw new InvalidInputException("rows: found " + rows.rows() + ", allowed: at most 2^31 - 1");
    }
    long bad = rows.firstNonFiniteRow();
    if (bad >= 0) {
      throw new InvalidInputException(
          "rows: found NaN or infinity in row " + bad + ", allowed: finite numbers");
    }
    weights.ifPresent(this::requireWeights);
    runLength = (int) Math.min(rows.rows(), FitRows.runRows(rows.dim(), components));
    memory = new RunMemory(engine, rows.dim(), runLength);
    notes = new RunNotes[(int) Math.ceilDiv(rows.rows(), Math.max(1, runLength))];
    Arrays.setAll(notes, _ -> new RunNotes());
  }

  private void requireWeights(double[] weights) {
    if (weights.length != rows.rows()) {
      throw new InvalidInputException(
          "weights: found %d, allowed: %d, one a row".formatted(weights.length, rows.rows()));
    }
    for (int i = 0; i < weights.length; i++) {
      if (!(weights[i] >= 0) || Double.isInfinite(weights[i])) {
        throw new InvalidInputException(
            "weights: found %s in row %d, allowed: finite and >= 0".formatted(weights[i], i));
      }
    }
  }

  @Override
  public Engine engine() {
    return engine;
  }

  @Override
  public long size() {
    return rows.rows();
  }

  @Override
  public int dim() {
    return rows.dim();
  }

  @Override
  public int runLength() {
    return runLength;
  }

  @Override
  public boolean weighted() {
    return weights.isPresent();
  }

  private <T> void pass(RunPass<T> pass, IntStream runs, Consumer<T> to) {
    RunPass.Work<T> work = pass.open(memory);
    try {
      runs.forEachOrdered(run -> to.accept(work.of(run(run))));
    } finally {
      memory.end(work);
    }
  }

  private Run run(int run) {
    int first = run * runLength;
    int count = Math.min(runLength, (int) rows.rows() - first);
    Optional<double[]> own = weights.map(all -> Arrays.copyOfRange(all, first, first + count));
    return memory.run(first, rows.slice(first, count), own, notes[run]);
  }

  @Override
  public double[][] sum(RunPass<double[][]> pass) {
    double[][][] sum = new double[1][][];
    pass(
        pass,
        IntStream.range(0, notes.length),
        parts -> {
          if (sum[0] == null) {
            sum[0] = parts;
          } else {
            for (int s = 0; s < parts.length; s++) {
              FitRows.add(parts[s], sum[0][s]);
            }
          }
        });
    return sum[0];
  }

  @Override
  public <T> List<T> each(RunPass<T> pass) {
    List<T> out = new ArrayList<>();
    pass(pass, IntStream.range(0, notes.length), out::add);
    return out;
  }

  @Override
  public <T> T one(int run, RunPass<T> pass) {
    List<T> out = new ArrayList<>();
    pass(pass, IntStream.of(run), out::add);
    return out.getFirst();
  }

  @Override
  public void close() {
    memory.close();
  }
}
