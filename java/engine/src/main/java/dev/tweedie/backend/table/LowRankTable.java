package dev.tweedie.backend.table;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;

/** Components {@code N(m_k, U_k diag(l_k) U_k' + tau_k^2 I)}. */
final class LowRankTable extends BasisTable {
  private final double[] floors; // K: tau^2
  private final double[] norms; // K: |m|

  LowRankTable(GaussianMixture prior, double[] floors, Arena arena) {
    super(prior, Kind.LOW_RANK, arena);
    this.floors = floors;
    norms = new double[components()];
    for (int k = 0; k < norms.length; k++) {
      double squares = 0;
      for (int j = 0; j < dim(); j++) {
        squares += mean(k, j) * mean(k, j);
      }
      norms[k] = Math.sqrt(squares);
    }
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
    return new BlindTable(this, levels, floors, spectrum.values(), BlindTable.NONE, arena);
  }

  private final class AtLevel extends SpectralLevel {
    private final double chain = (4 + Math.sqrt(dim()) + Math.sqrt(rank())) * LogitBound.UNIT;

    AtLevel(Arena arena) {
      super(LowRankTable.this, components() * (rank() + 1L), arena);
      int columns = components() * rank();
      bias = Column.floats(arena, components());
      scale = Column.floats(arena, columns);
      shift = Column.floats(arena, components());
      slope = Column.floats(arena, columns);
      pull = Column.floats(arena, components());
      spread = Column.floats(arena, columns);
      floor = Column.floats(arena, components());
    }

    @Override
    void fill(double a, double s, Form form) {
      errors.start();
      for (int k = 0; k < logits.length; k++) {
        double tau = floors[k];
        double q = a * a * tau + s * s;
        double logDet = (dim() - rank()) * StrictMath.log(q);
        Column.setDouble(half, k * (rank() + 1L) + rank(), 0.5 / q);
        Column.set(shift, k, 1 / q);
        Column.set(pull, k, form.gain(a, s, tau));
        Column.set(floor, k, form.spread(a, s, tau));
        for (int e = 0; e < rank(); e++) {
          int at = k * rank() + e;
          double variance = spectrum.value(at) + tau;
          double p = a * a * variance + s * s;
          logDet += StrictMath.log(p);
          Column.setDouble(half, k * (rank() + 1L) + e, 0.5 / p);
          Column.set(scale, at, 1 / Math.sqrt(p));
          Column.set(slope, at, form.gain(a, s, variance));
          double beyond = form == Form.SCORES ? 0 : form.spread(a, s, tau);
          Column.set(spread, at, form.spread(a, s, variance) - beyond);
        }
        logits[k] = logWeight(k) - 0.5 * logDet;
        double steepest = 1 / Math.sqrt(q); // an eigenvalue is never below the floor
        double off = a * norms[k] * steepest;
        errors.add(k, steepest, off, chain * steepest, (chain + 2 * LogitBound.UNIT) * off);
      }
      fillLogits(dim());
    }
  }

  private final class Reverse extends ReverseTable {
    Reverse(Arena arena) {
      keep = Column.floats(arena, components() * rank());
      noise = Column.floats(arena, components() * rank());
      keepRest = Column.floats(arena, components());
      noiseRest = Column.floats(arena, components());
    }

    @Override
    void fill(Level from, Level to, double transitionAlpha, double transitionVariance) {
      for (int k = 0; k < components(); k++) {
        double tau = floors[k];
        double rest = variance(to, tau) / variance(from, tau);
        double restNoise = Math.sqrt(transitionVariance * rest);
        Column.set(keepRest, k, transitionAlpha * rest);
        Column.set(noiseRest, k, restNoise);
        for (int e = 0; e < rank(); e++) {
          int at = k * rank() + e;
          double variance = spectrum.value(at) + tau;
          double shrink = variance(to, variance) / variance(from, variance);
          Column.set(keep, at, transitionAlpha * (shrink - rest));
          Column.set(noise, at, Math.sqrt(transitionVariance * shrink) - restNoise);
        }
      }
    }
  }
}
