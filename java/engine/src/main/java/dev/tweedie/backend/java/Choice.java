package dev.tweedie.backend.java;

import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Philox;

/** The uniform numbers by which a later block or shard replaces the component chosen before. */
public final class Choice {
  private static final int OF_BLOCK = 1 << 31;
  private static final int OF_SHARD = 1 << 30;

  private final NoiseKernels kernels;

  Choice(NoiseKernels kernels) {
    this.kernels = kernels;
  }

  /** One for each of {@code count} rows of the batch from {@code row} on. */
  void ofBlock(NoiseAddress noise, int block, long row, int count, float[] out) {
    int first = (int) (noise.row() + row);
    kernels.firstUniforms(
        noise.seed(),
        noise.stream() ^ OF_BLOCK,
        noise.step(),
        first,
        noise.block() + block,
        count,
        out);
  }

  /**
   * One for a row of the batch, where a shard of that number is merged.
   *
   * @param words room for 4
   */
  public static float ofShard(NoiseAddress noise, int shard, long row, int[] words) {
    Philox.words(
        shard,
        (int) (noise.row() + row),
        noise.stream() ^ OF_SHARD,
        noise.step(),
        noise.seed(),
        Philox.ROUNDS,
        words);
    return Formula.uniform(words[0]);
  }
}
