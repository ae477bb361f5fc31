package dev.tweedie.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Rows of normal numbers, in memory and as data sets. */
final class Rows {
  static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("name", DataTypes.StringType)
          .add("x", new ArrayType(DataTypes.FloatType, true));

  private Rows() {}

  static float[] normal(int rows, int dim, long seed) {
    Random random = new Random(seed);
    float[] out = new float[rows * dim];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return out;
  }

  /** Columns id, name and x, elements nullable as those of files are. */
  static Dataset<Row> dataset(SparkSession spark, float[] values, int dim) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < values.length / dim; i++) {
      Float[] x = new Float[dim];
      for (int j = 0; j < dim; j++) {
        x[j] = values[i * dim + j];
      }
      rows.add(RowFactory.create((long) i, "row " + i, x));
    }
    return spark.createDataFrame(rows, SCHEMA);
  }

  /** A column of arrays in order of id, row-major. */
  static float[] collect(Dataset<Row> rows, String column) {
    List<Row> all = rows.orderBy("id").select(column).collectAsList();
    List<float[]> parts = new ArrayList<>();
    int size = 0;
    for (Row row : all) {
      float[] part = numbers(row.get(0));
      parts.add(part);
      size += part.length;
    }
    float[] out = new float[size];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return out;
  }

  private static float[] numbers(Object value) {
    if (value instanceof Number number) {
      return new float[] {number.floatValue()};
    }
    if (value instanceof org.apache.spark.ml.linalg.Vector vector) {
      double[] doubles = vector.toArray();
      float[] out = new float[doubles.length];
      for (int j = 0; j < out.length; j++) {
        out[j] = (float) doubles[j];
      }
      return out;
    }
    scala.collection.Seq<?> seq = (scala.collection.Seq<?>) value;
    float[] out = new float[seq.length()];
    for (int j = 0; j < out.length; j++) {
      out[j] = ((Number) seq.apply(j)).floatValue();
    }
    return out;
  }
}
