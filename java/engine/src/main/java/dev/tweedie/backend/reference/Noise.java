package dev.tweedie.backend.reference;

import dev.tweedie.noise.NoiseAddress;

/**
 * Addressed noise in float64: the bits of every backend, through {@link StrictMath} instead of
 * float32 polynomials.
 */
final class Noise {
  private final NoiseAddress at;
  private final int[] words = new int[4];

  Noise(NoiseAddress at) {
    this.at = at;
  }

  /** {@code (bits + 1/2) / 2^32} for the elements of one row of the batch. */
  void uniform(long row, double[] out) {
    for (int j = 0; j < out.length; j++) {
      if (j % 4 == 0) {
        counter(j / 4, row);
      }
      out[j] = uniform(words[j % 4]);
    }
  }

  /** Standard normals for the elements of one row of the batch (Box and Muller 1958). */
  void normal(long row, double[] out) {
    for (int j = 0; j < out.length; j += 2) {
      if (j % 4 == 0) {
        counter(j / 4, row);
      }
      double radius = Math.sqrt(-2 * StrictMath.log(uniform(words[j % 4])));
      double halfTurns = 2 * unsigned(words[j % 4 + 1]) * 0x1p-32;
      out[j] = radius * Trigonometry.cosPi(halfTurns);
      if (j + 1 < out.length) {
        out[j + 1] = radius * Trigonometry.sinPi(halfTurns);
      }
    }
  }

  private void counter(int block, long row) {
    words(at.block() + block, (int) (at.row() + row), at.stream());
  }

  private void words(int block, int row, int stream) {
    PaperPhilox.words(new int[] {block, row, stream, at.step()}, at.seed(), words);
  }

  /** The uniform that decides for row {@code row} of the batch at a counter of its own. */
  double decision(int counter, long row, int streamBit) {
    words(counter, (int) (at.row() + row), at.stream() ^ streamBit);
    return uniform(words[0]);
  }

  private static double uniform(int word) {
    return (unsigned(word) + 0.5) * 0x1p-32;
  }

  private static double unsigned(int word) {
    return word & 0xffffffffL;
  }
}
