package dev.tweedie;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether the compiler of this JVM knows the Vector API: one that comes in by JVMCI does not make
 * instructions of it, and each operation allocates. The rule is Apache Lucene's.
 */
final class VectorCompiler {
  private VectorCompiler() {}

  /** What is wrong with the compiler, in one line, or null. */
  static @Nullable String warning() {
    if (ModuleLayer.boot().findModule("jdk.management").isEmpty()) {
      return null; // nobody to ask
    }
    return warning(Flags::isOn);
  }

  static @Nullable String warning(Predicate<String> isOn) {
    if (isOn.test("EnableJVMCI") && isOn.test("UseJVMCICompiler")) {
      return "this JVM compiles by JVMCI, which runs the Vector API slowly; allowed: a JVM with C2,"
          + " cpu or java:scalar";
    }
    return null;
  }

  /** The only place that touches the module. */
  private static final class Flags {
    static boolean isOn(String flag) {
      try {
        var bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return bean != null && Boolean.parseBoolean(bean.getVMOption(flag).getValue());
      } catch (IllegalArgumentException e) {
        return false; // a JVM without that flag
      }
    }
  }
}
