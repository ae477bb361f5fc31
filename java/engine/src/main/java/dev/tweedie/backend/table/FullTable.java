package dev.tweedie.backend.table;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;

/** Components {@code N(m_k, U_k diag(l_k) U_k')}, worked on in the eigenbasis. */
final class FullTable extends BasisTable {
  private final double[] projected; // K x d: U_k' m_k

  FullTable(GaussianMixture prior, Arena arena) {
    super(prior, Kind.FULL, arena);
    projected = project();
  }

  private double[] project() {
    int dim = dim();
    double[] basis = spectrum.basis();
    double[] out = new double[components() * dim];
    for (int k = 0; k < components(); k++) {
      for (int j = 0; j < dim; j++) {
        double mean = mean(k, j);
        int row = (k * dim + j) * dim;
        for (int e = 0; e < dim; e++) {
          out[k * dim + e] += basis[row + e] * mean;
        }
      }
    }
    return out;
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
    return new BlindTable(this, levels, BlindTable.NONE, spectrum.values(), projected, arena);
  }

  private final class AtLevel extends SpectralLevel {
    private final double chain = (2 + Math.sqrt(dim())) * LogitBound.UNIT;

    AtLevel(Arena arena) {
      super(FullTable.this, projected.length, arena);
      bias = Column.floats(arena, components());
      scale = Column.floats(arena, projected.length);
      shift = Column.floats(arena, projected.length);
      slope = Column.floats(arena, projected.length);
      spread = Column.floats(arena, projected.length);
    }

    @Override
    void fill(double a, double s, Form form) {
      double[] values = spectrum.values();
      errors.start();
      for (int k = 0; k < logits.length; k++) {
        double logDet = 0;
        double steepest = 0;
        double squares = 0;
        for (int e = 0; e < dim(); e++) {
          int at = k * dim() + e;
          double p = a * a * values[at] + s * s;
          double root = 1 / Math.sqrt(p);
          double off = a * projected[at] * root;
          logDet += StrictMath.log(p);
          steepest = Math.max(steepest, root);
          squares += off * off;
          Column.setDouble(half, at, 0.5 / p);
          Column.set(scale, at, root);
          Column.set(shift, at, off);
          Column.set(slope, at, form.gain(a, s, values[at]) * Math.sqrt(p));
          Column.set(spread, at, form.spread(a, s, values[at]));
        }
        logits[k] = logWeight(k) - 0.5 * logDet;
        double norm = Math.sqrt(squares);
        errors.add(k, steepest, norm, chain * steepest, 2 * LogitBound.UNIT * norm);
      }
      fillLogits(dim());
    }
  }

  private final class Reverse extends ReverseTable {
    Reverse(Arena arena) {
      keep = Column.floats(arena, projected.length);
      noise = Column.floats(arena, projected.length);
    }

    @Override
    void fill(Level from, Level to, double transitionAlpha, double transitionVariance) {
      double[] values = spectrum.values();
      for (int at = 0; at < values.length; at++) {
        double shrink = variance(to, values[at]) / variance(from, values[at]);
        Column.set(keep, at, transitionAlpha * shrink);
        Column.set(noise, at, Math.sqrt(transitionVariance * shrink));
      }
    }
  }
}
