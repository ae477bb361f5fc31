package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import dev.tweedie.noise.NoiseAddress;
import java.io.Serializable;

/** Noise of a draw, from row 0 on, as it travels. */
record NoiseOfRows(long seed, int stream, int step) implements Serializable {
  /**
   * @param at of row 0
   */
  static NoiseOfRows of(NoiseAddress at) {
    if (at.block() != 0 || at.row() != 0) {
      throw new InvalidInputException("noise: found " + at + ", allowed: row 0 and block 0");
    }
    return new NoiseOfRows(at.seed(), at.stream(), at.step());
  }

  /** Of the rows from {@code first} on. */
  NoiseAddress from(long first) {
    return NoiseAddress.of(seed, stream, step).skipRows(first);
  }
}
