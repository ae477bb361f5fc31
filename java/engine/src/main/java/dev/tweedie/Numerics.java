package dev.tweedie;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What an engine promises of its numbers, and what that costs: exact bits, or products by other
 * means within a bound. Which back end has which, {@link dev.tweedie.backend.Backends#tiers} says.
 */
public enum Numerics {
  /** The same bits on every backend but {@code reference}, for any threads and batches. */
  EXACT("exact", Bound.NONE),
  /**
   * Products by the vendor's library (oneMKL, cuBLAS), which this machine must have, or on devices
   * of {@code sm_90} by tensor cores, with the digits of float32: within the error that the op's
   * card states of {@code reference}. Bits repeat on one machine with one configuration, here and
   * in the forms below.
   */
  FAST("fast", Bound.NONE),
  /** On {@code cuda}: products of factors rounded to TF32, 11 bits. */
  FAST_TF32("fast:tf32", new Bound(Double.POSITIVE_INFINITY, 2 * 0x1p-10 + 0x1p-20, false, 0)),
  /**
   * Factors rounded to bfloat16, 8 bits, of weights and of points: half a unit of each, and what
   * their product adds. On {@code cpu:avx512} a logit that could be wrong by more than 2^-4 is
   * exact mode's.
   */
  FAST_BF16("fast:bf16", new Bound(0x1p-4, 2 * 0x1p-8 + 0x1p-16, false, 0)),
  /**
   * On {@code cpu:avx512}, for data sets of bytes: products of whole numbers. Weights have 16 bits:
   * half a unit of each of the 252 points of a block. A logit that could be wrong by more than 2^-8
   * is exact mode's.
   */
  FAST_BYTES("fast:bytes", new Bound(0x1p-8, 252 * 0x1p-17, true, 0));

  /**
   * What numerics add to the errors that {@link dev.tweedie.backend.Backend#evaluate} states, where
   * components share one variance and d is at least 32. {@code docs/fast-mode.md} has the bounds as
   * formulas.
   *
   * @param logit to the error of a logit; infinite where it grows with the lengths of row and means
   * @param share to that of a mean, as a share of the data's range
   * @param bytesOnly only where means are bytes
   * @param roundings to those of an element of a product, of which a chain has one a step
   */
  public record Bound(double logit, double share, boolean bytesOnly, int roundings) {
    /** Nothing. */
    public static final Bound NONE = new Bound(0, 0, false, 0);

    /** Whether the error of every op can be stated without looking at the numbers. */
    public boolean isStated() {
      return Double.isFinite(logit);
    }
  }

  private final String word;
  private final Bound bound;

  Numerics(String word, Bound bound) {
    this.word = word;
    this.bound = bound;
  }

  /** Whether factors are rounded, beyond what float32 does. */
  public boolean isRounded() {
    return !bound.equals(Bound.NONE);
  }

  /** What it adds to stated errors. */
  public Bound bound() {
    return bound;
  }

  /**
   * Numerics as {@code --numerics} takes them.
   *
   * @throws InvalidInputException for an unknown word, with the valid ones
   */
  public static Numerics parse(String word) {
    return Arrays.stream(values())
        .filter(one -> one.word.equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "numerics: found '%s', allowed: %s"
                        .formatted(
                            word,
                            Arrays.stream(values())
                                .map(Numerics::toString)
                                .collect(Collectors.joining(", ")))));
  }

  /** As {@code --numerics} says it. */
  @Override
  public String toString() {
    return word;
  }
}
