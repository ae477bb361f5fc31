package dev.tweedie;

import dev.tweedie.blind.LevelPrior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.restore.Measurements;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.ScheduleSpec;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged words through every parser of them: each is understood, or refused in one line. */
class SpecFuzzTest {
  private static final int ROUNDS = 200;

  private static void fuzz(long seed, int rounds, Consumer<String> parser, String... good) {
    List<byte[]> seeds =
        Arrays.stream(good).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();
    Mutator mutator = new Mutator(seeds, seed);
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
    fuzz(
        seed,
        rounds,
        text -> ScheduleSpec.parse(text, OptionalInt.of(3)),
        "vp-linear:20:0.001:0.5",
        "vp-cosine:20",
        "fesl:10",
        "karras:0.02:80:7",
        "ou:5");
    fuzz(seed, rounds, Samplers::parse, "ddpm:beta", "ddim:0.5", "euler", "dpmpp-2m", "mixture");
    fuzz(seed, rounds, text -> LevelPrior.parse(text, 16), "power:1:0.01:10:64");
    fuzz(seed, rounds, Builtin::parse, "two-points", "circle8");
    try (Engine engine = Engine.open("java", 1)) {
      fuzz(
          seed,
          rounds,
          text -> Measurements.parse(text, engine, 8, 6),
          "inpaint:1:1:3:3",
          "missing:0.5:7",
          "superres:2",
          "blur:3",
          "random:0.25:7");
    }
  }

  @Test
  void everyDamagedSpecIsUnderstoodOrRefused() {
    all(28, ROUNDS);
  }

  @Test
  @Tag("slow")
  void everyDamagedSpecIsUnderstoodOrRefusedForLong() {
    all(29, 100 * ROUNDS);
  }
}
