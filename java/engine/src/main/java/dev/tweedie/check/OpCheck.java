package dev.tweedie.check;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coarseness;
import dev.tweedie.backend.Op;
import java.util.List;
import java.util.Map;

/** How one op is checked: its cases, how to run one, and how far float32 may be from float64. */
interface OpCheck {
  /** What is checked. */
  Op op();

  /** Cases, each with the mistake it catches in a comment where it is listed. */
  List<CheckCase> cases();

  /** Runs the case on {@code backend}: each output by name, row-major. */
  Map<String, double[]> run(CheckCase check, Backend backend);

  /**
   * Largest allowed |float32 - reference| of element {@code i} of an output, or infinity where
   * float32 overflows and only the bits are compared.
   *
   * @param coarse what the backend adds to stated errors
   * @param reference the float64 output
   */
  double bound(CheckCase check, Coarseness coarse, String output, double[] reference, int i);
}
