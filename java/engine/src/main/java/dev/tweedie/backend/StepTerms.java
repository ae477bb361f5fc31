package dev.tweedie.backend;

import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a reverse step reads and writes beside its coefficients, all B x d. A term that is not given
 * is left out of the sum, whatever its coefficient. Immutable: what adds a term makes new ones.
 *
 * <pre>{@code
 * backend.step(coefficients, StepTerms.of(x, out).denoised(estimate).noise(at));
 * }</pre>
 */
public final class StepTerms {
  private final Samples x;
  private final Samples out;
  private final @Nullable Samples denoised;
  private final @Nullable Samples previous;
  private final @Nullable NoiseAddress noise;

  private StepTerms(
      Samples x,
      Samples out,
      @Nullable Samples denoised,
      @Nullable Samples previous,
      @Nullable NoiseAddress noise) {
    this.x = x;
    this.out = out;
    this.denoised = denoised;
    this.previous = previous;
    this.noise = noise;
  }

  /**
   * The state alone.
   *
   * @param x the state that the step leaves
   * @param out where the sum goes; may be any of the inputs
   */
  public static StepTerms of(Samples x, Samples out) {
    CheckedMemory.given("x", x);
    CheckedMemory.given("out", out);
    return new StepTerms(x, out, null, null, null);
  }

  /** With the estimate of x_0. */
  public StepTerms denoised(Samples estimate) {
    CheckedMemory.given("denoised", estimate);
    return new StepTerms(x, out, estimate, previous, noise);
  }

  /** With the estimate of the step before. */
  public StepTerms previous(Samples estimate) {
    CheckedMemory.given("previous", estimate);
    return new StepTerms(x, out, denoised, estimate, noise);
  }

  /** With normal noise, whose row 0 has this address. */
  public StepTerms noise(NoiseAddress at) {
    CheckedMemory.given("noise", at);
    return new StepTerms(x, out, denoised, previous, at);
  }

  /** The same of other samples, those that {@code to} makes of these. */
  public StepTerms map(UnaryOperator<Samples> to) {
    return new StepTerms(
        to.apply(x),
        to.apply(out),
        denoised == null ? null : to.apply(denoised),
        previous == null ? null : to.apply(previous),
        noise);
  }

  /** The state that the step leaves. */
  public Samples x() {
    return x;
  }

  /** Where the sum goes. */
  public Samples out() {
    return out;
  }

  /** The estimate of x_0; empty where that term is left out. */
  public Optional<Samples> denoised() {
    return Optional.ofNullable(denoised);
  }

  /** The estimate of the step before; empty where that term is left out. */
  public Optional<Samples> previous() {
    return Optional.ofNullable(previous);
  }

  /** The address of row 0's noise; empty where that term is left out. */
  public Optional<NoiseAddress> noise() {
    return Optional.ofNullable(noise);
  }
}
