package dev.tweedie;

import java.lang.foreign.ValueLayout;

/** The element type of a backend's samples. */
public enum Precision {
  /** Backends {@code java}, {@code cpu} and {@code cuda}. */
  FLOAT32(ValueLayout.JAVA_FLOAT),
  /** The {@code reference} backend. */
  FLOAT64(ValueLayout.JAVA_DOUBLE);

  private final ValueLayout layout;

  Precision(ValueLayout layout) {
    this.layout = layout;
  }

  /** Bytes of one element. */
  public long bytes() {
    return layout.byteSize();
  }

  /** Native-order layout of one element. */
  public ValueLayout layout() {
    return layout;
  }
}
