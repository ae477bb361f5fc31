package dev.tweedie.cli;

/** What the process ends with; scripts depend on it. */
final class ExitStatus {
  /** Done. */
  static final int OK = 0;

  /** Something failed inside: one line, and the stack trace with {@code --trace}. */
  static final int INTERNAL_FAILURE = 1;

  /** The input or the command line cannot be used: one line, nothing written. */
  static final int BAD_INPUT = 2;

  private ExitStatus() {}
}
