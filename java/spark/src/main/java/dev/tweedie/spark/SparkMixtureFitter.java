package dev.tweedie.spark;

import dev.tweedie.fit.FitListener;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.fit.FitRows;
import dev.tweedie.fit.MixtureFit;
import dev.tweedie.fit.MixtureFitter;
import dev.tweedie.prior.MixtureParameters;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Gaussian mixtures fitted to a column of rows: the bits of {@link MixtureFitter} over all rows in
 * the order of their ids, for any partitioning. Rows are kept in float32.
 *
 * <pre>{@code
 * MixtureFit fit = SparkMixtureFitter.fit(table, "id", "x", FitOptions.of(32, Kind.FULL));
 * new MixtureFile(fit.parameters()).write(Path.of("mixture.npz"));
 * }</pre>
 */
public final class SparkMixtureFitter {
  private SparkMixtureFitter() {}

  /**
   * Fits from clusters.
   *
   * @param id column of LONG or INT: each number from 0 to N - 1 once
   * @param x column of rows, as {@link SparkPosterior} takes them
   * @throws dev.tweedie.InvalidInputException for columns that are none, and where there are fewer
   *     rows than components; faults of rows are the tasks', in Spark's exception
   */
  public static MixtureFit fit(Dataset<?> rows, String id, String x, FitOptions options) {
    return fit(rows, id, x, options, (restart, iteration, logLikelihood) -> {});
  }

  /**
   * As {@link #fit(Dataset, String, String, FitOptions)}.
   *
   * @param listener told of every iteration, on the driver
   */
  public static MixtureFit fit(
      Dataset<?> rows, String id, String x, FitOptions options, FitListener listener) {
    try (FitRows packed = packed(rows, id, x, null, options)) {
      return MixtureFitter.fit(packed, options, listener);
    }
  }

  /**
   * As {@link #fit(Dataset, String, String, FitOptions, FitListener)}, of rows with weights.
   *
   * @param weight column of numbers, finite and at least 0: how often a row counts
   */
  public static MixtureFit fit(
      Dataset<?> rows,
      String id,
      String x,
      String weight,
      FitOptions options,
      FitListener listener) {
    try (FitRows packed = packed(rows, id, x, Objects.requireNonNull(weight, "weight"), options)) {
      return MixtureFitter.fit(packed, options, listener);
    }
  }

  /** Fits from given parameters, of the components and the kind that {@code options} say. */
  public static MixtureFit fitFrom(
      MixtureParameters start,
      Dataset<?> rows,
      String id,
      String x,
      FitOptions options,
      FitListener listener) {
    try (FitRows packed = packed(rows, id, x, null, options)) {
      return MixtureFitter.fitFrom(start, packed, options, listener);
    }
  }

  /**
   * As {@link #fitFrom(MixtureParameters, Dataset, String, String, FitOptions, FitListener)}, of
   * rows with weights.
   */
  public static MixtureFit fitFrom(
      MixtureParameters start,
      Dataset<?> rows,
      String id,
      String x,
      String weight,
      FitOptions options,
      FitListener listener) {
    try (FitRows packed = packed(rows, id, x, Objects.requireNonNull(weight, "weight"), options)) {
      return MixtureFitter.fitFrom(start, packed, options, listener);
    }
  }

  private static FitRows packed(
      Dataset<?> rows, String id, String x, @Nullable String weight, FitOptions options) {
    SparkSession spark = rows.sparkSession();
    EngineChoice engine = EngineChoice.of(spark);
    ExecutorEngine.closeWith(spark);
    int dim = PackedRows.dim(rows, "rows", id, x);
    int length = FitRows.runRows(dim, options.components());
    PackedRows packed = PackedRows.of(rows, dim, id, x, weight, length);
    return new SparkFitRows(spark, engine, packed, weight != null, length);
  }
}
