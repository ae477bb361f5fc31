package dev.tweedie;

/**
 * Whether components are left out whose weight is proved to be exactly zero: at small sigma most
 * points of a data set are. It changes no bit of any result, only time; {@code docs/pruning.md} has
 * the proof.
 */
public enum Pruning {
  /**
   * Where it pays, found out level by level and batch by batch; nowhere on {@code cuda}, of which
   * nobody knows when it does.
   */
  AUTO,
  /** Wherever kernels can, also where it takes longer: for tests and measurements. */
  ON,
  /** Never. */
  OFF
}
