package dev.tweedie.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.lang.foreign.MemorySegment;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.Test;

/**
 * Rows in Arrow's memory, without a copy: a list of fixed size of float32 has the layout of {@link
 * Samples}. docs/exchange.md shows these lines.
 */
class ArrowTest {
  private static final int DIM = 2;
  private static final int ROWS = 3;

  @Test
  void aListOfFixedSizeIsReadAndWrittenInPlace() {
    try (Engine engine = Engine.open();
        BufferAllocator allocator = new RootAllocator();
        FixedSizeListVector noisy = rows(allocator);
        FixedSizeListVector clean = rows(allocator)) {
      Float4Vector numbers = (Float4Vector) noisy.getDataVector();
      for (int i = 0; i < ROWS * DIM; i++) {
        numbers.set(i, i == 1 ? 0.5f : 1);
      }
      Samples x = engine.wrap(elements(noisy), ROWS, DIM);
      Samples out = engine.wrap(elements(clean), ROWS, DIM);
      ExactPosterior.of(engine, DataSet.of(new float[] {0, 0, 1, 1}, DIM))
          .denoise(x, Level.ofSigma(0.5), out);
      // Squared distances 1.25 and 0.25, so the weight of (1, 1) is 1 / (1 + e^-2) = 0.8808.
      assertEquals(0.8808, ((Float4Vector) clean.getDataVector()).get(0), 5e-5);
      numbers.set(0, 7);
      assertEquals(7, x.get(0, 0)); // the same memory
    }
  }

  /** A vector's numbers, row after row. */
  private static MemorySegment elements(FixedSizeListVector vector) {
    return MemorySegment.ofBuffer(
        vector.getDataVector().getDataBuffer().nioBuffer(0, ROWS * DIM * Float.BYTES));
  }

  private static FixedSizeListVector rows(BufferAllocator allocator) {
    FixedSizeListVector vector = FixedSizeListVector.empty("rows", DIM, allocator);
    vector.addOrGetVector(
        FieldType.notNullable(new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)));
    vector.setInitialCapacity(ROWS);
    vector.allocateNew();
    for (int i = 0; i < ROWS; i++) {
      vector.setNotNull(i);
    }
    vector.setValueCount(ROWS);
    for (int i = 0; i < ROWS * DIM; i++) {
      ((Float4Vector) vector.getDataVector()).set(i, 0); // and so not null
    }
    vector.getDataVector().setValueCount(ROWS * DIM);
    return vector;
  }
}
