package dev.tweedie;

/** A device has no room for what was asked. The engine stays usable, with all that it holds. */
public final class OutOfDeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param device name of the backend
   * @param wanted bytes that found no room
   * @param held bytes that the engine holds
   * @param limit bytes that it may hold at most
   */
  public OutOfDeviceMemoryException(String device, long wanted, long held, long limit) {
    super(
        "%s: no room for %,d bytes more: the engine holds %,d of %,d"
            .formatted(device, wanted, held, limit));
  }
}
