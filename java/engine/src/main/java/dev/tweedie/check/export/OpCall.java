package dev.tweedie.check.export;

import dev.tweedie.io.NdArray;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One call of an op.
 *
 * @param inputs what it was given, by name, before it wrote anything
 * @param tables what exact mode makes of a prior and its levels in float64 and rounds once, by path
 * @param outputs what it wrote, by name, in the order of the op's results
 */
public record OpCall(
    Map<String, NdArray> inputs, Map<String, NdArray> tables, Map<String, NdArray> outputs) {
  OpCall() {
    this(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  @Override
  public Map<String, NdArray> inputs() {
    return Collections.unmodifiableMap(inputs);
  }

  @Override
  public Map<String, NdArray> tables() {
    return Collections.unmodifiableMap(tables);
  }

  @Override
  public Map<String, NdArray> outputs() {
    return Collections.unmodifiableMap(outputs);
  }

  OpCall input(String name, NdArray value) {
    inputs.put(name, value);
    return this;
  }

  /** Adds what is computed of prior and levels. */
  void made(Tables of) {
    tables.putAll(of.arrays());
  }

  void output(String name, NdArray value) {
    outputs.put(name, value);
  }
}
