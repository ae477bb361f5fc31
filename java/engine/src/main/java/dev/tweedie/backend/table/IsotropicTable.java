package dev.tweedie.backend.table;

import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Components {@code N(m_k, c_k I)}; a data set is the case {@code c_k = 0}. */
final class IsotropicTable extends PriorTable {
  /**
   * From here on {@code |a m|^2 / (2 p)}, which what is taken from the logits has as its own, would
   * cost the evidence digits of float64. Taken without it, it is in the bound: every row is
   * refined.
   */
  private static final double MOST_TAKEN = 1 << 20;

  /** Times the norm of a row whose square is finite no overflow. */
  private static final double LARGEST_NORM = 1e18;

  private final double[] variances; // K, or one shared by all
  private final double[] squaredNorms;
  private final double largestNorm;
  private final DataSetSummary.@Nullable Squares
      squares; // of the whole, of which this is a shard, or null
  private final double meanSquare;

  IsotropicTable(Prior prior, double[] variances, Arena arena) {
    super(prior, Kind.ISOTROPIC, arena);
    this.variances = variances;
    squaredNorms = new double[prior.components()];
    double largest = 0;
    double sum = 0;
    float[] row = new float[dim()];
    for (int k = 0; k < squaredNorms.length; k++) {
      Column.read(means(), (long) k * dim(), row);
      squaredNorms[k] = DataSetSummary.squaredNorm(row);
      largest = Math.max(largest, squaredNorms[k]);
      sum += squaredNorms[k];
    }
    DataSetSummary whole = prior instanceof DataSet points ? points.whole().orElse(null) : null;
    squares = whole == null ? null : whole.squares();
    largestNorm = Math.sqrt(squares == null ? largest : squares.largest());
    meanSquare = sum / squaredNorms.length;
  }

  @Override
  public LevelTable newLevel(Arena arena) {
    return new AtLevel(arena);
  }

  @Override
  public ReverseTable newReverse(Arena arena) {
    return new Reverse(arena);
  }

  @Override
  public BlindTable newBlind(int levels, Arena arena) {
    return new BlindTable(this, levels, variances, BlindTable.NONE, BlindTable.NONE, arena);
  }

  @Override
  public boolean hasOneVariance() {
    return variances.length == 1;
  }

  @Override
  public double contrast(LevelTable level) {
    double alpha = level.level().alpha();
    return hasOneVariance()
        ? 2 * Column.getDouble(level.half(), 0) * alpha * alpha * meanSquare
        : 0;
  }

  @Override
  float sharedPull(Level level) {
    return variances.length > 1
        ? 0
        : (float) Form.MEANS.share(level.alpha(), level.sigma(), variances[0]);
  }

  private final class AtLevel extends LevelTable {
    private final double[] logits = new double[components()];

    /** Without what the means add. */
    private final double[] direct = new double[components()];

    private final MemorySegment constant;
    private final MemorySegment half;
    private float reach;
    private float bound;
    private float widestHalf;

    AtLevel(Arena arena) {
      bias = Column.floats(arena, components());
      scale = Column.floats(arena, variances.length);
      shift = Column.floats(arena, variances.length);
      slope = Column.floats(arena, variances.length);
      pull = Column.floats(arena, variances.length);
      spread = Column.floats(arena, variances.length);
      half = Column.doubles(arena, variances.length);
      constant = Column.doubles(arena, constantStride() == 0 ? 1 : components());
    }

    @Override
    void fill(double a, double s, Form form) {
      double smallest = Double.POSITIVE_INFINITY;
      for (int k = 0; k < variances.length; k++) {
        double c = variances[k];
        double p = a * a * c + s * s;
        smallest = Math.min(smallest, p);
        Column.set(scale, k, a / p);
        Column.set(shift, k, 0.5 / p);
        Column.setDouble(half, k, 0.5 / p);
        Column.set(slope, k, form.gain(a, s, c));
        Column.set(pull, k, form.share(a, s, c));
        Column.set(spread, k, form.spread(a, s, c));
      }
      reach = (float) (largestNorm * a / smallest);
      widestHalf = stride() == 0 ? 0 : (float) (0.5 / smallest);
      fillBiases(a, s);
    }

