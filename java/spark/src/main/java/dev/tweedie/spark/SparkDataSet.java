package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.Scope;
import dev.tweedie.backend.PartialState;
import dev.tweedie.posterior.ShardPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.FlatMapFunction;
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
import scala.Tuple4;
import scala.Tuple5;
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
 * <pre>{@code
 * try (SparkDataSet points = SparkDataSet.of(table, "id", "x")) {
 *   Dataset<Row> clean = points.denoise(noisy, Level.ofSigma(0.5), "id", "y", "clean");
 * }
 * }</pre>
 */
public final class SparkDataSet implements AutoCloseable {
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
      return new SparkDataSet(spark, engine, packed, summary(packed));
    } catch (RuntimeException | Error e) {
      packed.release();
      throw e;
    }
  }

  private static DataSetSummary summary(PackedRows packed) {
    Dataset<Tuple3<Long, float[], double[]>> shards = packed.pieces();
    int dim = packed.dim();
    long size = packed.size();
    SparkSession spark = shards.sparkSession();
    MapFunction<Tuple3<Long, float[], double[]>, Tuple2<Long, double[]>> sum =
        shard -> new Tuple2<>(shard._1(), DataSetSummary.sum(DataSet.of(shard._2(), dim)));
    double[] mean = new double[dim];
    for (Tuple2<Long, double[]> part :
        inOrder(
            shards.map(
                sum, Encoders.tuple(Encoders.LONG(), spark.implicits().newDoubleArrayEncoder())))) {
      for (int j = 0; j < dim; j++) {
        mean[j] += part._2()[j];
      }
    }
    for (int j = 0; j < dim; j++) {
      mean[j] /= size;
    }
    MapFunction<Tuple3<Long, float[], double[]>, Tuple2<Long, double[]>> squares =
        shard -> {
          DataSetSummary.Squares of = DataSetSummary.squares(DataSet.of(shard._2(), dim), mean);
          return new Tuple2<>(shard._1(), new double[] {of.least(), of.largest(), of.first()});
        };
    DataSetSummary.Squares all = null;
    for (Tuple2<Long, double[]> part :
        inOrder(
            shards.map(
                squares,
                Encoders.tuple(Encoders.LONG(), spark.implicits().newDoubleArrayEncoder())))) {
      double[] of = part._2();
      DataSetSummary.Squares own = new DataSetSummary.Squares(of[0], of[1], of[2]);
      all = all == null ? own : all.with(own);
    }
    return new DataSetSummary(size, mean, all);
  }

  /** One at a time on the driver, in the order of the shards. */
  private static Iterable<Tuple2<Long, double[]>> inOrder(Dataset<Tuple2<Long, double[]>> parts) {
    return () -> parts.orderBy(col("_1")).toLocalIterator();
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
   * executor hold them all.
   *
   * @param out a new column for evidence, mean or score
   */
  public Dataset<Row> evaluate(
      Dataset<?> queries, Level level, String id, String in, Map<Output, String> out) {
    for (Output output : out.keySet()) {
      if (output != Output.EVIDENCE && output != Output.MEAN && output != Output.SCORE) {
        throw new InvalidInputException(
            "outputs: found " + output + ", allowed: EVIDENCE, MEAN and SCORE");
      }
    }
    List<Output> wanted = new ArrayList<>();
    List<ResultColumn> columns = SparkPosterior.evaluated(out, dim, 0, wanted);
    SparkPosterior.requireNoisy(level);
    if (id == null) {
      throw new InvalidInputException("id: found none, allowed: a column of numbers that differ");
    }
    new RowPlan(in, id, true, columns).schema(queries.schema());
    RowKind kind = RowKind.of(in, RowPlan.field(queries.schema(), in).dataType());
    QueryBatch batch = QueryBatch.collect(queries, new Place(in, id), kind, dim);
    Broadcast<QueryBatch> sent =
        spark.sparkContext().broadcast(batch, ClassTag$.MODULE$.apply(QueryBatch.class));
    boolean summing = wanted.contains(Output.MEAN) || wanted.contains(Output.SCORE);
    NoiseLevel at = NoiseLevel.of(level);
    Dataset<Tuple4<Integer, Double, Float, float[]>> merged = merged(sent, at, summing);
    return joined(queries, id, kind, columns, finished(merged, sent, at, wanted, kind));
  }

  /** The states of all queries over all shards. */
  private Dataset<Tuple4<Integer, Double, Float, float[]>> merged(
      Broadcast<QueryBatch> queries, NoiseLevel level, boolean summing) {
    ShardTask task = new ShardTask(engine, summary, dim, queries, level, summing);
    Dataset<Tuple5<Integer, Long, Double, Float, float[]>> states =
        points
            .pieces()
            .mapPartitions(
                (MapPartitionsFunction<
                        Tuple3<Long, float[], double[]>,
                        Tuple5<Integer, Long, Double, Float, float[]>>)
                    task::states,
                StateRow.encoder(spark));
    int width = summing ? dim + 1 : 0;
    return states
        .repartition(col("_1"))
        .sortWithinPartitions(col("_1"), col("_2"))
        .mapPartitions(
            (MapPartitionsFunction<
                    Tuple5<Integer, Long, Double, Float, float[]>,
                    Tuple4<Integer, Double, Float, float[]>>)
                part -> StateRow.merged(part, width),
            StateRow.mergedEncoder(spark));
  }

  /** Id and results of each query. */
  private Dataset<Row> finished(
      Dataset<Tuple4<Integer, Double, Float, float[]>> merged,
      Broadcast<QueryBatch> queries,
      NoiseLevel level,
      List<Output> wanted,
      RowKind kind) {
    EngineChoice choice = engine;
    DataSetSummary whole = summary;
    int size = dim;
    boolean single = kind == RowKind.FLOATS;
    FlatMapFunction<Iterator<Tuple4<Integer, Double, Float, float[]>>, Tuple2<Long, Object>> task =
        part -> {
          List<Tuple2<Long, Object>> results = new ArrayList<>();
          Engine here = ExecutorEngine.of(choice).engine();
          DataSet any = DataSet.of(new float[size], size).shardOf(whole);
          try (ShardPosterior posterior = ShardPosterior.of(here, any)) {
            List<Tuple4<Integer, Double, Float, float[]>> block = new ArrayList<>();
            while (part.hasNext()) {
              block.add(part.next());
              if (block.size() == 1024 || !part.hasNext()) {
                finish(block, queries.value(), posterior, here, level, wanted, single, results);
                block.clear();
              }
            }
          }
          return results.iterator();
        };
    return merged
        .mapPartitions(
            (MapPartitionsFunction<Tuple4<Integer, Double, Float, float[]>, Tuple2<Long, Object>>)
                task::call,
            Encoders.tuple(Encoders.LONG(), kind.packed(spark)))
        .toDF("tweedie_id", "tweedie_results");
  }

  private static void finish(
      List<Tuple4<Integer, Double, Float, float[]>> block,
      QueryBatch queries,
      ShardPosterior posterior,
      Engine engine,
      NoiseLevel level,
      List<Output> wanted,
      boolean single,
      List<Tuple2<Long, Object>> to) {
    int rows = block.size();
    int dim = queries.dim();
    PartialState states = PartialState.empty(rows, block.getFirst()._4().length);
    float[] x = new float[rows * dim];
    for (int i = 0; i < rows; i++) {
      Tuple4<Integer, Double, Float, float[]> row = block.get(i);
      states.set(i, new PartialState(new double[] {row._2()}, new float[] {row._3()}, row._4()));
      System.arraycopy(queries.rows(row._1(), 1), 0, x, i * dim, dim);
    }
    try (Scope _ = engine.scope()) {
      Outputs out = Outputs.allocate(wanted, rows, dim, 1, engine::samples);
      posterior.finish(states, engine.samples(x, rows), level.level(), out);
      Results results = new Results(wanted.stream().map(out::get).toArray(Samples[]::new), single);
      for (int i = 0; i < rows; i++) {
        to.add(new Tuple2<>(queries.ids()[block.get(i)._1()], results.row(i)));
      }
    }
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
