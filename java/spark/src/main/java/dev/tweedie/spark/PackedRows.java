package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;

import dev.tweedie.InvalidInputException;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.Tuple3;
import scala.Tuple4;

/**
 * The rows of a column in the order of their numbers, packed into pieces of a fixed length, which
 * Spark keeps (memory, then disk) until they are let go.
 *
 * @param pieces number of a piece; its rows, row-major; how often each counts, empty where all
 *     count once
 * @param dim d
 * @param size N
 */
record PackedRows(Dataset<Tuple3<Long, float[], double[]>> pieces, int dim, long size) {
  private static final String PIECE = "piece";

  /**
   * The dimension of a column's rows, from one of them.
   *
   * @param what the rows are, for messages
   */
  static int dim(Dataset<?> rows, String what, String id, String x) {
    SparkSession spark = rows.sparkSession();
    RowPlan.requireWhole(RowPlan.field(rows.schema(), id));
    RowKind kind = RowKind.of(x, RowPlan.field(rows.schema(), x).dataType());
    Column number = RowPlan.column(id).cast(DataTypes.LongType);
    List<Tuple2<Long, Object>> some =
        rows.select(number.as("id"), kind.read(spark, RowPlan.column(x), x, number).as("x"))
            .as(Encoders.tuple(Encoders.LONG(), kind.encoder(spark)))
            .takeAsList(1);
    if (some.isEmpty()) {
      throw new InvalidInputException(
          "data set: found no %s, allowed: at least one".formatted(what));
    }
    Object first = some.getFirst()._2();
    int dim = first == null ? 0 : Numbers.of(first).length();
    new Place(x, id).require(first, some.getFirst()._1(), 0, Math.max(1, dim));
    return dim;
  }

  /**
   * Packs a column, when Spark first needs it.
   *
   * @param dim d
   * @param weight column of how often rows count, or null
   * @param length rows of a piece
   */
  static PackedRows of(
      Dataset<?> rows, int dim, String id, String x, @Nullable String weight, int length) {
    SparkSession spark = rows.sparkSession();
    RowKind kind = RowKind.of(x, RowPlan.field(rows.schema(), x).dataType());
    Place place = new Place(x, id);
    Column number = RowPlan.column(id).cast(DataTypes.LongType);
    Dataset<Tuple4<Long, Long, Object, Double>> picked =
        rows.select(
                floor(number.divide(lit(length))).as(PIECE),
                number.as("id"),
                kind.read(spark, RowPlan.column(x), x, number).as("x"),
                weights(rows, weight).cast(DataTypes.DoubleType).as("weight"))
            .as(
                Encoders.tuple(
                    Encoders.LONG(), Encoders.LONG(), kind.encoder(spark), Encoders.DOUBLE()));
    long size = picked.count();
    MapPartitionsFunction<Tuple4<Long, Long, Object, Double>, Tuple3<Long, float[], double[]>>
        pack = part -> new RowPacker(part, place, weight, length, dim, size);
    return new PackedRows(
        picked
            .repartitionByRange(col(PIECE))
            .sortWithinPartitions(col(PIECE), col("id"))
            .mapPartitions(pack, encoder(spark))
            .persist(StorageLevel.MEMORY_AND_DISK()),
        dim,
        size);
  }

  private static Column weights(Dataset<?> rows, @Nullable String weight) {
    if (weight == null) {
      return lit(null);
    }
    StructField field = RowPlan.field(rows.schema(), weight);
    if (!(field.dataType() instanceof NumericType)) {
      throw new InvalidInputException(
          "column '%s': found the type %s, allowed: numbers"
              .formatted(weight, field.dataType().sql()));
    }
    return RowPlan.column(weight);
  }

  private static Encoder<Tuple3<Long, float[], double[]>> encoder(SparkSession spark) {
    return Encoders.tuple(
        Encoders.LONG(),
        spark.implicits().newFloatArrayEncoder(),
        spark.implicits().newDoubleArrayEncoder());
  }

  void release() {
    pieces.unpersist();
  }
}
