package dev.tweedie.check.export;

import dev.tweedie.backend.reference.PaperPhilox;
import dev.tweedie.io.NdArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Counters and keys of Philox4x32-10 and the words that they give. */
public final class PhiloxVectors {
  /** A counter and a key a line, whose words are published. */
  private static final int[][] PUBLISHED = {
    {0, 0, 0, 0, 0, 0},
    {-1, -1, -1, -1, -1, -1},
    {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0}
  };

  /** Where a word that is held in too few bits, or with a sign, shows: 2^24 + 1 is no float32. */
  private static final int[] EDGES = {
    1, 0xffff, 0x10000, 0x1000001, 0x7fffffff, 0x80000000, -2, -1
  };

  private static final int RANDOM = 1000;

  private PhiloxVectors() {}

  /** counters (n, 4), keys (n, 2) and words (n, 4). */
  public static Map<String, NdArray> all() {
    List<int[]> lines = new ArrayList<>(List.of(PUBLISHED));
    for (int place = 0; place < 6; place++) {
      for (int edge : EDGES) {
        int[] line = new int[6];
        line[place] = edge;
        lines.add(line);
      }
    }
    SplittableRandom random = new SplittableRandom(61);
    for (int i = 0; i < RANDOM; i++) {
      lines.add(random.ints(6).toArray());
    }
    int[] counters = new int[4 * lines.size()];
    int[] keys = new int[2 * lines.size()];
    int[] words = new int[4 * lines.size()];
    int[] counter = new int[4];
    int[] drawn = new int[4];
    for (int i = 0; i < lines.size(); i++) {
      int[] line = lines.get(i);
      System.arraycopy(line, 0, counter, 0, 4);
      PaperPhilox.words(counter, line[4] & 0xffffffffL | (long) line[5] << 32, drawn);
      System.arraycopy(line, 0, counters, 4 * i, 4);
      System.arraycopy(line, 4, keys, 2 * i, 2);
      System.arraycopy(drawn, 0, words, 4 * i, 4);
    }
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    arrays.put("counters", Arrays32.words(counters, lines.size(), 4));
    arrays.put("keys", Arrays32.words(keys, lines.size(), 2));
    arrays.put("words", Arrays32.words(words, lines.size(), 4));
    return arrays;
  }
}
