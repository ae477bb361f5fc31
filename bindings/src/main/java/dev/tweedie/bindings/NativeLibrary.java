package dev.tweedie.bindings;

/** Finds and loads the native libraries, or says why one is absent. */
public final class NativeLibrary {
  private NativeLibrary() {}
}
