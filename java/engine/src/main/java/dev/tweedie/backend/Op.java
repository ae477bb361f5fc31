package dev.tweedie.backend;

import dev.tweedie.InvalidInputException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The operations of a {@link Backend}, each one public method of it whose Javadoc is the op's card.
 * Checks, benchmarks, their costs and the command's help are written over this list, so that the
 * compiler or the completeness test names what a new op still lacks.
 */
public enum Op {
  UNIFORM(Family.NOISE, "uniform", "uniform"),
  NORMAL(Family.NOISE, "normal", "normal"),
  APPLY(Family.NOISE, "apply", "apply"),
  STEP(Family.STEP, "step", "step"),
  STEP_ROWS(Family.STEP, "stepRows", "step"),
  RESIDUAL(Family.STEP, "residual", "residual"),
  GEMM(Family.GEMM, "gemm", "gemm"),
  EVALUATE(Family.SCORE, "evaluate", "evaluate"),
  COVARIANCE_TIMES(Family.CURVATURE, "covarianceTimes", "covariance_times"),
  HESSIAN_TIMES(Family.CURVATURE, "hessianTimes", "covariance_times"), // with other columns
  DRAW(Family.DRAW, "draw", "draw"),
  BLIND(Family.BLIND, "blind", "blind");

  /** Ops that share kernels, and so files of the same name on every back end. */
  public enum Family {
    NOISE,
    STEP,
    GEMM,
    SCORE,
    CURVATURE,
    DRAW,
    BLIND;

    /** As files and options spell it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Names of its ops. */
    public List<String> ops() {
      return Arrays.stream(Op.values()).filter(op -> op.family == this).map(Op::toString).toList();
    }
  }

  private final Family family;
  private final String method;
  private final String kernel;

  Op(Family family, String method, String kernel) {
    this.family = family;
    this.method = method;
    this.kernel = kernel;
  }

  public Family family() {
    return family;
  }

  /** How its rows in {@code native/include/ops.def} begin. */
  public String kernel() {
    return kernel;
  }

  /** The name of its method, which is its name everywhere. */
  @Override
  public String toString() {
    return method;
  }

  /** Names of all ops. */
  public static List<String> names() {
    return Arrays.stream(values()).map(Op::toString).toList();
  }

  /**
   * The op of this name.
   *
   * @throws InvalidInputException where there is none, with all names
   */
  public static Op parse(String name) {
    for (Op op : values()) {
      if (op.method.equals(name)) {
        return op;
      }
    }
    throw new InvalidInputException("op: found '" + name + "', allowed: " + names());
  }
}
