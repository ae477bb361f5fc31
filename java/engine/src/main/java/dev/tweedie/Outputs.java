package dev.tweedie;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * Where an evaluation of the posterior writes; what has no place is not computed. See {@link
 * Output} for the shapes. Immutable: what adds a place makes new ones.
 *
 * <pre>{@code
 * posterior.evaluate(x, level, Outputs.of().mean(mean).trace(trace));
 * }</pre>
 */
public final class Outputs {
  private static final Outputs NONE = new Outputs(new EnumMap<>(Output.class));

  private final Map<Output, Samples> places;

  private Outputs(Map<Output, Samples> places) {
    this.places = places;
  }

  /** Makes uninitialised samples: {@code engine::samples}. */
  @FunctionalInterface
  public interface Allocation {
    Samples samples(long rows, int dim);
  }

  /** Nothing yet. */
  public static Outputs of() {
    return NONE;
  }

  /** New samples for each of {@code wanted}, for so many rows. */
  public static Outputs allocate(
      Collection<Output> wanted, long rows, int dim, int components, Allocation allocation) {
    Outputs out = NONE;
    for (Output output : wanted) {
      out = out.with(output, allocation.samples(rows, output.columns(dim, components)));
    }
    return out;
  }

  /**
   * As {@code evidence(samples)} and so on, by name.
   *
   * @throws InvalidInputException where either is null
   */
  public Outputs with(Output output, Samples to) {
    if (output == null || to == null) {
      throw new InvalidInputException(
          "outputs: found null for %s, allowed: samples".formatted(output));
    }
    Map<Output, Samples> more = new EnumMap<>(places);
    more.put(output, to);
    return new Outputs(more);
  }

  /** log p_t(x). */
  public Outputs evidence(Samples to) {
    return with(Output.EVIDENCE, to);
  }

  /** E[x_0 | x]. */
  public Outputs mean(Samples to) {
    return with(Output.MEAN, to);
  }

  /** Gradient of log p_t. */
  public Outputs score(Samples to) {
    return with(Output.SCORE, to);
  }

  /** Of Cov[x_0 | x]. */
  public Outputs trace(Samples to) {
    return with(Output.TRACE, to);
  }

  /** Of Cov[x_0 | x]. */
  public Outputs diagonal(Samples to) {
    return with(Output.DIAGONAL, to);
  }

  /** Of log p_t. */
  public Outputs hessianDiagonal(Samples to) {
    return with(Output.HESSIAN_DIAGONAL, to);
  }

  /** Posterior weight of each component. */
  public Outputs responsibilities(Samples to) {
    return with(Output.RESPONSIBILITIES, to);
  }

  /** The place of one output; empty where it is not wanted. */
  public Optional<Samples> get(Output output) {
    return Optional.ofNullable(places.get(output));
  }

  /** Whether an output has a place. */
  public boolean has(Output output) {
    return places.containsKey(output);
  }

  /** Those that have a place. */
  public Set<Output> wanted() {
    return Collections.unmodifiableSet(places.keySet());
  }

  /** Hands each output that has a place to {@code take}, with its name. */
  public void forEach(BiConsumer<String, Samples> take) {
    places.forEach((output, place) -> take.accept(output.toString(), place));
  }

  /** The places that {@code to} makes of these. */
  public Outputs map(UnaryOperator<Samples> to) {
    Map<Output, Samples> mapped = new EnumMap<>(places);
    mapped.replaceAll((output, place) -> to.apply(place));
    return new Outputs(mapped);
  }

  /** These alone, of those that have a place. */
  public Outputs only(Collection<Output> these) {
    Map<Output, Samples> fewer = new EnumMap<>(places);
    fewer.keySet().retainAll(these);
    return new Outputs(fewer);
  }
}
