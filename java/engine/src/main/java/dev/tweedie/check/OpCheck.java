package dev.tweedie.check;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import java.util.List;
import java.util.Map;

/** How one op is checked: its cases, how to run one, and how far float32 may be from float64. */
interface OpCheck {
  /** What is checked. */
  Op op();

  /** Cases, each with the mistake it catches in a comment where it is listed. */
  List<CheckCase> cases();

  /** What stands for the values of an output that a backend refused, as not finite. */
  double[] REFUSED = {};

  /** What {@code work} leaves in {@code out}, or that it is refused. */
  static double[] results(Samples out, Runnable work) {
    try {
      work.run();
      return out.toDoubles(); // when a device refuses at the latest
    } catch (InvalidInputException e) {
      return REFUSED;
    }
  }

  /** Runs the case on {@code backend}: each output by name, row-major. */
  Map<String, double[]> run(CheckCase check, Backend backend);

  /**
   * What {@code reference} gives, and how far from it float32 may be.
   *
   * @param added what the backend adds to stated errors
   * @param recall what {@code reference} gave before
   */
  Expected expect(CheckCase check, Numerics.Bound added, Backend reference, Recall recall);
}
