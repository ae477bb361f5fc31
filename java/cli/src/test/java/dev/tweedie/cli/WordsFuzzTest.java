package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged words through the command line's own parsers: understood, or refused in one line. */
class WordsFuzzTest {
  private static final int ROUNDS = 3000;

  /** What parsers stumble over, put anywhere into a word. */
  private static final String[] PIECES = {
    "",
    ":",
    "::",
    "=",
    ",",
    "-",
    "--",
    "1e999",
    "-1e-999",
    "NaN",
    "Infinity",
    "0",
    "-0",
    "0x1p3",
    "99999999999999999999",
    "\0",
    "\u00e9",
    "\ud800",
    " ",
    "\t",
    "dB",
    "snr",
    "."
  };

  private static void fuzz(long seed, int rounds, Consumer<String> parser, String... good) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < rounds; round++) {
      String text = damaged(good[random.nextInt(good.length)], random);
      try {
        parser.accept(text);
      } catch (InvalidInputException e) {
        assertTrue(e.getMessage().length() <= 2000, () -> shown(text));
      } catch (RuntimeException e) {
        throw new AssertionError(shown(text), e);
      }
    }
  }

  private static String shown(String text) {
    return "a word of UTF-16 units " + text.chars().boxed().toList();
  }

  /** One to four times: a stretch cut out, doubled, or replaced by a piece. */
  private static String damaged(String word, SplittableRandom random) {
    StringBuilder text = new StringBuilder(word);
    for (int left = random.nextInt(1, 5); left > 0; left--) {
      int begin = random.nextInt(text.length() + 1);
      int end = random.nextInt(begin, text.length() + 1);
      switch (random.nextInt(3)) {
        case 0 -> text.delete(begin, end);
        case 1 -> text.insert(end, text.substring(begin, end));
        default -> text.replace(begin, end, PIECES[random.nextInt(PIECES.length)]);
      }
    }
    return text.toString();
  }

  private static void all(long seed, int rounds) {
    fuzz(seed, rounds, LevelSyntax::parse, "alpha=0.8,sigma=0.6", "sigma=0.5", "snr=10dB");
    fuzz(
        seed,
        rounds,
        text -> ImplicitSteps.parse("--steps", text, Spread.OF_A_NETWORK),
        "implicit:0.01:0.01");
    fuzz(seed, rounds, text -> Spread.parse("--levels", text), "4:0.01");
    fuzz(seed, rounds, BlindSampling::step, "blind:exponential:0.1:0.5", "blind:euler-frozen");
  }

  @Test
  void everyDamagedWordIsUnderstoodOrRefused() {
    all(28, ROUNDS);
  }

  @Test
  @Tag("slow")
  void everyDamagedWordIsUnderstoodOrRefusedForLong() {
    all(29, 100 * ROUNDS);
  }
}
