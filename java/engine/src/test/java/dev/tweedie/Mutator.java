package dev.tweedie;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Damages good inputs in the ways that files and words are damaged, and that readers stumble over:
 * flipped bits, cut and repeated parts, parts of another input, and the numbers that overflow.
 * Every case follows from its seed and its number.
 */
public final class Mutator {
  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    2,
    7,
    8,
    63,
    64,
    65,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    65536,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 31,
    (1L << 32) - 1,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };
  private static final String[] WORDS = {
    "",
    "0",
    "-1",
    "1e400",
    "NaN",
    "Infinity",
    "-0.0",
    "1e-320",
    "99999999999999999999",
    ":",
    "::",
    ",",
    "=",
    "x",
    "-",
    "\u0000",
    "\u001b[2J",
    "\u202e",
    "list:/dev/null",
    "1000001",
    "2147483648",
    "'",
    "(",
    ")",
    "\n",
    "é"
  };

  private final List<byte[]> seeds;
  private final SplittableRandom random;

  /**
   * @param seeds good inputs, one or more
   */
  public Mutator(List<byte[]> seeds, long seed) {
    this.seeds = List.copyOf(seeds);
    this.random = new SplittableRandom(seed);
  }

  /** The next damaged input; one in twenty is whole. */
  public byte[] next() {
    byte[] bytes = pick().clone();
    for (int times = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(4); times > 0; times--) {
      bytes = mutate(bytes);
    }
    return bytes;
  }

  /** As {@link #next}, of seeds that are words, with words that numbers are parsed of. */
  public String nextText() {
    String text = new String(pick(), StandardCharsets.UTF_8);
    for (int times = random.nextInt(4); times > 0; times--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(4));
      String word = WORDS[random.nextInt(WORDS.length)];
      text = text.substring(0, at) + word + text.substring(end);
    }
    return text;
  }

  private byte[] pick() {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] mutate(byte[] bytes) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(8)) {
      case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> bytes[at] = (byte) random.nextInt();
      case 3 -> put(bytes, at, NUMBERS[random.nextInt(NUMBERS.length)], random.nextInt(4));
      case 4 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 5 -> { // a part twice, or left out
        int from = random.nextInt(bytes.length);
        return join(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, from, bytes.length));
      }
      case 6 -> { // the head of one and the tail of another
        byte[] other = pick();
        int from = random.nextInt(other.length + 1);
        return join(Arrays.copyOf(bytes, at), Arrays.copyOfRange(other, from, other.length));
      }
      default -> { // a decimal number in a text becomes another
        byte[] digits =
            Long.toString(NUMBERS[random.nextInt(NUMBERS.length)]).getBytes(StandardCharsets.UTF_8);
        for (int i = at; i < bytes.length; i++) {
          if (bytes[i] >= '0' && bytes[i] <= '9') {
            byte[] tail = Arrays.copyOfRange(bytes, i + 1, bytes.length);
            return join(join(Arrays.copyOf(bytes, i), digits), tail);
          }
        }
      }
    }
    return bytes;
  }

  /** A number of 1, 2, 4 or 8 bytes, in either order. */
  private void put(byte[] bytes, int at, long number, int log) {
    int size = 1 << log;
    boolean big = random.nextBoolean();
    for (int i = 0; i < size && at + i < bytes.length; i++) {
      bytes[at + i] = (byte) (number >> 8 * (big ? size - 1 - i : i));
    }
  }

  private static byte[] join(byte[] head, byte[] tail) {
    byte[] both = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, both, head.length, tail.length);
    return both;
  }

  /** Every file below a folder of the test resources that has one of these endings. */
  public static List<byte[]> files(Path folder, String... endings) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<byte[]> found = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        if (Stream.of(endings).anyMatch(file.toString()::endsWith)) {
          found.add(Files.readAllBytes(file));
        }
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Fails unless a reader took the input or refused it in one short line that a terminal can show.
   *
   * @param name of the case, so that it can be run again
   */
  public static void check(String name, byte[] input, Throwable thrown) {
    String message = thrown == null ? "" : String.valueOf(thrown.getMessage());
    if (message.matches("(?s).*[\\p{Cntrl}\\u202e].*")) {
      throw broken(name, input, thrown);
    }
    checkWords(name, input, thrown);
  }

  /**
   * As {@link #check}, where what a user typed may be repeated as it is; who prints it cleans it.
   */
  public static void checkWords(String name, byte[] input, Throwable thrown) {
    boolean refused = thrown instanceof InvalidInputException;
    if (thrown != null && (!refused || String.valueOf(thrown.getMessage()).length() > 2000)) {
      throw broken(name, input, thrown);
    }
  }

  private static AssertionError broken(String name, byte[] input, Throwable thrown) {
    String bytes = HexFormat.of().formatHex(input, 0, Math.min(2000, input.length));
    return new AssertionError(
        "%s broke a reader; keep its %d bytes in the corpus: %s"
            .formatted(name, input.length, bytes),
        thrown);
  }
}
