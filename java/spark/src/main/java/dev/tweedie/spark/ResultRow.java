package dev.tweedie.spark;

import java.lang.foreign.MemorySegment;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/** Results of one row as Spark takes them. */
interface ResultRow {
  Object of(Results results, int row);

  /**
   * @param packed whether results go as one array of numbers, of whatever kind rows are
   */
  static ResultRow of(RowKind kind, boolean packed) {
    if (kind == RowKind.VECTORS && !packed) {
      return (results, row) -> new DenseVector((double[]) results.row(row));
    }
    return new Arrays(kind == RowKind.FLOATS);
  }

  /** Writes all rows to one place, from where Spark copies each before it asks for the next. */
  final class Arrays implements ResultRow {
    private final boolean single;
    private final UnsafeArrayData array = new UnsafeArrayData();
    private final ArrayRow row;
    private @Nullable MemorySegment bytes;
    private int header;

    Arrays(boolean single) {
      this.single = single;
      row = new ArrayRow(array, single);
    }

    @Override
    public Object of(Results results, int at) {
      MemorySegment to = bytes;
      if (to == null) {
        to = open(results.width());
        bytes = to;
      }
      results.copyTo(at, to, header);
      return row;
    }

    private MemorySegment open(int width) {
      header = UnsafeArrayData.calculateHeaderPortionInBytes(width);
      int size = header + width * (single ? Float.BYTES : Double.BYTES);
      byte[] memory = new byte[(size + Long.BYTES - 1) / Long.BYTES * Long.BYTES];
      Platform.putLong(memory, Platform.BYTE_ARRAY_OFFSET, width);
      array.pointTo(memory, Platform.BYTE_ARRAY_OFFSET, memory.length);
      return MemorySegment.ofArray(memory);
    }
  }
}
