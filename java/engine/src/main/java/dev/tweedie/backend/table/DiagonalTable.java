package dev.tweedie.backend.table;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;

/** Components {@code N(m_k, diag(c_k))}. */
final class DiagonalTable extends PriorTable {
  private final double[] variances; // K x d

  DiagonalTable(GaussianMixture prior, double[] variances, Arena arena) {
    super(prior, Kind.DIAGONAL, arena);
    this.variances = variances;
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
    return new BlindTable(this, levels, BlindTable.NONE, variances, BlindTable.NONE, arena);
  }

  private final class AtLevel extends SpectralLevel {
    AtLevel(Arena arena) {
      super(DiagonalTable.this, variances.length, arena);
      bias = Column.floats(arena, components());
      scale = Column.floats(arena, variances.length);
      shift = Column.floats(arena, variances.length);
      slope = Column.floats(arena, variances.length);
      pull = Column.floats(arena, variances.length);
      spread = Column.floats(arena, variances.length);
    }

    @Override
    void fill(double a, double s, Form form) {
      errors.start();
      for (int k = 0; k < logits.length; k++) {
        double logDet = 0;
        double steepest = 0;
        double squares = 0;
        for (int j = 0; j < dim(); j++) {
          int at = k * dim() + j;
          double c = variances[at];
          double p = a * a * c + s * s;
          double root = 1 / Math.sqrt(p);
          double off = a * mean(k, j) * root;
          logDet += StrictMath.log(p);
          steepest = Math.max(steepest, root);
          squares += off * off;
          Column.setDouble(half, at, 0.5 / p);
          Column.set(scale, at, root);
          Column.set(shift, at, off);
          Column.set(slope, at, form.gain(a, s, c));
          Column.set(pull, at, mean(k, j) * form.share(a, s, c));
          Column.set(spread, at, form.spread(a, s, c));
        }
        logits[k] = logWeight(k) - 0.5 * logDet;
        double norm = Math.sqrt(squares);
        errors.add(k, steepest, norm, 0, 2 * LogitBound.UNIT * norm);
      }
      fillLogits(dim());
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
      for (int at = 0; at < variances.length; at++) {
        double shrink = variance(to, variances[at]) / variance(from, variances[at]);
        Column.set(keep, at, transitionAlpha * shrink);
        Column.set(pull, at, to.alpha() * transitionVariance / variance(from, variances[at]));
        Column.set(noise, at, Math.sqrt(transitionVariance * shrink));
      }
    }
  }
}
