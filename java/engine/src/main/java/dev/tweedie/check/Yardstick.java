package dev.tweedie.check;

import dev.tweedie.backend.Backend;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * How far the exact outputs of a posterior move when its inputs do, by {@code reference} on inputs
 * that moved (mathematics 1.2). A float32 evaluation that is backward stable is within a small
 * multiple of it, at every level; one that cancels is not.
 *
 * @param values on the inputs as they are
 * @param rounding largest change of each number over {@link #MOVES} of all inputs by 2^-24, and
 *     2^-24 of the number
 * @param logits that over moves of the weights by {@link #LOGIT}
 */
record Yardstick(
    Map<String, double[]> values, Map<String, double[]> rounding, Map<String, double[]> logits) {
  /** Move of the logits, a step that differences show. */
  static final double LOGIT = 0x1p-10;

  private static final double EPS = 0x1p-24;

  private static final long[] MOVES = {1, 2, 3, Moves.APART, Moves.UP};
  private static final long[] MOVES_OF_LOGITS = {4, 5};

  /** What is measured: an op on inputs that moved. */
  interface Op {
    Map<String, double[]> run(CheckCase check, Backend reference, Moves moves);
  }

  static Yardstick of(CheckCase check, Backend reference, Op op) {
    Map<String, double[]> values = op.run(check, reference, Moves.NONE);
    Map<String, double[]> rounding = new LinkedHashMap<>();
    Map<String, double[]> logits = new LinkedHashMap<>();
    values.forEach((name, exact) -> rounding.put(name, shares(exact)));
    values.forEach((name, exact) -> logits.put(name, new double[exact.length]));
    for (long seed : MOVES) {
      widen(rounding, values, op.run(check, reference, new Moves(seed, EPS, EPS)));
    }
    for (long seed : MOVES_OF_LOGITS) {
      widen(logits, values, op.run(check, reference, new Moves(seed, 0, LOGIT)));
    }
    return new Yardstick(values, rounding, logits);
  }

  /** 2^-24 of each number. */
  private static double[] shares(double[] exact) {
    double[] out = new double[exact.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = EPS * Math.abs(exact[i]);
    }
    return out;
  }

  private static void widen(
      Map<String, double[]> to, Map<String, double[]> exact, Map<String, double[]> moved) {
    to.forEach(
        (name, most) -> {
          double[] from = Objects.requireNonNull(exact.get(name));
          double[] now = Objects.requireNonNull(moved.get(name));
          for (int i = 0; i < most.length; i++) {
            most[i] = Math.max(most[i], Math.abs(now[i] - from[i]));
          }
        });
  }
}
