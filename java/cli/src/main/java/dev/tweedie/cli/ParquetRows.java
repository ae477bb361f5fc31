package dev.tweedie.cli;

import dev.hardwood.InputFile;
import dev.hardwood.metadata.LogicalType;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.schema.ColumnSchema;
import dev.tweedie.InvalidInputException;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.RowFormat;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rows of Parquet files: columns of numbers side by side, or one column of lists of numbers that
 * are all of one length. Nothing (null) is NaN. Hardwood reads them, and writes none: {@link
 * dev.tweedie.io.DataFiles#writeRows} does.
 */
public final class ParquetRows implements RowFormat {
  private static final byte[] MAGIC = {'P', 'A', 'R', '1'};
  private static final int LARGEST = Integer.MAX_VALUE - 8; // of a Java array

  @Override
  public String name() {
    return "Parquet";
  }

  @Override
  public boolean recognises(MemorySegment content) {
    return content.byteSize() > 2 * MAGIC.length
        && MemorySegment.ofArray(MAGIC).mismatch(content.asSlice(0, MAGIC.length)) < 0;
  }

  @Override
  public Table read(String source, MemorySegment content, String member, long limit)
      throws IOException {
    if (content.byteSize() > LARGEST) {
      throw new InvalidInputException(
          "%s: found %d bytes of Parquet; allowed: %d, or several files"
              .formatted(source, content.byteSize(), LARGEST));
    }
    // A copy: its threads may not read what belongs to this one.
    InputFile bytes = InputFile.of(ByteBuffer.wrap(content.toArray(ValueLayout.JAVA_BYTE)));
    try (ParquetFileReader file = ParquetFileReader.open(bytes)) {
      return new OneFile(source, member, limit, file).read();
    } catch (InvalidInputException e) {
      throw e;
    } catch (IOException | RuntimeException | LinkageError e) {
      throw new InvalidInputException(
          "%s: cannot be read as Parquet: %s".formatted(source, Printable.line(message(e))), e);
    }
  }

  /** What went wrong first: readers wrap it in what it broke. */
  private static String message(Throwable e) {
    Throwable first = e;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    return first.getMessage() == null ? first.getClass().getSimpleName() : first.getMessage();
  }

  private static final class OneFile {
    private final String source;
    private final long limit;
    private final ParquetFileReader file;
    private final List<ColumnSchema> columns;
    private double[] numbers = new double[0];

    OneFile(String source, String member, long limit, ParquetFileReader file) {
      this.source = source;
      this.limit = limit;
      this.file = file;
      List<ColumnSchema> all = file.getFileSchema().getColumns();
      columns = all.stream().filter(each -> member.isEmpty() || top(each).equals(member)).toList();
      if (columns.isEmpty()) {
        throw refused("has no column '%s'; allowed: %s", member, names(all));
      }
    }

    Table read() {
      columns.forEach(this::requireNumbers);
      boolean lists = columns.getFirst().maxRepetitionLevel() > 0;
      for (ColumnSchema each : columns) {
        if (each.maxRepetitionLevel() > 1 || each.maxRepetitionLevel() > 0 && columns.size() > 1) {
          throw refused(
              "found the columns %s; allowed: numbers, or one column of lists of them (%s:NAME)",
              names(columns), source);
        }
      }
      boolean single = columns.stream().allMatch(ParquetRows::isFloat);
      NdArray array = lists ? ofLists() : ofColumns();
      return new Table(
          single ? NdArray.of(array.toFloats(), array.shape()) : array,
          "Parquet, " + (lists ? "lists of " + top(columns.getFirst()) : names(columns)));
    }

    private void requireNumbers(ColumnSchema column) {
      boolean plain =
          column.logicalType() == null || column.logicalType() instanceof LogicalType.IntType;
      boolean number =
          switch (column.type()) {
            case FLOAT, DOUBLE, INT32, INT64 -> plain;
            default -> false;
          };
      if (!number) {
        throw refused(
            "column '%s' is %s; allowed: float, double, int32 and int64 (one column: %s:NAME)",
            top(column), plain ? column.type() : column.logicalType(), source);
      }
    }

    private NdArray ofColumns() {
      long rows = file.getFileMetaData().numRows();
      int dim = columns.size();
      numbers = new double[room(rows, dim)];
      for (int j = 0; j < dim; j++) {
        int row = 0;
        try (ColumnReader reader = file.columnReader(columns.get(j).columnIndex())) {
          for (; reader.nextBatch(); row += reader.getRecordCount()) {
            if (row + reader.getRecordCount() > rows) {
              throw refused("column '%s' has more than %d rows", top(columns.get(j)), rows);
            }
            double[] batch = batch(reader);
            for (int i = 0; i < reader.getRecordCount(); i++) {
              numbers[(row + i) * dim + j] = batch[i];
            }
          }
        }
        if (row != rows) {
          throw refused("column '%s' has %d rows, not %d", top(columns.get(j)), row, rows);
        }
      }
      return NdArray.of(numbers, rows, dim);
    }

    private NdArray ofLists() {
      int rows = 0;
      int dim = -1;
      int count = 0;
      try (ColumnReader reader = file.columnReader(columns.getFirst().columnIndex())) {
        while (reader.nextBatch()) {
          int[] offsets = reader.getLayerOffsets(reader.getLayerCount() - 1);
          for (int i = 0; i < reader.getRecordCount(); i++, rows++) {
            int length = offsets[i + 1] - offsets[i];
            dim = dim < 0 ? length : dim;
            if (length != dim) {
              throw refused(
                  "row %d (from 0) of '%s' has %d numbers; allowed: %d, as in the first",
                  rows, top(columns.getFirst()), length, dim);
            }
          }
          double[] batch = batch(reader);
          room(count + (long) batch.length, 1);
          if (count + batch.length > numbers.length) {
            numbers = Arrays.copyOf(numbers, room(2L * (count + batch.length), 1));
          }
          System.arraycopy(batch, 0, numbers, count, batch.length);
          count += batch.length;
        }
      }
      return NdArray.of(Arrays.copyOf(numbers, count), rows, Math.max(dim, 0));
    }

    /** The numbers of a batch; null is NaN. */
    private static double[] batch(ColumnReader reader) {
      int count = reader.getValueCount();
      double[] out = new double[count];
      switch (reader.getColumnSchema().type()) {
        case FLOAT -> {
          float[] values = reader.getFloats();
          Arrays.setAll(out, i -> values[i]);
        }
        case DOUBLE -> System.arraycopy(reader.getDoubles(), 0, out, 0, count);
        case INT32 -> {
          int[] values = reader.getInts();
          Arrays.setAll(out, i -> values[i]);
        }
        default -> {
          long[] values = reader.getLongs();
          Arrays.setAll(out, i -> values[i]);
        }
      }
      if (reader.getLeafValidity().hasNulls()) {
        for (int i = 0; i < count; i++) {
          out[i] = reader.getLeafValidity().isNull(i) ? Double.NaN : out[i];
        }
      }
      return out;
    }

    /** A length that a Java array and the limit of reading allow. */
    private int room(long rows, long dim) {
      long most = Math.min(limit / Double.BYTES, LARGEST);
      if (rows < 0 || rows > most / dim) {
        throw refused(
            "%d numbers of %d columns; allowed: %d in memory, the limit of reading",
            rows, dim, most);
      }
      return (int) (rows * dim);
    }

    private InvalidInputException refused(String what, Object... values) {
      return new InvalidInputException(source + ": " + what.formatted(values));
    }
  }

  private static boolean isFloat(ColumnSchema column) {
    return column.type() == PhysicalType.FLOAT;
  }

  /** The name that users know: not that of the lists' elements. */
  private static String top(ColumnSchema column) {
    return column.fieldPath().topLevelName();
  }

  private static String names(List<ColumnSchema> columns) {
    String all = columns.stream().limit(8).map(ParquetRows::top).collect(Collectors.joining(", "));
    return columns.size() > 8 ? all + ", ... (" + columns.size() + ")" : all;
  }
}
