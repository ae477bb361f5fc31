package dev.tweedie.spark;

import static org.apache.spark.ml.functions.array_to_vector;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.slice;
import static org.apache.spark.sql.functions.struct;

import dev.tweedie.InvalidInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.Tuple3;

/**
 * Work on one column of a data set: its other columns are carried along, results are added behind
 * them.
 *
 * @param in the column with the rows
 * @param id the column with their numbers, or null
 * @param numbered whether the work needs the numbers
 */
record RowPlan(String in, @Nullable String id, boolean numbered, List<ResultColumn> results) {
  private static final String CARRIED = "carried";
  private static final String X = "x";
  private static final String RESULT = "result";

  /** The schema with the results, checked. */
  StructType schema(StructType schema) {
    RowKind kind = RowKind.of(in, field(schema, in).dataType());
    if (id != null) {
      requireWhole(field(schema, id));
    }
    Set<String> names = new HashSet<>(Arrays.asList(schema.fieldNames()));
    StructType out = schema;
    for (ResultColumn result : results) {
      if (!names.add(result.name())) {
        throw new InvalidInputException(
            "column '%s': found in the data set, allowed: a new name".formatted(result.name()));
      }
      out = out.add(result.name(), result.scalar() ? kind.scalar() : kind.type());
    }
    return out;
  }

  static StructField field(StructType schema, String name) {
    for (StructField field : schema.fields()) {
      if (field.name().equals(name)) {
        return field;
      }
    }
    throw new InvalidInputException(
        "column: found '%s', allowed: %s".formatted(name, String.join(", ", schema.fieldNames())));
  }

  static void requireWhole(StructField id) {
    DataType type = id.dataType();
    if (!type.equals(DataTypes.LongType) && !type.equals(DataTypes.IntegerType)) {
      throw new InvalidInputException(
          "column '%s': found the type %s, allowed: LONG or INT".formatted(id.name(), type.sql()));
    }
  }

  static Column column(String name) {
    return col(quoted(name));
  }

  private static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  /** The plan over rows; nothing runs before Spark is asked for the result. */
  Dataset<Row> over(Dataset<?> rows, EngineChoice engine, PriorSource prior, BlockWork work) {
    StructType schema = rows.schema();
    schema(schema);
    RowKind kind = RowKind.of(in, field(schema, in).dataType());
    List<StructField> others = new ArrayList<>();
    for (StructField field : schema.fields()) {
      if (!field.name().equals(in)) {
        others.add(field);
      }
    }
    StructType carried = new StructType(others.toArray(new StructField[0]));
    Column[] kept = others.stream().map(field -> column(field.name())).toArray(Column[]::new);
    Column number = id == null ? lit(null) : column(id);
    SparkSession spark = rows.sparkSession();
    Encoder<Object> read = kind.carrier();
    Dataset<Tuple3<Row, Long, Object>> picked =
        rows.select(
                struct(kept).as(CARRIED),
                number.cast(DataTypes.LongType).as("id"),
                kind.carried(spark, kind.read(spark, column(in), in, number)).as(X))
            .as(Encoders.tuple(Encoders.row(carried), Encoders.LONG(), read));
    boolean packed = results.size() > 1 || results.getFirst().scalar();
    Encoder<Object> to = packed ? kind.results() : read;
    Place place = new Place(in, id);
    boolean ordered = numbered;
    MapPartitionsFunction<Tuple3<Row, Long, Object>, Tuple3<Row, Object, Object>> task =
        part -> {
          ExecutorEngine.Lease lease = ExecutorEngine.of(engine).lease(prior);
          TaskContext.get()
              .addTaskCompletionListener(
                  _ -> {
                    lease.close();
                  });
          return new Blocks(part, kind, place, ordered, packed, lease.posterior(), work);
        };
    Dataset<Row> done =
        picked
            .mapPartitions(task, Encoders.tuple(Encoders.row(carried), read, to))
            .toDF(CARRIED, X, RESULT);
    return done.select(columns(spark, schema, kind, packed));
  }

  private Column[] columns(SparkSession spark, StructType schema, RowKind kind, boolean packed) {
    List<Column> out = new ArrayList<>();
    boolean arrays = kind != RowKind.VECTORS;
    Column x = arrays ? ArrayRow.unwrapped(spark, col(X)) : col(X);
    Column result = arrays || packed ? ArrayRow.unwrapped(spark, col(RESULT)) : col(RESULT);
    for (StructField field : schema.fields()) {
      Column from = field.name().equals(in) ? x : col(CARRIED).getField(field.name());
      out.add(from.as(field.name(), field.metadata()));
    }
    int at = 1;
    for (ResultColumn each : results) {
      out.add((packed ? unpacked(result, each, kind, at) : result).as(each.name()));
      at += each.width();
    }
    return out.toArray(new Column[0]);
  }

  /**
   * One of several results that lie one after another.
   *
   * @param at its first, counted from 1
   */
  static Column unpacked(Column packed, ResultColumn result, RowKind kind, int at) {
    if (result.scalar()) {
      return element_at(packed, lit(at));
    }
    Column part = slice(packed, at, result.width());
    return kind == RowKind.VECTORS ? array_to_vector(part) : part;
  }
}
