package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.functions.BoundFunction;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** The functions of Spark SQL by which columns of rows are read and written. */
public final class ArrayFunctions implements FunctionCatalog {
  private static final String CATALOG = "tweedie";

  /** By name, for the type of the first argument. */
  private static final Map<String, Function<DataType, BoundFunction>> ALL =
      Map.of(
          WithoutNulls.NAME, WithoutNulls::bind,
          ArrayRow.WRAP, ArrayRow.Wrap::bind,
          ArrayRow.UNWRAP, ArrayRow.Unwrap::bind);

  /** For Spark. */
  public ArrayFunctions() {}

  static Column call(SparkSession spark, String name, Column... arguments) {
    spark.conf().set("spark.sql.catalog." + CATALOG, ArrayFunctions.class.getName());
    return functions.call_function(CATALOG + "." + name, arguments);
  }

  @Override
  public void initialize(String name, CaseInsensitiveStringMap options) {}

  @Override
  public String name() {
    return CATALOG;
  }

  @Override
  public Identifier[] listFunctions(String[] namespace) {
    return ALL.keySet().stream()
        .map(name -> Identifier.of(namespace, name))
        .toArray(Identifier[]::new);
  }

  @Override
  public UnboundFunction loadFunction(Identifier identifier) {
    Function<DataType, BoundFunction> function = ALL.get(identifier.name());
    if (function == null) {
      throw new InvalidInputException(
          "function: found " + identifier + ", allowed: " + ALL.keySet());
    }
    return new UnboundFunction() {
      @Override
      public BoundFunction bind(StructType arguments) {
        return function.apply(arguments.fields()[0].dataType());
      }

      @Override
      public String description() {
        return CATALOG + "." + name() + ", of tweedie-spark's own use";
      }

      @Override
      public String name() {
        return identifier.name();
      }
    };
  }
}
