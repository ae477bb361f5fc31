package dev.tweedie.cli;

import dev.tweedie.Mutator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged words through the command line's own parsers: understood, or refused in one line. */
class WordsFuzzTest {
  private static final int ROUNDS = 3000;

  private static void fuzz(long seed, int rounds, Consumer<String> parser, String... good) {
    Mutator mutator =
        new Mutator(
            Arrays.stream(good).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList(), seed);
    for (int round = 0; round < rounds; round++) {
      String text = mutator.nextText();
      Throwable thrown = null;
      try {
        parser.accept(text);
      } catch (Throwable e) { // whatever it is
        thrown = e;
      }
      String name = "seed %d round %d of %s".formatted(seed, round, good[0]);
      Mutator.checkWords(name, text.getBytes(StandardCharsets.UTF_8), thrown);
    }
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
