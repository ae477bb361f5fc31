package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * The exact posterior of a prior over columns of rows: {@link dev.tweedie.posterior.ExactPosterior}
 * on a cluster, with its bits for any partitioning.
 *
 * <pre>{@code
 * SparkPosterior posterior = SparkPosterior.of(spark, "mixture.npz");
 * Dataset<Row> clean = posterior.denoise(noisy, Level.ofSigma(0.5), "x", "denoised");
 * }</pre>
 *
 * <p>A column of rows is {@code ARRAY<FLOAT>}, {@code ARRAY<DOUBLE>} or a vector of MLlib, of the
 * prior's dimension; doubles are rounded to the engine's precision, as {@code Engine.samples} does,
 * and results come back in the column's type. Other columns are carried along. The prior goes to
 * every executor once, which prepares it once for all tasks; an executor has one engine, with as
 * many threads as {@code spark.task.cpus}. It runs on the processors, on the GPU where tasks are
 * given one as the resource {@code gpu}, or on the back end that {@code spark.tweedie.backend}
 * names.
 *
 * <p>Nothing runs before Spark is asked for the result. A row that cannot be used fails the job
 * with one line that names the column, the row and what is allowed.
 */
public final class SparkPosterior {
  private final SparkSession spark;
  private final PriorSource source;
  private final EngineChoice engine;
  private final int dim;
  private final int components;

  private SparkPosterior(
      SparkSession spark, PriorSource source, EngineChoice engine, int dim, int components) {
    this.spark = spark;
    this.source = source;
    this.engine = engine;
    this.dim = dim;
    this.components = components;
  }

  /**
   * Reads the prior on the driver, to know its size, and hands it to Spark.
   *
   * @param prior a file of the driver (a mixture in .npz, or points in .npy, IDX or CSV), or {@code
   *     builtin:NAME}
   * @throws InvalidInputException where it is none, or the back end that is asked for is absent
   */
  public static SparkPosterior of(SparkSession spark, String prior) {
    EngineChoice engine = EngineChoice.of(spark);
    PriorSource source = PriorSource.ship(spark, prior);
    ExecutorEngine.closeWith(spark);
    try (Arena arena = Arena.ofShared()) {
      Prior read = source.readHere(arena);
      return new SparkPosterior(spark, source, engine, read.dim(), read.components());
    }
  }

  /** d. */
  public int dim() {
    return dim;
  }

  /** K. */
  public int components() {
    return components;
  }

  /**
   * Adds the posterior mean {@code E[x_0 | x]} of each row.
   *
   * @param in column of rows {@code alpha x_0 + sigma z}
   * @param out new column, of the same type
   */
  public Dataset<Row> denoise(Dataset<?> rows, Level level, String in, String out) {
    return evaluate(rows, level, in, Map.of(Output.MEAN, out));
  }

  /**
   * As {@link #denoise(Dataset, Level, String, String)}.
   *
   * @param id column that names rows in messages, LONG or INT
   */
  public Dataset<Row> denoise(Dataset<?> rows, Level level, String id, String in, String out) {
    return evaluate(rows, level, id, in, Map.of(Output.MEAN, out));
  }

  /**
   * Adds outputs of the posterior at each row.
   *
   * @param in column of rows {@code alpha x_0 + sigma z}
   * @param out a new column for each output that is wanted: a number for evidence and trace, else
   *     of the type of {@code in}, with K numbers for responsibilities
   */
  public Dataset<Row> evaluate(Dataset<?> rows, Level level, String in, Map<Output, String> out) {
    return outputs(rows, level, null, in, out);
  }

  /**
   * As {@link #evaluate(Dataset, Level, String, Map)}.
   *
   * @param id column that names rows in messages, LONG or INT
   */
  public Dataset<Row> evaluate(
      Dataset<?> rows, Level level, String id, String in, Map<Output, String> out) {
    return outputs(rows, level, Objects.requireNonNull(id, "id"), in, out);
  }

