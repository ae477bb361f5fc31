package dev.tweedie.backend.reference;

/**
 * Philox4x32-10 as Salmon et al. 2011 define it in section 3.3, on 64-bit whole numbers: written
 * from the paper alone, so that the oracle borrows nothing from what it judges.
 */
public final class PaperPhilox {
  private static final int ROUNDS = 10;

  /** Table 2 of the paper: the multipliers of Philox4x32. */
  private static final long[] MULTIPLIERS = {0xD2511F53L, 0xCD9E8D57L};

  /** By which the key's words grow after each round: the golden ratio, and sqrt(3) - 1. */
  private static final long[] WEYL = {0x9E3779B9L, 0xBB67AE85L};

  private static final long WORD = 0xffffffffL;

  private PaperPhilox() {}

  /**
   * Four random words.
   *
   * @param counter four words: L_0, R_0, L_1, R_1 of the paper
   * @param key both words, the first in the low half
   */
  public static void words(int[] counter, long key, int[] words) {
    long[] x = new long[4];
    for (int i = 0; i < 4; i++) {
      x[i] = Integer.toUnsignedLong(counter[i]);
    }
    long[] k = {low(key), high(key)};
    for (int round = 0; round < ROUNDS; round++) {
      long first = MULTIPLIERS[0] * x[0]; // below 2^64: read as unsigned
      long second = MULTIPLIERS[1] * x[2];
      x =
          new long[] {
            high(second) ^ x[1] ^ k[0], low(second), high(first) ^ x[3] ^ k[1], low(first)
          };
      for (int i = 0; i < 2; i++) {
        k[i] = low(k[i] + WEYL[i]);
      }
    }
    for (int i = 0; i < 4; i++) {
      words[i] = (int) x[i];
    }
  }

  private static long high(long product) {
    return product >>> 32;
  }

  private static long low(long product) {
    return product & WORD;
  }
}
