package dev.tweedie.check.export;

import dev.tweedie.Numerics;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.Checks;
import dev.tweedie.check.Expected;
import dev.tweedie.check.Recall;
import dev.tweedie.io.NdArray;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * All of one case that another kernel needs, and what it is judged by.
 *
 * @param check the case
 * @param calls what the op is given, and which of the outputs below each call gives, in order
 * @param exact float32, the bits of exact mode
 * @param reference float64, of the same shapes
 * @param bound how far float32 may be from reference; infinity where only the bits are compared
 */
public record CaseVectors(
    CheckCase check,
    List<OpCall> calls,
    Map<String, NdArray> exact,
    Map<String, NdArray> reference,
    Map<String, NdArray> bound) {
  public CaseVectors {
    calls = List.copyOf(calls);
    exact = Collections.unmodifiableMap(exact);
    reference = Collections.unmodifiableMap(reference);
    bound = Collections.unmodifiableMap(bound);
  }

  /**
   * Runs a case.
   *
   * @param exact a float32 backend in exact mode, no matter which
   * @param reference the float64 one
   */
  public static CaseVectors of(CheckCase check, Backend exact, Backend reference) {
    Recorder recorder = new Recorder(exact);
    Map<String, double[]> results = Checks.outputs(check, recorder);
    Map<String, NdArray> outputs = named(check, results, recorder.calls());
    Expected expected = Checks.expected(check, Numerics.Bound.NONE, reference, new Recall());
    Map<String, NdArray> values = new LinkedHashMap<>();
    Map<String, NdArray> bounds = new LinkedHashMap<>();
    outputs.forEach(
        (name, output) -> {
          values.put(
              name,
              NdArray.of(Objects.requireNonNull(expected.values().get(name)), output.shape()));
          bounds.put(
              name,
              NdArray.of(Objects.requireNonNull(expected.bounds().get(name)), output.shape()));
        });
    return new CaseVectors(check, recorder.calls(), outputs, values, bounds);
  }

  /** The op of the case. */
  public Op op() {
    return Op.parse(check.op());
  }

  /**
   * The outputs of the calls by the names that the case has for them: both are in the order in
   * which they were written.
   */
  private static Map<String, NdArray> named(
      CheckCase check, Map<String, double[]> results, List<OpCall> calls) {
    List<NdArray> written =
        calls.stream().flatMap(call -> call.outputs().values().stream()).toList();
    if (written.size() != results.size()) {
      throw new IllegalStateException(
          "%s: %d outputs, %d recorded: Recorder lacks the op"
              .formatted(check, results.size(), written.size()));
    }
    Map<String, NdArray> named = new LinkedHashMap<>();
    for (var result : results.entrySet()) {
      NdArray output = written.get(named.size());
      if (!same(result.getValue(), output.toDoubles())) {
        throw new IllegalStateException(
            check + ": output " + result.getKey() + " is not the one recorded in its place");
      }
      named.put(result.getKey(), output);
    }
    return named;
  }

  /** Bit for bit, but for what a NaN holds. */
  private static boolean same(double[] left, double[] right) {
    boolean same = left.length == right.length;
    for (int i = 0; same && i < left.length; i++) {
      same = Double.doubleToLongBits(left[i]) == Double.doubleToLongBits(right[i]);
    }
    return same;
  }
}
