package dev.tweedie.prior;

import dev.tweedie.InvalidInputException;
import dev.tweedie.MappedFile;
import dev.tweedie.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A finite set of points, by default of equal weight: a mixture of K = N components of zero
 * covariance. The points stay where they are (a mapped file, say); a float32 backend keeps its own
 * centred copy, but reads those {@link #inPlace}.
 */
public final class DataSet implements Prior {
  /** From this many numbers on, 1 GiB of them, points are read in place where that is possible. */
  private static final long LARGE = 1L << 28;

  /**
   * Numbers go through an array: code that is not compiled yet is slow over segments. One for each
   * thread, since one for each point would be as much memory as the points.
   */
  private static final int PART_SIZE = 1024;

  private static final ThreadLocal<float[]> PART =
      ThreadLocal.withInitial(() -> new float[PART_SIZE]);

  private final MemorySegment points;
  private final Precision precision;
  private final int size;
  private final int dim;
  private final double @Nullable [] weights;
  private final double[] mean;
  private final boolean inPlace;
  private final @Nullable MappedFile file; // null where there is none
  private final @Nullable DataSetSummary whole; // of which this is a shard, or null
  private final @Nullable Path filterFile; // null where a filter is kept nowhere

  /**
   * Points of equal weight.
   *
   * @param points {@code size x dim} numbers, row-major, not copied; must stay alive
   * @throws InvalidInputException where sizes do not match or a value is not finite
   */
  public DataSet(MemorySegment points, Precision precision, int size, int dim) {
    this(Optional.empty(), points, precision, size, dim);
  }

  /**
   * As {@link #DataSet(MemorySegment, Precision, int, int)}, each point with a weight.
   *
   * @param weights one a point, finite, &gt;= 0, not all zero
   */
  public DataSet(MemorySegment points, Precision precision, int size, int dim, double[] weights) {
    this(Optional.of(weights), points, precision, size, dim);
  }

  private DataSet(
      Optional<double[]> given, MemorySegment points, Precision precision, int size, int dim) {
    if (size < 1 || dim < 1) {
      throw new InvalidInputException(
          "data set: found " + size + " x " + dim + ", allowed: at least one point of dimension 1");
    }
    long expected = (long) size * dim * precision.bytes();
    if (points.byteSize() < expected) {
      throw new InvalidInputException(
          "data set: found " + points.byteSize() + " bytes, allowed: " + expected);
    }
    if (given.isPresent() && given.get().length != size) {
      throw new InvalidInputException(
          "weights: found "
              + given.get().length
              + ", allowed: one for each of "
              + size
              + " points");
    }
    this.points = points;
    this.precision = precision;
    this.size = size;
    this.dim = dim;
    weights = given.map(Weights::normalised).orElse(null);
    file = points.isMapped() ? MappedFile.of(points).orElse(null) : null;
    try {
      mean = weightedMean();
    } catch (InternalError e) {
      throw MappedFile.explain(e);
    }
    this.inPlace = (long) size * dim >= LARGE && isReadable(points, precision);
    this.whole = null;
    this.filterFile = null;
  }

  private DataSet(
      DataSet other,
      double @Nullable [] weights,
      double[] mean,
      boolean inPlace,
      @Nullable DataSetSummary whole,
      @Nullable Path filterFile) {
    points = other.points;
    precision = other.precision;
    size = other.size;
    dim = other.dim;
    file = other.file;
    this.weights = weights;
    this.mean = mean;
    this.inPlace = inPlace;
    this.whole = whole;
    this.filterFile = filterFile;
  }

  /** Whether kernels can read the numbers as they are. */
  private static boolean isReadable(MemorySegment points, Precision precision) {
    return precision == Precision.FLOAT32
        && points.isNative()
        && points.address() % Float.BYTES == 0;
  }

  /**
   * The same points, which float32 backends read where they are and do not copy; so are those of 1
   * GiB and more without being asked. They must then outlive every engine that uses them. They are
   * not centred: bits may differ from those of a copy, and where the points are far from the origin
   * and sigma is small, more rows have their logits evaluated again in float64, which takes longer.
   *
   * @throws InvalidInputException where the points are not float32 in native or mapped memory, at a
   *     multiple of 4 bytes
   */
  public DataSet inPlace() {
    if (!isReadable(points, precision)) {
      throw new InvalidInputException(
          "data set in place: found "
              + (precision == Precision.FLOAT32 ? "heap or unaligned memory" : "float64")
              + ", allowed: aligned float32 in native or mapped memory");
    }
    return new DataSet(this, weights, mean, true, null, filterFile);
  }

  /** What a float32 backend reads instead of a copy of its own; empty where it makes one. */
  public Optional<MemorySegment> readInPlace() {
    return inPlace
        ? Optional.of(points.asSlice(0, (long) size * dim * Float.BYTES).asReadOnly())
        : Optional.empty();
  }

  /**
   * The same points, whose filter ({@code docs/pruning.md}) is kept in a file beside them. Points
   * that are read in place get a filter only so; others are spared making it again. It is read
   * where the file is there, its codes in place, and made and written where it is not, when an
   * engine first needs it: a quarter of the points' size. Results do not depend on it.
   *
   * <p>Before it is used the points are compared with what the file says that it was made of, by
   * SHA-256. A damaged file, one of other points, or one that cannot be written is an {@link
   * InvalidInputException} of the engine that needs it.
   *
   * @param file a {@code .npz}
   */
  public DataSet keepingFilter(Path file) {
    return new DataSet(this, weights, mean, inPlace, whole, file);
  }

  /** Where a filter is kept; empty where it is not. */
  public Optional<Path> filterFile() {
    return Optional.ofNullable(filterFile);
  }

  /**
   * For backends, before they read the points.
   *
   * @throws InvalidInputException where others have written to the file that the points are mapped
   *     from, or cut it
   */
  public void requireUnchanged() {
    if (file != null) {
      file.requireUnchanged();
    }
  }

  /**
   * The same points as one shard of a larger data set, for a {@link
   * dev.tweedie.posterior.ShardPosterior}: centred on the mean of the whole, each with the weight 1
   * / N of the whole, so that its weights do not sum to 1.
   *
   * @throws InvalidInputException where points have weights, or are more than a shard
   */
  public DataSet shardOf(DataSetSummary whole) {
    if (weights != null || size > Kind.SHARD || whole.mean().length != dim) {
      throw new InvalidInputException(
          "shard: found %d %s points of dimension %d, allowed: up to %d of equal weight, of %d"
              .formatted(
                  size,
                  weights == null ? "equal" : "weighted",
                  dim,
                  Kind.SHARD,
                  whole.mean().length));
    }
    return new DataSet(this, null, whole.mean().clone(), false, whole, null);
  }

  /** The data set that this is a shard of; empty where it is none. */
  public Optional<DataSetSummary> whole() {
    return Optional.ofNullable(whole);
  }

  /** Copies {@code points}, {@code size x dim} row-major, equal weights. */
  public static DataSet of(float[] points, int dim) {
    MemorySegment copy = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, points);
    return new DataSet(copy, Precision.FLOAT32, rows(points.length, dim), dim);
  }

  /** Copies {@code points}, {@code size x dim} row-major, equal weights. */
  public static DataSet of(double[] points, int dim) {
    MemorySegment copy = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_DOUBLE, points);
    return new DataSet(copy, Precision.FLOAT64, rows(points.length, dim), dim);
  }

  /**
   * A copy whose points are in another order, with those that lie close to each other side by side.
   * Of such a data set whole blocks are out of reach of a row where sigma is small against the
   * distances between its points, and are then left out without being read: {@code
   * docs/pruning.md}. It is another prior: the same distribution, but sums go in another order, so
   * bits differ from those of this data set, draws choose other points, and responsibilities stand
   * in the new order. The order depends on nothing but the points.
   *
   * <p>Takes as much memory as the points have, and for each of them 8 bytes more while it is made;
   * every doubling of {@code N} adds a pass over them.
   */
  public DataSet clustered() {
    int[] order = PointOrder.of(this);
    long row = (long) dim * precision.bytes();
    MemorySegment copy = Arena.ofAuto().allocate(size * row, 64);
    for (int i = 0; i < size; i++) {
      MemorySegment.copy(points, order[i] * row, copy, i * row, row);
    }
    if (weights == null) {
      return new DataSet(copy, precision, size, dim);
    }
    double[] moved = new double[size];
    for (int i = 0; i < size; i++) {
      moved[i] = weights[order[i]];
    }
    return new DataSet(copy, precision, size, dim, moved);
  }

  /** The same points, not copied, with other weights. */
  public DataSet withWeights(double[] weights) {
    DataSet weighted = new DataSet(points, precision, size, dim, weights);
    return new DataSet(weighted, weighted.weights, weighted.mean, inPlace, null, filterFile);
  }

  private static int rows(int length, int dim) {
    if (dim < 1) {
      throw new InvalidInputException("dimension: found " + dim + ", allowed: at least 1");
    }
    if (length == 0 || length % dim != 0) {
      throw new InvalidInputException(
          "data set: found " + length + " numbers, allowed: a multiple of the dimension " + dim);
    }
    return length / dim;
  }

  /** Shard by shard, as processes can that hold one each. */
  private double[] weightedMean() {
    double[] centre = new double[dim];
    for (int first = 0; first < size; first += Kind.SHARD) {
      add(1, sum(first, Math.min(Kind.SHARD, size - first)), centre);
    }
    for (double sum : centre) {
      if (!Double.isFinite(sum)) { // one number that is not finite makes its sum so
        requireFinite();
        break;
      }
    }
    if (weights == null) {
      for (int j = 0; j < dim; j++) {
        centre[j] /= size;
      }
    }
    return centre;
  }

  /** The sum of {@code count} points in their order, each times its weight where it has one. */
  double[] sum(int first, int count) {
    double[] sum = new double[dim];
    double[] row = new double[dim];
    for (int i = first; i < first + count; i++) {
      copyMean(i, row);
      add(weights == null ? 1 : weights[i], row, sum);
    }
    return sum;
  }

  /** A method of its own for every row: the compiler has it ready long before a loop over rows. */
  private static void add(double weight, double[] row, double[] to) {
    for (int j = 0; j < row.length; j++) {
      to[j] += weight * row[j];
    }
  }

  private void requireFinite() {
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < dim; j++) {
        double value = mean(i, j);
        if (!Double.isFinite(value)) {
          throw new InvalidInputException(
              "data set: found " + value + " in row " + i + ", allowed: finite numbers");
        }
      }
    }
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int components() {
    return size;
  }

  @Override
  public double[] mean() {
    return mean.clone();
  }

  @Override
  public double largestVariance() {
    return 0;
  }

  /** Whether every point has the weight 1 / N. */
  public boolean equalWeights() {
    return weights == null;
  }

  @Override
  public double weight(int k) {
    return weights == null ? 1.0 / (whole == null ? size : whole.size()) : weights[k];
  }

  @Override
  public double mean(int k, int j) {
    long at = (long) k * dim + j;
    return precision == Precision.FLOAT32
        ? points.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at)
        : points.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, at);
  }

  @Override
  public void copyMean(int k, double[] to) {
    long at = (long) k * dim;
    switch (precision) {
      case FLOAT32 -> {
        float[] part = PART.get();
        for (int j = 0; j < dim; j += PART_SIZE) {
          int n = Math.min(PART_SIZE, dim - j);
          MemorySegment.copy(
              points, ValueLayout.JAVA_FLOAT_UNALIGNED, (at + j) * Float.BYTES, part, 0, n);
          widen(part, n, to, j);
        }
      }
      case FLOAT64 ->
          MemorySegment.copy(
              points, ValueLayout.JAVA_DOUBLE_UNALIGNED, at * Double.BYTES, to, 0, dim);
    }
  }

  private static void widen(float[] from, int n, double[] to, int at) {
    for (int j = 0; j < n; j++) {
      to[at + j] = from[j];
    }
  }
}
