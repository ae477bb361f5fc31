package dev.tweedie.spark;

import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.DataType;

/** A function of {@link ArrayFunctions}; Spark calls its static method {@code invoke}. */
public abstract class ArrayFunction implements ScalarFunction<ArrayData> {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final DataType[] inputs;
  private final DataType result;

  ArrayFunction(String name, DataType[] inputs, DataType result) {
    this.name = name;
    this.inputs = inputs;
    this.result = result;
  }

  @Override
  public final DataType[] inputTypes() {
    return inputs.clone();
  }

  @Override
  public final DataType resultType() {
    return result;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String canonicalName() {
    return "dev.tweedie." + name + "." + inputs[0].catalogString();
  }
}
