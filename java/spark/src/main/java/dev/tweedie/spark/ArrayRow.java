package dev.tweedie.spark;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.UserDefinedType;

/**
 * One row of {@code ARRAY<FLOAT>} or {@code ARRAY<DOUBLE>} as Spark keeps it in memory: 8 bytes
 * with the number of elements, a bit for each that is null, the numbers. As such it goes through
 * tasks: a {@code float[]} would be one more array to fill on the way in and one on the way out,
 * which for 784 numbers was half of what Spark takes of a row.
 */
public final class ArrayRow {
  static final String WRAP = "wrap";
  static final String UNWRAP = "unwrap";

  private final UnsafeArrayData data;
  private final boolean single;

  ArrayRow(UnsafeArrayData data, boolean single) {
    this.data = data;
    this.single = single;
  }

  /** Memory of its own, and as Spark's rows have it. */
  static ArrayRow copyOf(ArrayData array, boolean single) {
    return new ArrayRow(
        array instanceof UnsafeArrayData own ? own.copy() : packed(array, single), single);
  }

  /** Of what a reader of columns gives. */
  private static UnsafeArrayData packed(ArrayData array, boolean single) {
    return single
        ? UnsafeArrayData.fromPrimitiveArray(array.toFloatArray())
        : UnsafeArrayData.fromPrimitiveArray(array.toDoubleArray());
  }

  UnsafeArrayData data() {
    return data;
  }

  int length() {
    return data.numElements();
  }

  /** Whether elements are FLOAT. */
  boolean single() {
    return single;
  }

  Numbers numbers() {
    return single
        ? new Numbers.Floats(data.toFloatArray())
        : new Numbers.Doubles(data.toDoubleArray());
  }

  /** A column of arrays without nulls as {@link #encoder} reads it. */
  static Column wrapped(SparkSession spark, Column arrays) {
    return ArrayFunctions.call(spark, WRAP, arrays);
  }

  /** The arrays of such a column. */
  static Column unwrapped(SparkSession spark, Column rows) {
    return ArrayFunctions.call(spark, UNWRAP, rows);
  }

  static Encoder<ArrayRow> encoder(boolean single) {
    return Encoders.udt(type(single));
  }

  private static Type type(boolean single) {
    return single ? new OfFloats() : new OfDoubles();
  }

  private static DataType arrays(boolean single) {
    return new ArrayType(single ? DataTypes.FloatType : DataTypes.DoubleType, false);
  }

  /** The type of a column of such rows; there is one only between a task's input and its output. */
  public abstract static class Type extends UserDefinedType<ArrayRow> {
    private static final long serialVersionUID = 1L;

    private final boolean single;

    Type(boolean single) {
      this.single = single;
    }

    @Override
    public final DataType sqlType() {
      return arrays(single);
    }

    @Override
    public final Object serialize(ArrayRow row) {
      return row.data;
    }

    @Override
    public final ArrayRow deserialize(Object array) {
      return copyOf((ArrayData) array, single);
    }

    @Override
    public final Class<ArrayRow> userClass() {
      return ArrayRow.class;
    }
  }

  /** Of {@code ARRAY<FLOAT>}. */
  public static final class OfFloats extends Type {
    private static final long serialVersionUID = 1L;

    /** For Spark. */
    public OfFloats() {
      super(true);
    }
  }

  /** Of {@code ARRAY<DOUBLE>}. */
  public static final class OfDoubles extends Type {
    private static final long serialVersionUID = 1L;

    /** For Spark. */
    public OfDoubles() {
      super(false);
    }
  }

  /** {@code tweedie.wrap(x)}: an array without nulls, as a row. */
  public static final class Wrap extends ArrayFunction {
    private static final long serialVersionUID = 1L;

    private Wrap(boolean single) {
      super(WRAP, new DataType[] {arrays(single)}, type(single));
    }

    static Wrap bind(DataType x) {
      return new Wrap(((ArrayType) x).elementType().equals(DataTypes.FloatType));
    }

    /** For Spark, which calls it by this name. */
    public static ArrayData invoke(ArrayData x) {
      return x;
    }
  }

  /** {@code tweedie.unwrap(x)}: the array of a row. */
  public static final class Unwrap extends ArrayFunction {
    private static final long serialVersionUID = 1L;

    private Unwrap(boolean single) {
      super(UNWRAP, new DataType[] {type(single)}, arrays(single));
    }

    static Unwrap bind(DataType x) {
      return new Unwrap(x instanceof OfFloats);
    }

    /** For Spark, which calls it by this name and knows a user's type as an object. */
    public static ArrayData invoke(Object x) {
      return (ArrayData) x;
    }
  }
}
