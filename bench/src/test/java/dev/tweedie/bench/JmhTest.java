package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Real runs of JMH, short ones. What they measure depends on the machine's load: no test reads it.
 */
@Tag("long")
class JmhTest {
  private static final Case LITTLE = Case.of("uniform", "16384", "java:vector", 1);
  private static final Case MUCH = Case.of("uniform", "65536", "java:vector", 1);

  @Test
  void everyKindOfRunComesBackWithATime() {
    Jmh jmh = new Jmh(true);
    Timings.Pair pair = jmh.inTurn(LITTLE, MUCH, 1);
    for (Timings.Timing timing :
        new Timings.Timing[] {
          pair.one(), pair.other(), jmh.time(LITTLE, false), jmh.sideBySide(LITTLE, 2, 1)
        }) {
      assertNull(timing.reason());
      assertTrue(timing.ns() > 0, timing.toString());
    }
  }

  /** Whoever mixed the turns up would give each case the other one's time. */
  @Test
  void theFirstOfTwoCasesTakesTheFirstTurn() throws Throwable {
    TurnsBench turns = new TurnsBench();
    turns.one = LITTLE.text();
    turns.other = MUCH.text();
    turns.prepare();
    try {
      for (int i = 0; i < 4; i++) {
        turns.turn();
        Samples called = (Samples) turns.call();
        assertEquals(i % 2 == 0 ? 16384 : 65536, called.rows() * called.dim(), "turn " + i);
      }
    } finally {
      turns.close();
    }
  }

  @Test
  void whatCannotRunHasAReasonInsteadOfATime() {
    Case none = LITTLE.on("cpu:none");
    String reason = new Jmh(true).inTurn(LITTLE, none, 1).one().reason();
    assertTrue(reason.contains("cpu:none"), reason);
    assertTrue(new Jmh(true).time(none, false).absent());
  }

  /** As ours: one that is right has a time, one that is wrong none at all. */
  @Test
  void backendsFromOutsideAreTimedOnceTheyAreRight() {
    Timings.Timing right = new Jmh(true).time(LITTLE.on(BackendsFromOutside.RIGHT), false);
    assertNull(right.reason());
    assertTrue(right.ns() > 0, right.toString());
    Case wrong = LITTLE.on(BackendsFromOutside.WRONG);
    String reason = new Jmh(true).time(wrong, false).reason();
    assertTrue(reason.contains("java:scalar gives"), reason);
  }

  /** From a process of its own. */
  @Test
  void aPeersErrorComesBackWithItsTime() {
    Timings.Timing loops =
        new Jmh(true).time(Case.of("evaluate", "diagonal:9x5x7", "", 1).by("java loops"), false);
    assertNull(loops.reason());
    assertTrue(loops.error() > 0 && loops.error() < 1e-5, "error " + loops.error());
  }

  @Test
  void aCaseIsReadAsItIsWritten() {
    Case what = Case.of("evaluate", "mnist:256x784x9000@1/0.2", "cpu:avx512", 2).in(Numerics.FAST);
    assertEquals(what, Case.parse(what.text()));
  }
}
