package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.backend.Backend;
import java.util.LinkedHashMap;
import java.util.Map;

/** An op whose error has a formula. */
interface BoundedCheck extends OpCheck {
  /**
   * Largest allowed |float32 - reference| of element {@code i} of an output, or infinity where
   * float32 overflows and only the bits are compared.
   *
   * @param reference the float64 output
   */
  double bound(CheckCase check, Numerics.Bound added, String output, double[] reference, int i);

  @Override
  default Expected expect(CheckCase check, Numerics.Bound added, Backend reference, Recall recall) {
    Map<String, double[]> values = recall.of(() -> run(check, reference), check, reference);
    Map<String, double[]> bounds = new LinkedHashMap<>();
    values.forEach(
        (name, exact) -> {
          double[] all = new double[exact.length];
          for (int i = 0; i < all.length; i++) {
            all[i] = bound(check, added, name, exact, i);
          }
          bounds.put(name, all);
        });
    return new Expected(values, bounds);
  }
}
