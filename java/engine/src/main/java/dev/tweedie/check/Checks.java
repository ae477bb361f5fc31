package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.Pruning;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** All checks, and how one case is judged. */
public final class Checks {
  private Checks() {}

  /**
   * The outcome of one case.
   *
   * @param failure what differs, in one line; empty where the case passes
   * @param error largest error against reference as a share of the bound
   */
  public record Result(CheckCase check, Optional<String> failure, double error) {
    public boolean passed() {
      return failure.isEmpty();
    }

    private static Result failed(CheckCase check, String failure, double error) {
      return new Result(check, Optional.of(failure), error);
    }
  }

  /** Names of the ops: all have checks, or this would not compile. */
  public static List<String> ops() {
    return Op.names();
  }

  /** Every case of an op. */
  public static List<CheckCase> cases(String op) {
    return new ArrayList<>(find(op).cases());
  }

  /** Of an op, cases of sizes that tell something on a device only. */
  public static List<CheckCase> largeCases(String op) {
    return LargeCases.of(Op.parse(op));
  }

  private static OpCheck find(String op) {
    return switch (Op.parse(op)) {
      case UNIFORM -> new NoiseChecks.Uniform();
      case NORMAL -> new NoiseChecks.Normal();
      case APPLY -> new NoiseChecks.Apply();
      case STEP -> new StepChecks.Step();
      case STEP_ROWS -> new StepChecks.StepRows();
      case RESIDUAL -> new StepChecks.Residual();
      case GEMM -> new GemmCheck();
      case EVALUATE -> new EvaluateCheck();
      case COVARIANCE_TIMES -> new ProductCheck(Op.COVARIANCE_TIMES, Backend::covarianceTimes);
      case HESSIAN_TIMES -> new ProductCheck(Op.HESSIAN_TIMES, Backend::hessianTimes);
      case DRAW -> new DrawCheck();
      case BLIND -> new BlindCheck();
    };
  }

  /** What a case's op gives on a backend: each output by name, row-major, in the op's order. */
  public static Map<String, double[]> outputs(CheckCase check, Backend backend) {
    return find(check.op()).run(check, backend);
  }

  /**
   * What {@code reference} gives, and how far from it float32 may be.
   *
   * @param added what the backend adds to stated errors
   * @param recall what {@code reference} gave before
   */
  public static Expected expected(
      CheckCase check, Numerics.Bound added, Backend reference, Recall recall) {
    return find(check.op()).expect(check, added, reference, recall);
  }

  /**
   * Runs a case on {@code subject} and compares: bit for bit with {@code exact}, where that is
   * another float32 backend, and within the stated bound of {@code reference}. A data set goes
   * through its filter as the backend chooses, whenever it can and never, with the same bits.
   */
  public static Result run(CheckCase check, Backend subject, Backend exact, Backend reference) {
    return run(check, subject, exact, reference, new Recall());
  }

  /**
   * As {@link #run(CheckCase, Backend, Backend, Backend)}.
   *
   * @param recall what {@code exact} and {@code reference} gave for other subjects
   */
  public static Result run(
      CheckCase check, Backend subject, Backend exact, Backend reference, Recall recall) {
    OpCheck op = find(check.op());
    Map<String, double[]> found = op.run(check, subject);
    if (exact != subject) {
      Optional<String> difference = difference(check, found, subject, exact, recall);
      if (difference.isPresent()) {
        return new Result(check, difference, Double.NaN);
      }
    }
    Optional<String> pruned = pruned(check, found, subject);
    if (pruned.isPresent()) {
      return new Result(check, pruned, Double.NaN);
    }
    double worst = 0;
    Expected all = op.expect(check, subject.bound(), reference, recall);
    for (var expected : all.values().entrySet()) {
      double[] actual = Objects.requireNonNull(found.get(expected.getKey()));
      double[] bounds = Objects.requireNonNull(all.bounds().get(expected.getKey()));
      if (actual == OpCheck.REFUSED && fits(expected.getValue(), bounds)) {
        String refused = expected.getKey() + ": refused, though float32 holds it";
        return Result.failed(check, refused, Double.NaN);
      }
      for (int i = 0; i < actual.length; i++) {
        double bound = bounds[i];
        if (bound == Double.POSITIVE_INFINITY) {
          continue;
        }
        double share = Math.abs(actual[i] - expected.getValue()[i]) / bound;
        worst = share > worst || Double.isNaN(share) ? share : worst;
        if (!(share <= 1)) {
          return Result.failed(
              check,
              String.format(
                  "%s[%d]: %s gives %s, reference %s, allowed difference %.3g",
                  expected.getKey(), i, subject.name(), actual[i], expected.getValue()[i], bound),
              share);
        }
      }
    }
    return new Result(check, Optional.empty(), worst);
  }

  /** Where bits are others with the filter forced or forbidden; empty where they are the same. */
  private static Optional<String> pruned(
      CheckCase check, Map<String, double[]> found, Backend subject) {
    if (!subject.hasFilter() || !CheckPriors.isPrunable(check.kind())) {
      return Optional.empty();
    }
    Optional<String> difference = Optional.empty();
    for (Pruning pruning : List.of(Pruning.ON, Pruning.OFF)) {
      subject.prune(pruning);
      Map<String, double[]> bits = find(check.op()).run(check, subject);
      if (difference.isEmpty()) {
        difference = bits(bits, found, subject.name() + " pruning " + pruning, Pruning.AUTO.name());
      }
    }
    subject.prune(Pruning.AUTO);
    return difference;
  }

  private static boolean fits(double[] values, double[] bounds) {
    for (int i = 0; i < values.length; i++) {
      if (bounds[i] == Double.POSITIVE_INFINITY || !(Math.abs(values[i]) <= Float.MAX_VALUE)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Where the bits of {@code subject} first differ from those of {@code exact}, in one line; empty
   * where they are the same, and so have the same errors.
   *
   * @param recall what {@code exact} gave before
   */
  public static Optional<String> difference(
      CheckCase check, Backend subject, Backend exact, Recall recall) {
    return difference(check, find(check.op()).run(check, subject), subject, exact, recall);
  }

  private static Optional<String> difference(
      CheckCase check, Map<String, double[]> found, Backend subject, Backend exact, Recall recall) {
    Map<String, double[]> bits = recall.of(() -> find(check.op()).run(check, exact), check, exact);
    return bits(found, bits, subject.name(), exact.name());
  }

  /** Any NaN equals any NaN: processors differ in its payload. Zeros differ by their sign. */
  private static Optional<String> bits(
      Map<String, double[]> found, Map<String, double[]> expected, String name, String other) {
    for (String output : expected.keySet()) {
      double[] left = Objects.requireNonNull(found.get(output));
      double[] right = Objects.requireNonNull(expected.get(output));
      if (left.length != right.length) {
        return Optional.of(
            "%s: refused by %s alone".formatted(output, left.length == 0 ? name : other));
      }
      for (int i = 0; i < right.length; i++) {
        if (Double.doubleToLongBits(left[i]) != Double.doubleToLongBits(right[i])) {
          return Optional.of(
              String.format(
                  "%s[%d]: %s gives %s, %s gives %s",
                  output,
                  i,
                  name,
                  Float.toHexString((float) left[i]),
                  other,
                  Float.toHexString((float) right[i])));
        }
      }
    }
    return Optional.empty();
  }
}
