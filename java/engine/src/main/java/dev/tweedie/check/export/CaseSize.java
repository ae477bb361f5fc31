package dev.tweedie.check.export;

import dev.tweedie.backend.Op;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.Checks;
import java.util.ArrayList;
import java.util.List;

/** Which cases of an op there are. */
public enum CaseSize {
  /** Those of {@link #AWKWARD} that take little memory: every kind, and every shard's end. */
  SMALL,
  /** All that hosts are checked with: sizes around lanes, tiles, blocks and shards. */
  AWKWARD,
  /** What only devices are checked with. */
  LARGE;

  /** Of rows, means and responsibilities together. */
  private static final long SMALL_ELEMENTS = 1 << 17;

  /** The cases of an op. */
  public List<CheckCase> cases(Op op) {
    return switch (this) {
      case SMALL -> AWKWARD.cases(op).stream().filter(CaseSize::isSmall).toList();
      case AWKWARD -> Checks.cases(op.toString()).stream().filter(CaseSize::isHeld).toList();
      case LARGE -> Checks.largeCases(op.toString());
    };
  }

  /** Every case that there is. */
  public static List<CheckCase> all(Op op) {
    List<CheckCase> cases = new ArrayList<>(AWKWARD.cases(op));
    cases.addAll(LARGE.cases(op));
    return cases;
  }

  /** Not those of posteriors of which outputs are refused: they have no values. */
  private static boolean isHeld(CheckCase check) {
    boolean posterior =
        switch (Op.parse(check.op())) {
          case EVALUATE, COVARIANCE_TIMES, HESSIAN_TIMES, DRAW, BLIND -> true;
          default -> false;
        };
    return !(posterior && List.of("huge", "longvectors").contains(check.input()));
  }

  private static boolean isSmall(CheckCase check) {
    long rows = check.rows();
    long dim = check.dim();
    long components = check.components();
    return rows * dim + components * dim + rows * components <= SMALL_ELEMENTS;
  }

  /** The folder of a case within an export, unique: {@code evaluate/full-B17-d103-K5-...}. */
  public static String folder(CheckCase check) {
    return "%s/%s-B%d-d%d-K%d-a%s-s%s-%s"
        .formatted(
            check.op(),
            check.kind(),
            check.rows(),
            check.dim(),
            check.components(),
            check.alpha(),
            check.sigma(),
            check.input());
  }
}
