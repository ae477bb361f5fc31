package dev.tweedie.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import java.lang.module.ModuleDescriptor;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** ONNX Runtime as this program found it. Only what opens a network loads its native code. */
public final class OnnxRuntime {
  private static final String CUDA =
      "ai/onnxruntime/native/linux-x64/libonnxruntime_providers_cuda.so";

  private static final int LONGEST_REASON = 240;

  /** Its error code, the file, which our message names already, and the place in its sources. */
  private static final Pattern NO_REASON =
      Pattern.compile(
          "^Error code - \\S+ - message: |Load model from .*? failed:"
              + "|\\S*/onnxruntime/core/\\S+:\\d+ .*?\\) (?=[\\p{Upper}\\[])"
              + "|\\[ONNXRuntimeError\\] : \\d+ : \\S+ : | When calling Run.*");

  private OnnxRuntime() {}

  /** The version that its jar names, or "unknown version"; loads no native code. */
  public static String version() {
    Module module = OrtEnvironment.class.getModule();
    Optional<String> version =
        module.isNamed()
            ? Optional.ofNullable(module.getDescriptor()).flatMap(ModuleDescriptor::rawVersion)
            : Optional.ofNullable(OrtEnvironment.class.getPackage().getImplementationVersion());
    return version.orElse("unknown version");
  }

  /** Whether the CUDA provider's artifact is there; not whether it works. Loads no native code. */
  public static boolean hasCuda() {
    return OrtEnvironment.class.getClassLoader().getResource(CUDA) != null;
  }

  /**
   * Why the CUDA provider does not start here, empty where it does. Loads native code.
   *
   * @throws IllegalStateException where ONNX Runtime itself does not load
   */
  public static Optional<String> cudaRefusal() {
    environment();
    try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
      settings.addCUDA();
      return Optional.empty();
    } catch (OrtException e) {
      return Optional.of(reason(e));
    }
  }

  /** Every provider of the native library, which this loads. */
  public static Set<String> providers() {
    environment();
    return OrtEnvironment.getAvailableProviders().stream()
        .map(OrtProvider::getName)
        .map(name -> name.replace("ExecutionProvider", "").toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * @throws IllegalStateException where its native library does not load here
   */
  static OrtEnvironment environment() {
    try {
      // What goes wrong comes as an exception; the log would say it a second time.
      return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "tweedie");
    } catch (LinkageError | IllegalStateException e) {
      throw new IllegalStateException(
          "ONNX Runtime " + version() + " does not start here: " + firstLine(e), e);
    }
  }

  /** The reason in an exception of the runtime, without its code, place and the file's name. */
  static String reason(OrtException e) {
    String reason = NO_REASON.matcher(firstLine(e)).replaceAll("").strip();
    return reason.length() <= LONGEST_REASON
        ? reason
        : reason.substring(0, LONGEST_REASON - 3) + "...";
  }

  private static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
  }
}
