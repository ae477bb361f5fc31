package dev.tweedie.noise;

/**
 * Where noise is, not what it was drawn after: element j of row i is word {@code j % 4} of
 * Philox4x32-10 with key {@code seed} and counter {@code (block + j / 4, row + i, stream, step)}.
 * The four counters are unsigned 32-bit numbers.
 *
 * @param seed 64-bit key of a run
 * @param stream which use of the run: its start, its steps, ...
 * @param step index of the reverse step
 * @param row number of the first row within the whole run
 * @param block number of the first element block
 */
public record NoiseAddress(long seed, int stream, int step, int row, int block) {
  public static NoiseAddress of(long seed, int stream, int step) {
    return new NoiseAddress(seed, stream, step, 0, 0);
  }

  /** The same noise seen from {@code rows} rows further on. */
  public NoiseAddress skipRows(long rows) {
    return new NoiseAddress(seed, stream, step, (int) (row + rows), block);
  }
}
