package dev.tweedie.cli.reproduce;

/** What a user may give to an experiment, beside its sizes. */
public enum Input {
  /** A key of all noise: of experiments that draw something. */
  SEED,
  /** A mixture in place of the random one. */
  MIXTURE,
  /** A folder of real data. */
  DATA
}