  Dataset<Row> outputs(
      Dataset<?> rows, Level level, @Nullable String id, String in, Map<Output, String> out) {
    List<Output> wanted = new ArrayList<>();
    List<ResultColumn> columns = evaluated(out, dim, components, wanted);
    requireNoisy(level);
    EvaluateWork work = new EvaluateWork(NoiseLevel.of(level), wanted);
    return new RowPlan(in, id, false, columns).over(rows, engine, source, work);
  }

  /** The columns of outputs, in the order of {@link Output}. */
  static List<ResultColumn> evaluated(
      Map<Output, String> out, int dim, int components, Collection<Output> wanted) {
    if (out.isEmpty()) {
      throw new InvalidInputException("outputs: found none, allowed: at least one");
    }
    List<ResultColumn> columns = new ArrayList<>();
    for (Output output : Output.values()) {
      String name = out.get(output);
      if (name != null) {
        boolean scalar = output == Output.EVIDENCE || output == Output.TRACE;
        columns.add(new ResultColumn(name, output.columns(dim, components), scalar));
        wanted.add(output);
      }
    }
    return columns;
  }

  /**
   * Adds a draw from the exact reverse kernel for each row; to {@link Level#CLEAN} a posterior
   * sample. The row of number i has the noise of {@code at.skipRows(i)}, whatever rows are beside
   * it. Rows that lie in order of their numbers are drawn fastest.
   *
   * @param at noise of row 0; its block must be 0
   * @param id column with the rows' numbers, LONG or INT, from 0 to 2^32 - 1
   * @param in column of rows at level {@code from}
   * @param out new column, of the same type
   */
  public Dataset<Row> draw(
      Dataset<?> rows, Level from, Level to, NoiseAddress at, String id, String in, String out) {
    requireNoisy(from);
    from.transitionVariance(to);
    requireAddress(id);
    DrawWork work = new DrawWork(NoiseLevel.of(from), NoiseLevel.of(to), NoiseOfRows.of(at));
    ResultColumn column = new ResultColumn(out, dim, false);
    return new RowPlan(in, id, true, List.of(column)).over(rows, engine, source, work);
  }

  /**
   * Samples of the prior by a reverse process, as {@code tweedie sample} makes them: the same bits
   * for the same row.
   *
   * @param count rows, at most 2^32
   * @param sampler as {@link dev.tweedie.reverse.Samplers} names it
   * @param schedule as {@link dev.tweedie.schedule.ScheduleSpec} reads it
   * @param steps so many of the schedule's levels; 0 for all
   * @param partitions of the result, at least 1
   * @return columns {@code id} (LONG) and {@code x} ({@code ARRAY<FLOAT>})
   */
  public Dataset<Row> sample(
      long count, String sampler, String schedule, int steps, long seed, int partitions) {
    if (count < 0 || count > Place.ROWS) {
      throw new InvalidInputException(
          "count: found " + count + ", allowed: 0 to " + Place.ROWS + ", the rows of an address");
    }
    if (partitions < 1) {
      throw new InvalidInputException("partitions: found " + partitions + ", allowed: at least 1");
    }
    SampleWork work = new SampleWork(sampler, schedule, steps, seed);
    work.rule();
    work.levels();
    EngineChoice choice = engine;
    PriorSource prior = source;
    MapPartitionsFunction<Long, Tuple2<Long, float[]>> task =
        ids -> {
          ExecutorEngine.Lease lease = ExecutorEngine.of(choice).lease(prior);
          TaskContext.get()
              .addTaskCompletionListener(
                  _ -> {
                    lease.close();
                  });
          return new SampleTask(ids, lease.posterior(), work);
        };
    return spark
        .range(0, count, 1, partitions)
        .as(Encoders.LONG())
        .mapPartitions(
            task, Encoders.tuple(Encoders.LONG(), spark.implicits().newFloatArrayEncoder()))
        .toDF("id", "x");
  }

  static void requireAddress(String id) {
    if (id == null) {
      throw new InvalidInputException(
          "id: found none, allowed: a column of whole numbers, for the address of noise");
    }
  }

  static void requireNoisy(Level level) {
    if (level.sigma() == 0) {
      throw new InvalidInputException("level: found " + level + ", allowed: sigma > 0");
    }
  }
}
