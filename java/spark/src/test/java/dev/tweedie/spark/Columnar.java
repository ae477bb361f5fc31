package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.execution.arrow.ArrowWriter;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * What columnar batches would save: {@code DIM POINTS ROWS}. The engine reads an Arrow batch where
 * it lies and writes to another; before that Spark's own writer makes the batch of rows, behind it
 * Spark's own reader makes rows of the batch.
 */
final class Columnar {
  private static final int REPEATS = 12;

  private Columnar() {}

  public static void main(String[] arguments) {
    int dim = Integer.parseInt(arguments[0]);
    int points = Integer.parseInt(arguments[1]);
    int rows = Integer.parseInt(arguments[2]);
    float[] values = Rows.normal(rows, dim, 2);
    InternalRow[] of = new InternalRow[rows];
    for (int i = 0; i < rows; i++) {
      float[] row = java.util.Arrays.copyOfRange(values, i * dim, (i + 1) * dim);
      of[i] = new GenericInternalRow(new Object[] {UnsafeArrayData.fromPrimitiveArray(row)});
    }
    StructType schema = new StructType().add("x", new ArrayType(DataTypes.FloatType, false), false);
    ArrowWriter in = ArrowWriter.create(schema, "UTC", true, false);
    ArrowWriter out = ArrowWriter.create(schema, "UTC", true, false);
    fill(out, of);
    double written = least(() -> fill(in, of)) / rows;
    double alone;
    double batches;
    try (Engine engine = Engine.open("auto", 1)) {
      DataSet prior = DataSet.of(Rows.normal(points, dim, 1), dim);
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      Level level = Level.ofSigma(1);
      Samples x = engine.samples(values, rows);
      Samples mean = engine.samples(rows, dim);
      alone = least(() -> posterior.denoise(x, level, mean)) / rows;
      Samples from = engine.wrap(numbers(in, rows * dim), rows, dim);
      Samples to = engine.wrap(numbers(out, rows * dim), rows, dim);
      batches = least(() -> posterior.denoise(from, level, to)) / rows;
    }
    UnsafeProjection toRows = UnsafeProjection.create(schema);
    ColumnarBatch batch =
        new ColumnarBatch(new ColumnVector[] {new ArrowColumnVector(vector(out))}, rows);
    double read =
        least(
                () -> {
                  Iterator<InternalRow> each = batch.rowIterator();
                  while (each.hasNext()) {
                    toRows.apply(each.next());
                  }
                })
            / rows;
    System.out.printf(
        "us a row: engine alone %.2f, over Arrow batches %.2f; rows to a batch %.2f, a batch to"
            + " rows %.2f%n",
        alone, batches, written, read);
  }

  private static void fill(ArrowWriter writer, InternalRow[] rows) {
    writer.reset();
    for (InternalRow row : rows) {
      writer.write(row);
    }
    writer.finish();
  }

  private static FieldVector vector(ArrowWriter writer) {
    return writer.root().getVector(0);
  }

  @SuppressWarnings("restricted") // the memory is Arrow's, which says how long it is
  private static MemorySegment numbers(ArrowWriter writer, long count) {
    long address = ((ListVector) vector(writer)).getDataVector().getDataBuffer().memoryAddress();
    return MemorySegment.ofAddress(address).reinterpret(count * Float.BYTES);
  }

  /** Microseconds of the clock of the quickest of some runs. */
  private static double least(Runnable work) {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < REPEATS; i++) {
      long start = System.nanoTime();
      work.run();
      least = Math.min(least, (System.nanoTime() - start) / 1e3);
    }
    return least;
  }
}
