package dev.tweedie.onnx;

/**
 * Whether ONNX Runtime is there; apart, because the other classes here cannot be loaded without.
 */
public final class OnnxPresence {
  /** What is missing where it is not. */
  public static final String ABSENT =
      "no jar of ONNX Runtime (com.microsoft.onnxruntime:onnxruntime) is there";

  private OnnxPresence() {}

  /** Whether its jar is there: it may be left out where nobody has networks. */
  public static boolean isPresent() {
    try {
      Class.forName("ai.onnxruntime.OrtEnvironment", false, OnnxPresence.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
