package dev.tweedie;

import java.util.Locale;

/** What an engine promises of its numbers. */
public enum Numerics {
  /** The same bits on every backend but {@code reference}, for any threads and batches. */
  EXACT,
  /**
   * Products by the vendor's library, which this machine must have, or of bytes or bfloat16 where
   * the whole name of a backend asks for them. Within the error that the op's card states of {@code
   * reference}; bits repeat on one machine with one configuration.
   */
  FAST;

  /** As {@code --numerics} says it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
