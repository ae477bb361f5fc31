package dev.tweedie;

/**
 * An engine has no room for what was asked: its limit, the system's or the device's memory is used
 * up. It stays usable, with all that it holds.
 */
public final class OutOfNativeMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param backend name of the backend
   * @param wanted bytes that found no room
   * @param usage what holds how much
   */
  public OutOfNativeMemoryException(String backend, long wanted, MemoryUsage usage) {
    super("%s: no room for %,d bytes more: the engine holds %s".formatted(backend, wanted, usage));
  }

  /**
   * Where a driver or a library has none for its own: a graph, an event, a workspace.
   *
   * @param message what found no room, where
   */
  public OutOfNativeMemoryException(String message) {
    super(message);
  }
}
