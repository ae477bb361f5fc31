package dev.tweedie.backend.table;

import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;

/** Components {@code N(m_k, U_k diag(l_k) U_k' + tau_k^2 I)}. */
final class LowRankTable extends BasisTable {
  private final double[] floors; // K: tau^2

  LowRankTable(GaussianMixture prior, double[] floors, Arena arena) {
    super(prior, Kind.LOW_RANK, arena);
    this.floors = floors;
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
    return new BlindTable(this, levels, floors, spectrum.values(), null, arena);
  }

  private final class AtLevel extends LevelTable {
    private final double[] logits = new double[components()];

    AtLevel(Arena arena) {
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
    void fill(double a, double s) {
      for (int k = 0; k < logits.length; k++) {
        double tau = floors[k];
        double q = a * a * tau + s * s;
        double logDet = (dim() - rank()) * StrictMath.log(q);
        Column.set(shift, k, 1 / q);
        Column.set(pull, k, a * tau / q);
        Column.set(floor, k, s * s * tau / q);
        for (int e = 0; e < rank(); e++) {
          int at = k * rank() + e;
          double variance = spectrum.values()[at] + tau;
          double p = a * a * variance + s * s;
          logDet += StrictMath.log(p);
          Column.set(scale, at, 1 / Math.sqrt(p));
          Column.set(slope, at, a * variance / p);
          Column.set(spread, at, s * s * (variance / p - tau / q));
        }
        logits[k] = logWeight(k) - 0.5 * logDet;
      }
      fillBias(logits, dim());
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
          double variance = spectrum.values()[at] + tau;
          double shrink = variance(to, variance) / variance(from, variance);
          Column.set(keep, at, transitionAlpha * (shrink - rest));
          Column.set(noise, at, Math.sqrt(transitionVariance * shrink) - restNoise);
        }
      }
    }
  }
}
