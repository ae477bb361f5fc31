package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import scala.Tuple2;

/**
 * Queries that go to every executor.
 *
 * @param ids of the queries, each once
 * @param rows {@code B x d}, in the order of the ids
 */
record QueryBatch(long[] ids, float[] rows, int dim) implements Serializable {
  /** Numbers of what a task takes together. */
  private static final int ELEMENTS = 1 << 22;

  /** Brings the queries to the driver, checked. */
  static QueryBatch collect(Dataset<?> queries, Place place, RowKind kind, int dim) {
    SparkSession spark = queries.sparkSession();
    String number = Objects.requireNonNull(place.id(), "queries have numbers");
    List<Tuple2<Long, Object>> all =
        queries
            .select(
                RowPlan.column(number).cast(DataTypes.LongType).as("id"),
                kind.read(
                        spark,
                        RowPlan.column(place.column()),
                        place.column(),
                        RowPlan.column(number))
                    .as("x"))
            .as(Encoders.tuple(Encoders.LONG(), kind.encoder(spark)))
            .collectAsList();
    long[] ids = new long[all.size()];
    float[] rows = new float[Math.multiplyExact(all.size(), dim)];
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < ids.length; i++) {
      Long id = all.get(i)._1();
      Numbers numbers = place.require(all.get(i)._2(), id, i, dim);
      if (id == null || !seen.add(id)) {
        throw new InvalidInputException(
            "column '%s': found %s, allowed: numbers that differ"
                .formatted(number, id == null ? "null" : id + " twice"));
      }
      ids[i] = id;
      for (int j = 0; j < dim; j++) {
        rows[i * dim + j] = (float) numbers.at(j);
        if (!Float.isFinite(rows[i * dim + j])) {
          throw place.notFinite(numbers, id, i);
        }
      }
    }
    return new QueryBatch(ids, rows, dim);
  }

  /** The same in the order of their ids, which must address noise. */
  QueryBatch addressed(Place place) {
    Integer[] order = new Integer[ids.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Long.compare(ids[a], ids[b]));
    QueryBatch sorted = new QueryBatch(new long[ids.length], new float[rows.length], dim);
    for (int i = 0; i < order.length; i++) {
      sorted.ids[i] = place.requireId(ids[order[i]]);
      System.arraycopy(rows, order[i] * dim, sorted.rows, i * dim, dim);
    }
    return sorted;
  }

  int size() {
    return ids.length;
  }

  /** How many queries from {@code first} on are taken together, {@code width} numbers for each. */
  int block(int first, int width) {
    return Math.min(Math.max(1, ELEMENTS / width), size() - first);
  }

  /** The rows of some queries. */
  float[] rows(int first, int count) {
    return Arrays.copyOfRange(rows, first * dim, (first + count) * dim);
  }
}
