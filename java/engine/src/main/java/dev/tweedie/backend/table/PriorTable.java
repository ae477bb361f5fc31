package dev.tweedie.backend.table;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The numbers of a prior that no level changes: {@code tweedie_prior}. */
public abstract class PriorTable {
  final Prior prior;
  private final Kind kind;
  private final MemorySegment centre;
  private final MemorySegment means;
  final double[] logWeights;
  private final Arena arena;
  private @Nullable ByteTable bytes;
  private boolean soughtBytes;
  private @Nullable Bf16Table bf16;
  private volatile @Nullable FilterTable filter;
  private boolean soughtFilter;
  private volatile @Nullable BallTable balls;
  private boolean soughtBalls;
  private long rowsWithoutFilter;
  private final boolean inPlace;

  PriorTable(Prior prior, Kind kind, Arena arena) {
    this.prior = prior;
    this.kind = kind;
    this.arena = arena;
    int components = prior.components();
    int dim = prior.dim();
    MemorySegment given =
        prior instanceof DataSet points ? points.readInPlace().orElse(null) : null;
    double[] mean = given == null ? prior.mean() : new double[dim]; // centred nowhere
    inPlace = given != null;
    centre = Column.floats(arena, dim);
    for (int j = 0; j < dim; j++) {
      Column.set(centre, j, mean[j]);
    }
    means = given == null ? Column.floats(arena, (long) components * dim) : given;
    boolean equal = prior instanceof DataSet points && points.equalWeights();
    logWeights = new double[equal ? 1 : components];
    for (int k = 0; k < logWeights.length; k++) {
      logWeights[k] = StrictMath.log(prior.weight(k));
    }
    fillMeans(given == null);
  }

  /** Row by row over arrays: code that is not compiled yet is slow over segments. */
  private void fillMeans(boolean centring) {
    int dim = prior.dim();
    double[] row = new double[dim];
    float[] centred = new float[dim];
    float[] rounded = new float[dim];
    Column.read(centre, 0, rounded);
    for (int k = 0; k < prior.components(); k++) {
      prior.copyMean(k, row);
      requireRepresentable(row, k);
      if (centring) {
        subtract(row, rounded, centred);
        Column.write(centred, means, (long) k * dim);
      }
    }
  }

  /** The rounded centre: what a kernel subtracts from x is the same number. */
  private static void subtract(double[] row, float[] rounded, float[] centred) {
    for (int j = 0; j < row.length; j++) {
      centred[j] = (float) (row[j] - rounded[j]);
    }
  }

  private static void requireRepresentable(double[] row, int k) {
    for (double value : row) {
      if (Math.abs(value) > Float.MAX_VALUE / 2) { // half, so that differences are finite too
        throw new InvalidInputException(
            "prior: found "
                + value
                + " in component "
                + k
                + ", allowed: up to 1.7e38 in float32 (reference takes float64)");
      }
    }
  }

  /** Copies what kernels need of {@code prior} into {@code arena}. */
  public static PriorTable of(Prior prior, Arena arena) {
    return switch (prior) {
      case DataSet points -> new IsotropicTable(points, new double[1], arena);
      case GaussianMixture mixture ->
          switch (mixture.covariance()) {
            case Covariance.Isotropic(double[] variances) ->
                new IsotropicTable(mixture, shared(variances), arena);
            case Covariance.Diagonal(double[] variances) ->
                new DiagonalTable(mixture, variances, arena);
            case Covariance.LowRank(double[] _, int _, double[] floor) ->
                new LowRankTable(mixture, floor, arena);
            case Covariance.Full _ -> new FullTable(mixture, arena);
          };
    };
  }

  /** One number where all components agree. */
  private static double[] shared(double[] variances) {
    for (double variance : variances) {
      if (variance != variances[0]) {
        return variances;
      }
    }
    return new double[] {variances[0]};
  }

  /** An empty table of a level, to be filled and filled again. */
  public abstract LevelTable newLevel(Arena arena);

