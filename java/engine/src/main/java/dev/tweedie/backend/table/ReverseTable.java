package dev.tweedie.backend.table;

import dev.tweedie.schedule.Level;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The scalars of the exact reverse kernel from one level to a cleaner one: {@code tweedie_reverse}
 * (mathematics of Li et al., Prop. 1: given its component, x_u is Gaussian).
 */
public abstract class ReverseTable {
  private @Nullable Level from;
  private @Nullable Level to;
  MemorySegment keep = MemorySegment.NULL;
  MemorySegment pull = MemorySegment.NULL;
  MemorySegment noise = MemorySegment.NULL;
  MemorySegment keepRest = MemorySegment.NULL;
  MemorySegment noiseRest = MemorySegment.NULL;

  /** Makes this the table of the step {@code from -> to}; {@code to} may be {@link Level#CLEAN}. */
  public final void fill(Level from, Level to) {
    if (!Objects.equals(from, this.from) || !Objects.equals(to, this.to)) {
      this.from = null;
      fill(from, to, from.transitionAlpha(to), from.transitionVariance(to));
      this.from = from;
      this.to = to;
    }
  }

  abstract void fill(Level from, Level to, double transitionAlpha, double transitionVariance);

  /** {@code alpha^2 c + sigma^2}. */
  static double variance(Level level, double c) {
    return level.alpha() * level.alpha() * c + level.sigma() * level.sigma();
  }

  public Level from() {
    return Objects.requireNonNull(from);
  }

  public Level to() {
    return Objects.requireNonNull(to);
  }

  public MemorySegment keep() {
    return keep;
  }

  public MemorySegment pull() {
    return pull;
  }

  public MemorySegment noise() {
    return noise;
  }

  public MemorySegment keepRest() {
    return keepRest;
  }

  public MemorySegment noiseRest() {
    return noiseRest;
  }

  /** 0 where the columns of an isotropic table hold one shared number, else 1. */
  public int stride() {
    return 1;
  }
}
