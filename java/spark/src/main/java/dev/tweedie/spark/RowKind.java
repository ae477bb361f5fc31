package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.UserDefinedType;

/** How a column keeps its rows. Results come back as the rows came. */
enum RowKind {
  /** {@code ARRAY<FLOAT>}: the numbers that kernels read. */
  FLOATS,
  /** {@code ARRAY<DOUBLE>}. */
  DOUBLES,
  /** MLlib's vectors; a sparse one stands for its dense numbers. */
  VECTORS;

  private static final String ALLOWED = "ARRAY<FLOAT>, ARRAY<DOUBLE> or a vector of MLlib";

  /**
   * @throws InvalidInputException for a type that keeps no rows
   */
  static RowKind of(String column, DataType type) {
    if (type.equals(SQLDataTypes.VectorType())) {
      return VECTORS;
    }
    if (type instanceof ArrayType array) {
      if (array.elementType().equals(DataTypes.FloatType)) {
        return FLOATS;
      }
      if (array.elementType().equals(DataTypes.DoubleType)) {
        return DOUBLES;
      }
    }
    throw new InvalidInputException(
        "column '%s': found the type %s, allowed: %s".formatted(column, type.sql(), ALLOWED));
  }

  /** The column as {@link #encoder} reads it. */
  Column read(SparkSession spark, Column rows, String name, Column id) {
    return this == VECTORS ? rows : WithoutNulls.of(spark, rows, name, id);
  }

  /** Of {@code float[]}, {@code double[]} or a vector. */
  Encoder<Object> encoder(SparkSession spark) {
    return this == VECTORS ? vectors() : packed(spark);
  }

  /** What several results of a row are written from, one after another. */
  Encoder<Object> packed(SparkSession spark) {
    return this == FLOATS
        ? any(spark.implicits().newFloatArrayEncoder())
        : any(spark.implicits().newDoubleArrayEncoder());
  }

  /** The type of one result of a row. */
  DataType scalar() {
    return this == FLOATS ? DataTypes.FloatType : DataTypes.DoubleType;
  }

  /** The type of a column of results. */
  DataType type() {
    return this == VECTORS ? SQLDataTypes.VectorType() : new ArrayType(scalar(), false);
  }

  @SuppressWarnings("unchecked") // MLlib's type is not public by its own name
  private static Encoder<Object> vectors() {
    return any(Encoders.udt((UserDefinedType<Vector>) SQLDataTypes.VectorType()));
  }

  @SuppressWarnings("unchecked") // rows of three kinds go the same way
  private static Encoder<Object> any(Encoder<?> encoder) {
    return (Encoder<Object>) encoder;
  }

  /** The column {@link #read} as it goes through a task that gives it back. */
  Column carried(SparkSession spark, Column read) {
    return this == VECTORS ? read : ArrayRow.wrapped(spark, read);
  }

  /** Of {@link ArrayRow} or a vector. */
  Encoder<Object> carrier() {
    return this == VECTORS ? vectors() : results();
  }

  /** Of {@link ArrayRow}: several results, or arrays. */
  Encoder<Object> results() {
    return any(ArrayRow.encoder(this == FLOATS));
  }

  /** Elements of what {@link #carrier} gives for a row, -1 for null. */
  int length(Object row) {
    return switch (row) {
      case null -> -1;
      case ArrayRow array -> array.length();
      case Vector vector -> vector.size();
      default -> throw new AssertionError(row.getClass());
    };
  }
}
