package dev.tweedie.backend.table;

import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Components {@code N(m_k, c_k I)}; a data set is the case {@code c_k = 0}. */
final class IsotropicTable extends PriorTable {
  private final double[] variances; // K, or one shared by all
  private final double[] squaredNorms;
  private final double largestNorm;
  private final DataSetSummary.Squares squares; // of the whole, of which this is a shard, or null
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
    DataSetSummary whole = prior instanceof DataSet points ? points.whole() : null;
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
    return new BlindTable(this, levels, variances, null, null, arena);
  }

  @Override
  boolean hasOneVariance() {
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
        logits[k] = logWeight(k) - logDet - 0.5 * a * a * squaredNorms[k] / p;
      }
      if (squares != null) {
        fillBiasesOfShard(a, s, shared);
        return;
      }
      fillBias(logits, dim());
      double largest = largestBias(dim());
      float widest = 0;
      for (int k = 0; k < logits.length; k++) {
        double p = a * a * variances[stride() * k] + s * s;
        double direct = logits[k] + 0.5 * a * a * squaredNorms[k] / p - largest;
        if (k == 0 || constantStride() == 1) {
          Column.setDouble(constant, k, Double.isInfinite(direct) ? NOTHING : direct);
        }
        if (!Double.isInfinite(logits[k])) {
          widest = Math.max(widest, (float) (largest - logits[k]));
        }
      }
      bound = widest;
    }

    /** As above, where the largest and the least logit and the first point are the whole's. */
    private void fillBiasesOfShard(double a, double s, double shared) {
      double p = a * a * variances[0] + s * s;
      double largest = logit(a, p, shared, squares.least());
      fillBias(logits, largest, dim());
      largest = largestBias(dim());
      double first = logit(a, p, shared, squares.first());
      Column.setDouble(constant, 0, first + 0.5 * a * a * squares.first() / p - largest);
      bound = (float) (largest - logit(a, p, shared, squares.largest()));
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
