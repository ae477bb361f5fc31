package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Real runs of JMH, short ones. */
class JmhTest {
  private static final Case LITTLE = Case.of("uniform", "16384", "java:vector", 1);
  private static final Case MUCH = Case.of("uniform", "4194304", "java:vector", 1);

  /** 256 times the work; whoever mixed the turns up would find the same time for both. */
  @Test
  void everyOfTwoCasesInTurnGetsItsOwnTime() {
    Jmh jmh = new Jmh(true);
    Measurements.Pair pair = jmh.inTurn(LITTLE, MUCH, 1);
    assertNull(pair.one().reason());
    assertTrue(8 * pair.one().ns() < pair.other().ns(), pair.toString());
    Measurements.Pair turned = jmh.inTurn(MUCH, LITTLE, 1);
    assertTrue(8 * turned.other().ns() < turned.one().ns(), turned.toString());
  }

  /**
   * A rate instead of a time would be far below; with fewer cores than engines, one engine's own
   * time above. The factors leave room for other load on either side, and for engines that share a
   * core's units.
   */
  @Test
  void callsOfEnginesSideBySideAreCountedTogether() {
    Jmh jmh = new Jmh(true);
    double alone = jmh.time(LITTLE, false).ns();
    double together = jmh.sideBySide(LITTLE, 4, 1).ns();
    int cores = Math.min(4, Runtime.getRuntime().availableProcessors());
    assertTrue(together > alone / cores / 2, alone + " alone, " + together);
    assertTrue(together < 1.5 * alone, alone + " alone, " + together);
  }

  @Test
  void whatCannotRunHasAReasonInsteadOfATime() {
    Case none = LITTLE.on("cpu:none");
    String reason = new Jmh(true).inTurn(LITTLE, none, 1).one().reason();
    assertTrue(reason.contains("cpu:none"), reason);
    assertTrue(new Jmh(true).time(none, false).absent());
  }

  @Test
  void aCaseIsReadAsItIsWritten() {
    Case what = Case.of("evaluate", "mnist:256x784x9000@1/0.2", "cpu:avx512", 2).fast();
    assertEquals(what, Case.parse(what.text()));
  }
}
