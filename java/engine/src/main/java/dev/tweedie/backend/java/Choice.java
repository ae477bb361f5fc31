package dev.tweedie.backend.java;

import dev.tweedie.backend.NoiseAddress;

/** The uniform numbers by which a later block or shard replaces the component chosen before. */
final class Choice {
  static final int OF_BLOCK = 1 << 31;
  static final int OF_SHARD = 1 << 30;

  private final int[] words = new int[4];

  /**
   * @param number of the block or shard within all components
   * @param row of the batch
   */
  float uniform(NoiseAddress noise, int number, long row, int use) {
    Philox.words(
        number,
        (int) (noise.row() + row),
        noise.stream() ^ use,
        noise.step(),
        noise.seed(),
        Philox.ROUNDS,
        words);
    return Formula.uniform(words[0]);
  }
}
