package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.functions.BoundFunction;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.apache.spark.unsafe.bitset.BitSetMethods;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * A function of Spark SQL, {@code tweedie.without_nulls(x, column, id)}: the array x, known to hold
 * no null. Of such an array Spark reads the numbers as one block of memory. Where an element may be
 * null, as in every column that was read from a file, it makes an object of each, ten times as slow
 * as the kernels of small priors, and does not say in which row a null is.
 */
public final class WithoutNulls implements FunctionCatalog, UnboundFunction {
  private static final String CATALOG = "tweedie";
  private static final String NAME = "without_nulls";

  /** For Spark. */
  public WithoutNulls() {}

  /** The column in the schema's order of {@code x}, its elements checked as they are read. */
  static Column of(SparkSession spark, Column x, String column, Column id) {
    spark.conf().set("spark.sql.catalog." + CATALOG, WithoutNulls.class.getName());
    Column number = functions.coalesce(id, functions.lit(-1L));
    return functions.call_function(
        CATALOG + "." + NAME, x, functions.lit(column), number.cast(DataTypes.LongType));
  }

  @Override
  public void initialize(String name, CaseInsensitiveStringMap options) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Identifier[] listFunctions(String[] namespace) {
    return new Identifier[] {Identifier.of(namespace, NAME)};
  }

  @Override
  public UnboundFunction loadFunction(Identifier identifier) {
    if (!identifier.name().equals(NAME)) {
      throw new InvalidInputException(
          "function: found " + identifier + ", allowed: " + CATALOG + "." + NAME);
    }
    return this;
  }

  @Override
  public BoundFunction bind(StructType arguments) {
    DataType type = arguments.fields()[0].dataType();
    return ((ArrayType) type).elementType().equals(DataTypes.FloatType)
        ? new OfFloats()
        : new OfDoubles();
  }

  @Override
  public String description() {
    return NAME + "(x, column, id): the array x, which holds no null";
  }

  /** What both functions are. */
  private abstract static class Bound implements ScalarFunction<ArrayData> {
    private static final long serialVersionUID = 1L;

    abstract DataType element();

    @Override
    public DataType[] inputTypes() {
      return new DataType[] {
        new ArrayType(element(), true), DataTypes.StringType, DataTypes.LongType
      };
    }

    @Override
    public DataType resultType() {
      return new ArrayType(element(), false);
    }

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String canonicalName() {
      return "dev.tweedie." + NAME + "." + element().typeName();
    }
  }

  /** Of {@code ARRAY<FLOAT>}. */
  public static final class OfFloats extends Bound {
    private static final long serialVersionUID = 1L;

    @Override
    DataType element() {
      return DataTypes.FloatType;
    }

    /** For Spark, which calls it by this name. */
    public static ArrayData invoke(ArrayData x, UTF8String column, long id) {
      return checked(x, column, id);
    }
  }

  /** Of {@code ARRAY<DOUBLE>}. */
  public static final class OfDoubles extends Bound {
    private static final long serialVersionUID = 1L;

    @Override
    DataType element() {
      return DataTypes.DoubleType;
    }

    /** For Spark, which calls it by this name. */
    public static ArrayData invoke(ArrayData x, UTF8String column, long id) {
      return checked(x, column, id);
    }
  }

  private static ArrayData checked(ArrayData x, UTF8String column, long id) {
    int at = x == null ? -1 : firstNull(x);
    if (at >= 0) {
      throw new InvalidInputException(
          "column '%s', %s: found null at index %d, allowed: numbers"
              .formatted(column, id < 0 ? "a row" : "id " + id, at));
    }
    return x;
  }

  private static int firstNull(ArrayData array) {
    int length = array.numElements();
    if (array instanceof UnsafeArrayData unsafe) {
      long bits = unsafe.getBaseOffset() + Long.BYTES; // behind the number of elements
      int words = (length + Long.SIZE - 1) / Long.SIZE;
      if (!BitSetMethods.anySet(unsafe.getBaseObject(), bits, words)) {
        return -1;
      }
    }
    for (int i = 0; i < length; i++) {
      if (array.isNullAt(i)) {
        return i;
      }
    }
    return -1;
  }
}
