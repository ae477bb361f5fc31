package dev.tweedie.backend;

import dev.tweedie.backend.cuda.CudaTiers;
import dev.tweedie.bindings.NativeLibrary;
import dev.tweedie.bindings.OneMkl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import jdk.incubator.vector.VectorShape;

/** Facts about this machine that decide which backends run on it. */
public final class Machine {
  private Machine() {}

  /** The processor's name, or its architecture where the system does not tell. */
  public static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) { // no Linux
      return System.getProperty("os.arch");
    }
  }

  /** The file of the native CPU library, or why there is none. */
  public static String nativeLibrary() {
    NativeLibrary library = NativeLibrary.cpu();
    return library
        .path()
        .map(Path::toString)
        .orElseGet(() -> "absent: " + library.reason().orElseThrow());
  }

  /** The library of fast mode with its version and threads, or why there is none. */
  public static String fast() {
    return NativeLibrary.cpu()
        .reason()
        .map(reason -> "absent: " + reason)
        .orElseGet(() -> OneMkl.here().toString());
  }

  /** Each device that can be used, by its backend's name: what it is, in one line. */
  public static Map<String, String> devices() {
    return CudaTiers.devices();
  }

  /** Hash of the C interface that the native libraries must have been built from. */
  public static String abi() {
    return NativeLibrary.abi();
  }

  /** The Vector API's preferred vector, or why there is none. */
  public static String vectors() {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return "absent: start java with --add-modules jdk.incubator.vector";
    }
    return Species.bits() + " bits";
  }

  /** Apart, because its class cannot be loaded without the incubator module. */
  private static final class Species {
    static int bits() {
      return VectorShape.preferredShape().vectorBitSize();
    }
  }
}
