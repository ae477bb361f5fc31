package dev.tweedie.noise;

/**
 * Philox4x32 of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC
 * 2011), section 3.3: the mirror of {@code native/common/philox.h}.
 */
public final class Philox {
  /** The contract's generator is Philox4x32-10. */
  public static final int ROUNDS = 10;

  public static final int M0 = 0xd2511f53;
  public static final int M1 = 0xcd9e8d57;

  /** The golden ratio and sqrt(3) - 1, by which the key grows each round. */
  public static final int W0 = 0x9e3779b9;

  public static final int W1 = 0xbb67ae85;

  private Philox() {}

  /**
   * Turns a counter into four random words.
   *
   * @param words the words to write, at least 4
   */
  public static void words(int x0, int x1, int x2, int x3, long key, int rounds, int[] words) {
    int key0 = (int) key;
    int key1 = (int) (key >>> 32);
    for (int round = 0; round < rounds; round++) {
      long p = (x0 & 0xffffffffL) * (M0 & 0xffffffffL);
      long q = (x2 & 0xffffffffL) * (M1 & 0xffffffffL);
      x0 = (int) (q >>> 32) ^ x1 ^ key0;
      x1 = (int) q;
      x2 = (int) (p >>> 32) ^ x3 ^ key1;
      x3 = (int) p;
      key0 += W0;
      key1 += W1;
    }
    words[0] = x0;
    words[1] = x1;
    words[2] = x2;
    words[3] = x3;
  }
}
