package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.backend.PartialState;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.DataSetSummary;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;
import scala.Tuple3;
import scala.Tuple5;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * A data set prior whose points are a {@code Dataset} themselves, for those that no machine holds:
 * the bits of an {@link dev.tweedie.posterior.ExactPosterior} of all points in the order of their
 * ids.
 *
 * <p>Points are packed into shards of 8,064, which Spark keeps (memory, then disk) until {@link
 * #close}. A batch of queries goes to every executor; each shard makes a state of each query
 * (maximum, mass and weighted sums, {@code 4 d + 24} bytes), states travel to their query and merge
 * in the order of the shards, which is what makes the bits. A task sends no state that adds exactly
 * zero to what its earlier shards have.
 *
 * <p>Trace, diagonal and weights take a second pass over the shards, with the merged states: the
 * first pass then runs when they are asked for, and its states come to the driver.
 *
 * <pre>{@code
 * try (SparkDataSet points = SparkDataSet.of(table, "id", "x")) {
 *   Dataset<Row> clean = points.denoise(noisy, Level.ofSigma(0.5), "id", "y", "clean");
 * }
 * }</pre>
 */
public final class SparkDataSet implements AutoCloseable {
  private static final Set<Output> ALLOWED =
      EnumSet.of(Output.EVIDENCE, Output.MEAN, Output.SCORE, Output.TRACE, Output.DIAGONAL);

  /** Queries that stay together on their way, since kernels take rows that follow one another. */
  private static final int TOGETHER = 32;

  private final SparkSession spark;
  private final EngineChoice engine;
  private final PackedRows points; // in shards
  private final int dim;
  private final DataSetSummary summary;

  private SparkDataSet(
      SparkSession spark, EngineChoice engine, PackedRows points, DataSetSummary summary) {
    this.spark = spark;
    this.engine = engine;
    this.points = points;
    dim = points.dim();
    this.summary = summary;
  }

  /**
   * Packs the points and goes over them twice: for their mean, and for their norms about it.
   *
   * @param id column of LONG or INT: each number from 0 to N - 1 once
   * @param x column of points, as {@link SparkPosterior} takes rows
   * @throws InvalidInputException for columns that are none, and where there is no point; other
   *     faults of points are the tasks', in Spark's exception
   */
  public static SparkDataSet of(Dataset<?> points, String id, String x) {
    SparkSession spark = points.sparkSession();
    EngineChoice engine = EngineChoice.of(spark).onHost();
    ExecutorEngine.closeWith(spark);
    int dim = PackedRows.dim(points, "points", id, x);
    PackedRows packed = PackedRows.of(points, dim, id, x, null, Kind.SHARD);
    try {
      return new SparkDataSet(spark, engine, packed, PointSummary.of(packed));
    } catch (RuntimeException | Error e) {
      packed.release();
      throw e;
    }
  }

  /** d. */
  public int dim() {
    return dim;
  }

  /** N. */
  public long size() {
    return summary.size();
  }

  /**
   * Adds the posterior mean {@code E[x_0 | x]} of each query.
   *
   * @param id column of the queries' numbers, LONG or INT, no two the same
   * @param in column of rows {@code alpha x_0 + sigma z}
   * @param out new column, of the same type
   */
  public Dataset<Row> denoise(Dataset<?> queries, Level level, String id, String in, String out) {
    return evaluate(queries, level, id, in, Map.of(Output.MEAN, out));
  }

  /**
   * Adds outputs of the posterior at each query. The queries are a batch: the driver and every
   * executor hold them all, and, for trace and diagonal, their merged states.
   *
   * @param out a new column for evidence, mean, score, trace or diagonal
   */
  public Dataset<Row> evaluate(
      Dataset<?> queries, Level level, String id, String in, Map<Output, String> out) {
    for (Output output : out.keySet()) {
      if (!ALLOWED.contains(output)) {
        throw new InvalidInputException(
            "outputs: found " + output + ", allowed: " + ALLOWED + "; weights have their own call");
      }
    }
    List<Output> wanted = new ArrayList<>();
    List<ResultColumn> columns = SparkPosterior.evaluated(out, dim, 0, wanted);
    SparkPosterior.requireNoisy(level);
    NoiseLevel at = NoiseLevel.of(level);
    RowKind kind = kind(queries, id, in, columns);
    Broadcast<QueryBatch> batch = batch(queries, kind, id, in);
    boolean twice = wanted.stream().anyMatch(EvaluateFinish::ofDiagonal);
    boolean summing = twice || wanted.contains(Output.MEAN) || wanted.contains(Output.SCORE);
    Dataset<Tuple5<Integer, Double, Float, float[], float[]>> wholes = wholes(batch, at, summing);
    if (twice) {
      Broadcast<PartialState> states = collected(wholes, batch, summing);
      wholes = merged(batch, new SpreadWork(at, states), new SpreadMerge(states, dim));
    }
    boolean single = kind == RowKind.FLOATS;
    FinishWork finish = new EvaluateFinish(summary, at, wanted, single);
    return joined(queries, id, kind, columns, finished(wholes, batch, kind, finish));
  }

  /**
   * The weight of each point in the posterior of each query, of those points that have one: from
   * all of them at large sigma to a few at small sigma. Weights under e^-40 of the largest are
   * zero.
   *
   * @param id and the next, as {@link #evaluate} takes them
   * @param point column of points' numbers, LONG
   * @param weight column of weights, FLOAT; those of a query sum to 1
   * @return the columns {@code id} (LONG), {@code point} and {@code weight}
   */
  public Dataset<Row> weights(
      Dataset<?> queries, Level level, String id, String in, String point, String weight) {
    SparkPosterior.requireNoisy(level);
    NoiseLevel at = NoiseLevel.of(level);
    if (point.equals(weight) || point.equals(id) || weight.equals(id)) {
      throw new InvalidInputException(
          "columns: found '%s', '%s' and '%s', allowed: names that differ"
              .formatted(id, point, weight));
    }
    Broadcast<QueryBatch> batch = batch(queries, kind(queries, id, in, List.of()), id, in);
    Broadcast<PartialState> states = collected(wholes(batch, at, false), batch, false);
    MapPartitionsFunction<Tuple3<Long, float[], double[]>, Tuple3<Long, Long, Float>> task =
        new ShardTask<>(engine, summary, batch, new WeightWork(at, states))::rows;
    return points
        .pieces()
        .mapPartitions(task, Encoders.tuple(Encoders.LONG(), Encoders.LONG(), Encoders.FLOAT()))
        .toDF(id, point, weight);
  }

  /**
   * Adds a draw from the exact reverse kernel for each query, as {@link SparkPosterior#draw} does;
   * to {@link Level#CLEAN} it is one of the points. A batch, as in {@link #evaluate}; queries whose
   * ids follow one another are drawn fastest.
   *
   * @param at noise of row 0; its block must be 0
   * @param id column of the queries' numbers, LONG or INT, from 0 to 2^32 - 1, no two the same
   * @param in column of rows at level {@code from}
   * @param out new column, of the same type
   */
  public Dataset<Row> draw(
      Dataset<?> queries, Level from, Level to, NoiseAddress at, String id, String in, String out) {
    SparkPosterior.requireNoisy(from);
    from.transitionVariance(to);
    SparkPosterior.requireAddress(id);
    NoiseOfRows noise = NoiseOfRows.of(at);
    NoiseLevel level = NoiseLevel.of(from);
    List<ResultColumn> columns = List.of(new ResultColumn(out, dim, false));
    RowKind kind = kind(queries, id, in, columns);
    Place place = new Place(in, id);
    Broadcast<QueryBatch> batch =
        sent(QueryBatch.collect(queries, place, kind, dim).addressed(place), QueryBatch.class);
    FinishWork finish =
        new DrawFinish(summary, level, NoiseLevel.of(to), noise, place, kind == RowKind.FLOATS);
    return joined(
        queries,
        id,
        kind,
        columns,
        finished(
            merged(batch, new ChoiceWork(level, noise), new ChoiceMerge(batch, noise)),
            batch,
            kind,
            finish));
  }

  private static RowKind kind(
      Dataset<?> queries, String id, String in, List<ResultColumn> columns) {
    if (id == null) {
      throw new InvalidInputException("id: found none, allowed: a column of numbers that differ");
    }
    new RowPlan(in, id, true, columns).schema(queries.schema());
    return RowKind.of(in, RowPlan.field(queries.schema(), in).dataType());
  }

  private Broadcast<QueryBatch> batch(Dataset<?> queries, RowKind kind, String id, String in) {
    return sent(QueryBatch.collect(queries, new Place(in, id), kind, dim), QueryBatch.class);
  }

  private <T> Broadcast<T> sent(T value, Class<T> type) {
    ClassTag<T> tag = ClassTag$.MODULE$.apply(type);
    return spark.sparkContext().broadcast(value, tag);
  }

  /** The states of all queries over all shards. */
  private Dataset<Tuple5<Integer, Double, Float, float[], float[]>> wholes(
      Broadcast<QueryBatch> queries, NoiseLevel level, boolean summing) {
    return merged(queries, new StateWork(level, summing), new SumMerge(width(summing)));
  }

  private int width(boolean summing) {
    return summing ? Kind.ISOTROPIC.width(dim) : 0;
  }

  /** What shards have for each query, merged in the order of the shards. */
  private Dataset<Tuple5<Integer, Double, Float, float[], float[]>> merged(
      Broadcast<QueryBatch> queries,
      ShardWork<Tuple5<Integer, Long, Double, Float, float[]>> work,
      StateMerge merge) {
    MapPartitionsFunction<
            Tuple3<Long, float[], double[]>, Tuple5<Integer, Long, Double, Float, float[]>>
        task = new ShardTask<>(engine, summary, queries, work)::rows;
    MapFunction<Long, Tuple5<Integer, Long, Double, Float, float[]>> nothing =
        query -> StateRow.nothing(query.intValue());
    MapPartitionsFunction<
            Tuple5<Integer, Long, Double, Float, float[]>,
            Tuple5<Integer, Double, Float, float[], float[]>>
        together = merge::merged;
    return points
        .pieces()
        .mapPartitions(task, StateRow.encoder(spark))
        .union(
            spark
                .range(queries.value().size())
                .as(Encoders.LONG())
                .map(nothing, StateRow.encoder(spark)))
        .repartition(floor(col("_1").divide(lit(TOGETHER))))
        .sortWithinPartitions(col("_1"), col("_2"))
        .mapPartitions(together, StateRow.wholeEncoder(spark));
  }

  /** Runs the first pass, for the second. */
  private Broadcast<PartialState> collected(
      Dataset<Tuple5<Integer, Double, Float, float[], float[]>> wholes,
      Broadcast<QueryBatch> queries,
      boolean summing) {
    PartialState states = PartialState.empty(queries.value().size(), width(summing));
    for (Tuple5<Integer, Double, Float, float[], float[]> whole : wholes.collectAsList()) {
      states.set(whole._1(), StateRow.states(List.of(whole)));
    }
    return sent(states, PartialState.class);
  }

  /** Id and results of each query. */
  private Dataset<Row> finished(
      Dataset<Tuple5<Integer, Double, Float, float[], float[]>> wholes,
      Broadcast<QueryBatch> queries,
      RowKind kind,
      FinishWork work) {
    MapPartitionsFunction<Tuple5<Integer, Double, Float, float[], float[]>, Tuple2<Long, Object>>
        task = new FinishTask(engine, queries, work)::results;
    return wholes
        .mapPartitions(task, Encoders.tuple(Encoders.LONG(), kind.packed(spark)))
        .toDF("tweedie_id", "tweedie_results");
  }

  private static Dataset<Row> joined(
      Dataset<?> queries,
      String id,
      RowKind kind,
      List<ResultColumn> columns,
      Dataset<Row> results) {
    List<Column> all =
        new ArrayList<>(Arrays.stream(queries.columns()).map(RowPlan::column).toList());
    int at = 1;
    for (ResultColumn column : columns) {
      all.add(RowPlan.unpacked(col("tweedie_results"), column, kind, at).as(column.name()));
      at += column.width();
    }
    return queries
        .toDF()
        .join(results, RowPlan.column(id).equalTo(col("tweedie_id")))
        .select(all.toArray(Column[]::new));
  }

  /** Lets go of the shards. Results that are computed later read the points anew. */
  @Override
  public void close() {
    points.release();
  }
}
