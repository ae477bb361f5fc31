package dev.tweedie.backend;

import dev.tweedie.Numerics;
import java.util.List;

/**
 * Backends from outside. A jar that names an implementation in {@code
 * META-INF/services/dev.tweedie.backend.BackendProvider}, or whose module provides it, adds its
 * tiers to {@link Backends}: {@code --backend} takes them, {@code tweedie check} and {@code bench}
 * treat them as ours. {@code auto} chooses none of them. It has a public constructor without
 * parameters.
 *
 * <p>A backend of its own extends {@link Backend}; one that watches or changes another's work,
 * {@link ForwardingBackend}.
 */
public interface BackendProvider {
  /**
   * The tiers that compute in this mode, best first, by names that no other has: {@code
   * mine:scalar}, or {@code mine}.
   */
  List<Tier> tiers(Numerics numerics);
}
