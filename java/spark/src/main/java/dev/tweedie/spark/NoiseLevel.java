package dev.tweedie.spark;

import dev.tweedie.schedule.Level;
import java.io.Serializable;

/** A level that travels. */
record NoiseLevel(double alpha, double sigma) implements Serializable {
  static NoiseLevel of(Level level) {
    return new NoiseLevel(level.alpha(), level.sigma());
  }

  Level level() {
    return sigma == 0 && alpha == 1 ? Level.CLEAN : Level.of(alpha, sigma);
  }
}
