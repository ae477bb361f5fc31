package dev.tweedie;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where an evaluation of the posterior writes; what has no place is not computed. See {@link
 * Output} for the shapes.
 *
 * <pre>{@code
 * posterior.evaluate(x, level, Outputs.of().mean(mean).trace(trace));
 * }</pre>
 *
 * @param evidence log p_t(x), or null
 * @param mean E[x_0 | x], or null
 * @param score gradient of log p_t, or null
 * @param trace of Cov[x_0 | x], or null
 * @param diagonal of Cov[x_0 | x], or null
 * @param hessianDiagonal of log p_t, or null
 * @param responsibilities posterior weight of each component, or null
 */
public record Outputs(
    @Nullable Samples evidence,
    @Nullable Samples mean,
    @Nullable Samples score,
    @Nullable Samples trace,
    @Nullable Samples diagonal,
    @Nullable Samples hessianDiagonal,
    @Nullable Samples responsibilities) {
  private static final Outputs NONE = new Outputs(null, null, null, null, null, null, null);

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

  /** As {@code evidence(samples)} and so on, by name. */
  public Outputs with(Output output, @Nullable Samples to) {
    return switch (output) {
      case EVIDENCE -> evidence(to);
      case MEAN -> mean(to);
      case SCORE -> score(to);
      case TRACE -> trace(to);
      case DIAGONAL -> diagonal(to);
      case HESSIAN_DIAGONAL -> hessianDiagonal(to);
      case RESPONSIBILITIES -> responsibilities(to);
    };
  }

  /** Hands each output that has a place to {@code take}, with its name. */
  public void forEach(BiConsumer<String, Samples> take) {
    for (Output output : Output.values()) {
      Samples place = get(output);
      if (place != null) {
        take.accept(output.toString(), place);
      }
    }
  }

  public Outputs evidence(@Nullable Samples to) {
    return new Outputs(to, mean, score, trace, diagonal, hessianDiagonal, responsibilities);
  }

  public Outputs mean(@Nullable Samples to) {
    return new Outputs(evidence, to, score, trace, diagonal, hessianDiagonal, responsibilities);
  }

  public Outputs score(@Nullable Samples to) {
    return new Outputs(evidence, mean, to, trace, diagonal, hessianDiagonal, responsibilities);
  }

  public Outputs trace(@Nullable Samples to) {
    return new Outputs(evidence, mean, score, to, diagonal, hessianDiagonal, responsibilities);
  }

  public Outputs diagonal(@Nullable Samples to) {
    return new Outputs(evidence, mean, score, trace, to, hessianDiagonal, responsibilities);
  }

  public Outputs hessianDiagonal(@Nullable Samples to) {
    return new Outputs(evidence, mean, score, trace, diagonal, to, responsibilities);
  }

  public Outputs responsibilities(@Nullable Samples to) {
    return new Outputs(evidence, mean, score, trace, diagonal, hessianDiagonal, to);
  }

  /** The place of one output, or null. */
  public @Nullable Samples get(Output output) {
    return switch (output) {
      case EVIDENCE -> evidence;
      case MEAN -> mean;
      case SCORE -> score;
      case TRACE -> trace;
      case DIAGONAL -> diagonal;
      case HESSIAN_DIAGONAL -> hessianDiagonal;
      case RESPONSIBILITIES -> responsibilities;
    };
  }

  /** Those that have a place. */
  public Set<Output> wanted() {
    Set<Output> wanted = EnumSet.noneOf(Output.class);
    for (Output output : Output.values()) {
      if (get(output) != null) {
        wanted.add(output);
      }
    }
    return wanted;
  }

  /** The places that {@code to} makes of these, of those alone that are there. */
  public Outputs map(UnaryOperator<Samples> to) {
    Outputs out = NONE;
    for (Output output : Output.values()) {
      Samples place = get(output);
      if (place != null) {
        out = out.with(output, to.apply(place));
      }
    }
    return out;
  }

  /** These alone. */
  public Outputs only(Collection<Output> these) {
    Outputs out = NONE;
    for (Output output : these) {
      out = out.with(output, get(output));
    }
    return out;
  }
}
