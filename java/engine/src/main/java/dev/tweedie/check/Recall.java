package dev.tweedie.check;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What backends gave that many others are compared with: the slowest of all, which would otherwise
 * compute each case once more for every tier. Kept until {@link #clear}.
 */
public final class Recall {
  private final Map<List<Object>, Object> known = new HashMap<>();

  /** What the supplier gives, or gave for an equal key before. */
  @SuppressWarnings("unchecked") // a key is used with suppliers of one type
  <T> T of(Supplier<T> given, Object... key) {
    return (T) known.computeIfAbsent(List.of(key), _ -> given.get());
  }

  /** Forgets everything. */
  public void clear() {
    known.clear();
  }
}
