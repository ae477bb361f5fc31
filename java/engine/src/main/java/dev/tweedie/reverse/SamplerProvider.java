package dev.tweedie.reverse;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Named;
import java.util.List;

/**
 * Samplers under a name. A jar that names an implementation in {@code
 * META-INF/services/dev.tweedie.reverse.SamplerProvider}, or whose module provides it, adds it to
 * {@link Samplers} and so to {@code tweedie sample --sampler}. It has a public constructor without
 * parameters.
 */
public interface SamplerProvider extends Named {
  /**
   * A sampler; the same arguments give equal ones.
   *
   * @param arguments what followed the name, cut at colons
   * @throws InvalidInputException for arguments that are not its own: what was found and what is
   *     allowed, without the name
   */
  Sampler sampler(List<String> arguments);
}