  /** An empty table of a reverse step. */
  public abstract ReverseTable newReverse(Arena arena);

  /** An empty table of a grid of levels. */
  public abstract BlindTable newBlind(int levels, Arena arena);

  public Kind kind() {
    return kind;
  }

  public int components() {
    return prior.components();
  }

  public int dim() {
    return prior.dim();
  }

  /** Columns of the basis: r for low rank, d for full, 0 for the others. */
  public int rank() {
    return 0;
  }

  /** d numbers: the prior's mean, subtracted from every component's; zeros in place. */
  public MemorySegment centre() {
    return centre;
  }

  /** {@code K x d}, centred; a data set's own points where it is read in place. */
  public MemorySegment means() {
    return means;
  }

  /** {@code K x d x rank} with orthonormal columns, or null. */
  public MemorySegment basis() {
    return MemorySegment.NULL;
  }

  /** {@code K x d x rank}: what rounding took from {@link #basis}, or null. */
  public MemorySegment rest() {
    return MemorySegment.NULL;
  }

  /** The means as bytes, made when they are first asked for; null where they are none. */
  public final synchronized @Nullable ByteTable bytes() {
    if (!soughtBytes && kind == Kind.ISOTROPIC) {
      bytes = ByteTable.of(this, arena);
    }
    soughtBytes = true;
    return bytes;
  }

  /** The means in bfloat16, made when they are first asked for; null where kernels take none. */
  public final synchronized @Nullable Bf16Table bf16() {
    if (bf16 == null && kind == Kind.ISOTROPIC) {
      bf16 = new Bf16Table(this, arena);
    }
    return bf16;
  }

  /** The means in 8 bits, once {@link #makeFilter} was called; null where kernels take none. */
  public final @Nullable FilterTable filter() {
    return filter;
  }

  /** Makes {@link #filter}, once, where all components are isotropic with one variance. */
  public final synchronized void makeFilter(Workers workers) {
    if (!soughtFilter) {
      soughtFilter = true; // also where memory does not suffice: not tried for every batch
      filter = newFilter(workers, arena);
    }
  }

  /** Where the filter is kept; null where it is not. */
  public final @Nullable Path filterFile() {
    return prior instanceof DataSet points ? points.filterFile().orElse(null) : null;
  }

  /** The same anew, in an arena whose owner keeps it. */
  public final @Nullable FilterTable newFilter(Workers workers, Arena in) {
    return hasOneVariance() ? FilterTable.of(this, workers, in) : null;
  }

  /** Balls around blocks, once {@link #makeBalls} was called; null where kernels take none. */
  public final @Nullable BallTable balls() {
    return balls;
  }

  /** As {@link #makeFilter}. */
  public final synchronized void makeBalls(Workers workers) {
    if (!soughtBalls) {
      soughtBalls = true;
      balls = hasOneVariance() ? BallTable.of(this, workers, arena) : null;
    }
  }

  /** Rows that could have used a filter or balls until now, with these. */
  public final synchronized long awaitFilter(long rows) {
    return rowsWithoutFilter += rows;
  }

  /** Whether components are isotropic and share their variance. */
  public boolean hasOneVariance() {
    return false;
  }

  /** Mean of {@code alpha^2 |m|^2 / p} over isotropic components of one variance, else 0. */
  public double contrast(LevelTable level) {
    return 0;
  }

  /** Whether the means are a data set's own memory. */
  public final boolean readInPlace() {
    return inPlace;
  }

  /** {@code s^2 / p} of isotropic components that share their variance; else 0. */
  float sharedPull(Level level) {
    return 0;
  }

  /** Whether all weights are the same. */
  final boolean equalWeights() {
    return logWeights.length == 1;
  }

  final double largestLogWeight() {
    return Arrays.stream(logWeights).max().orElseThrow();
  }

  final double logWeight(int k) {
    return logWeights[logWeights.length == 1 ? 0 : k];
  }

  /** Centred mean as kernels see it. */
  final double mean(int k, int j) {
    return Column.get(means, (long) k * dim() + j);
  }
}