    private void fillBiases(double a, double s) {
      double shared = 0.5 * dim() * StrictMath.log(a * a * variances[0] + s * s);
      for (int k = 0; k < logits.length; k++) {
        double p = a * a * variances[stride() * k] + s * s;
        double logDet = stride() == 0 ? shared : 0.5 * dim() * StrictMath.log(p);
        direct[k] = logWeight(k) - logDet;
        logits[k] = direct[k] - 0.5 * a * a * squaredNorms[k] / p;
      }
      if (squares != null) {
        fillBiasesOfShard(squares, a, s, shared);
        return;
      }
      double most = Arrays.stream(logits).max().orElseThrow();
      double mostDirect = Arrays.stream(direct).max().orElseThrow();
      fillBias(logits, mostDirect - most < MOST_TAKEN ? most : mostDirect, dim());
      double largest = largestBias(dim());
      float widest = 0;
      for (int k = 0; k < logits.length; k++) {
        if (k == 0 || constantStride() == 1) {
          Column.setDouble(constant, k, direct[k] - largest);
        }
        if (!Double.isInfinite(logits[k])) {
          widest = Math.max(widest, (float) (largest - logits[k]));
        }
      }
      bound = leavesFloat32(a) ? Float.POSITIVE_INFINITY : widest;
    }

    /** Whether products or columns may overflow: then every logit is one of float64. */
    private boolean leavesFloat32(double a) {
      double largestHalf = 0;
      for (int k = 0; k < variances.length; k++) {
        largestHalf = Math.max(largestHalf, Column.getDouble(half, k));
      }
      return largestNorm > LARGEST_NORM || 2 * Math.max(a, 1) * largestHalf > Float.MAX_VALUE;
    }

    /** As above, where the largest and the least logit are the whole's. */
    private void fillBiasesOfShard(
        DataSetSummary.Squares squares, double a, double s, double shared) {
      double p = a * a * variances[0] + s * s;
      double most = logit(a, p, shared, squares.least());
      fillBias(logits, direct[0] - most < MOST_TAKEN ? most : direct[0], dim());
      double largest = largestBias(dim());
      Column.setDouble(constant, 0, direct[0] - largest);
      double widest = largest - logit(a, p, shared, squares.largest());
      bound = leavesFloat32(a) ? Float.POSITIVE_INFINITY : (float) widest;
    }

    /** Rounding keeps the order of sums and quotients: the least square has the largest logit. */
    private double logit(double a, double p, double shared, double square) {
      return logWeight(0) - shared - 0.5 * a * a * square / p;
    }

    @Override
    public int stride() {
      return variances.length == 1 ? 0 : 1;
    }

    @Override
    public MemorySegment constant() {
      return constant;
    }

    @Override
    public int constantStride() {
      return variances.length == 1 && logWeights.length == 1 ? 0 : 1;
    }

    @Override
    public MemorySegment half() {
      return half;
    }

    @Override
    public float lift() {
      return stride() == 0 ? (float) (level().alpha() / Column.get(pull, 0)) : super.lift();
    }

    @Override
    public float back() {
      return stride() == 0 ? (float) (2 * Column.getDouble(half, 0)) : super.back();
    }

    @Override
    public float errorScale() {
      return (float) ((8 + 2 * Math.sqrt(dim())) * 0x1p-24);
    }

    @Override
    public float reach() {
      return reach;
    }

    @Override
    public float bound() {
      return bound;
    }

    @Override
    public float widestHalf() {
      return widestHalf;
    }
  }

  private final class Reverse extends ReverseTable {
    Reverse(Arena arena) {
      keep = Column.floats(arena, variances.length);
      pull = Column.floats(arena, variances.length);
      noise = Column.floats(arena, variances.length);
    }

    @Override
    void fill(Level from, Level to, double transitionAlpha, double transitionVariance) {
      for (int k = 0; k < variances.length; k++) {
        double shrink = variance(to, variances[k]) / variance(from, variances[k]);
        Column.set(keep, k, transitionAlpha * shrink);
        Column.set(pull, k, to.alpha() * transitionVariance / variance(from, variances[k]));
        Column.set(noise, k, Math.sqrt(transitionVariance * shrink));
      }
    }

    @Override
    public int stride() {
      return variances.length == 1 ? 0 : 1;
    }
  }
}
