package dev.tweedie.bench;

import dev.tweedie.Numerics;
import dev.tweedie.PairCount;
import dev.tweedie.bench.states.ScoreWork;
import java.util.Set;

/**
 * Of the pairs of rows and components of a case, the share that its filter leaves out. Counted in
 * this process by calls that nobody times; the same at every run.
 */
final class Skipped {
  private static final Set<String> SUITES = Set.of("ScoreBench", "CurvatureBench", "SamplerBench");

  /** Rows of a prior before it gets a filter, and as many again. */
  private static final int ROWS = 128;

  private Skipped() {}

  /** Of 1; NaN where no filter was asked. */
  static double share(Case what) {
    if (!what.isOurs()
        || what.mode() != Numerics.EXACT
        || !SUITES.contains(what.suite().substring(what.suite().lastIndexOf('.') + 1))) {
      return Double.NaN;
    }
    try {
      TurnsBench.Side side = TurnsBench.Side.of(what);
      try {
        return side.state().engine().backend().hasFilter() ? share(what, side) : Double.NaN;
      } finally {
        side.state().close();
      }
    } catch (Throwable e) { // a method handle's; who times the case says what is wrong
      return Double.NaN;
    }
  }

  private static double share(Case what, TurnsBench.Side side) throws Throwable {
    boolean chain = what.op().equals(Families.SAMPLE); // many calls of its own
    int calls = chain ? 1 : 1 + ROWS / ScoreWork.parse(what.work()).rows();
    for (int i = 1; i < calls; i++) {
      side.op().invoke();
    }
    PairCount before = side.state().engine().pairs();
    side.op().invoke();
    PairCount after = side.state().engine().pairs();
    long all = after.all() - before.all();
    return all == 0 ? Double.NaN : (double) (after.skipped() - before.skipped()) / all;
  }
}
