package dev.tweedie.bindings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * One native library of this process: loaded, or absent with a reason.
 *
 * <p>Looking for a library never throws. It is taken from the folder that the system property
 * {@code tweedie.native} names, else from the resource {@code dev/tweedie/native/<os>-<arch>/},
 * which is extracted once to the user's cache folder. It is loaded only if the hash of {@code
 * tweedie.h} compiled into it equals the one these bindings were generated from.
 */
public final class NativeLibrary {
  private static final String CUDA_DRIVER = "libcuda.so.1";
  private static final String DIRECTORY_PROPERTY = "tweedie.native";

  private final @Nullable Path path;
  private final @Nullable SymbolLookup symbols;
  private final @Nullable String reason;

  private NativeLibrary(
      @Nullable Path path, @Nullable SymbolLookup symbols, @Nullable String reason) {
    this.path = path;
    this.symbols = symbols;
    this.reason = reason;
  }

  /** Where the generated bindings find a function: in the library of its name. */
  public static Optional<MemorySegment> find(String function) {
    // What both libraries have (tweedie_width) is taken from the first one that is there.
    boolean device = function.startsWith("tweedie_cuda_") || cpu().symbols == null;
    NativeLibrary library = device ? cuda() : cpu();
    return library.symbols == null ? Optional.empty() : library.symbols.find(function);
  }

  /** The CPU library, looked for once in the life of the process. */
  public static NativeLibrary cpu() {
    return Cpu.LIBRARY;
  }

  /** The CUDA library, looked for once in the life of the process. */
  public static NativeLibrary cuda() {
    return Cuda.LIBRARY;
  }

  private static final class Cuda {
    // The driver first: without it nothing is worth being extracted.
    static final NativeLibrary LIBRARY =
        System.getProperty(DIRECTORY_PROPERTY) != null || hasCudaDriver()
            ? search("tweedie_cuda")
            : absent(CUDA_DRIVER + " not found: no NVIDIA driver is installed");
  }

  private static boolean hasCudaDriver() {
    try {
      SymbolLookup.libraryLookup(
          CUDA_DRIVER, Arena.global()); // for good: it has threads of its own
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    } catch (IllegalCallerException e) {
      return true; // native access is denied, which loading the library says in better words
    }
  }

  private static final class Cpu {
    static final NativeLibrary LIBRARY = search("tweedie_cpu");
  }

  /** Why the library is absent: one line for a user; empty if it is loaded. */
  public Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  /** The file that was loaded; empty if the library is absent. */
  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  /**
   * Returns normally if the library is loaded.
   *
   * @throws IllegalStateException with the reason if it is absent
   */
  void require() {
    if (reason != null) {
      throw new IllegalStateException(reason);
    }
  }

  private static NativeLibrary search(String name) {
    String directory = System.getProperty(DIRECTORY_PROPERTY);
    return directory != null
        ? fromDirectory(name, Path.of(directory))
        : fromResource(name, NativeLibrary.class.getClassLoader(), Extraction.places());
  }

  static NativeLibrary fromDirectory(String name, Path directory) {
    Path file = directory.resolve(System.mapLibraryName(name)).toAbsolutePath();
    if (!Files.isRegularFile(file)) {
      return absent(file + " not found (-D" + DIRECTORY_PROPERTY + ")");
    }
    try {
      return load(name, file);
    } catch (IOException e) {
      return absent(String.valueOf(e.getMessage()));
    }
  }

  /** Tries the places in order: a folder may be read-only, full, or mounted noexec. */
  static NativeLibrary fromResource(String name, ClassLoader loader, List<Extraction> places) {
    String resource = "dev/tweedie/native/" + platform() + "/" + System.mapLibraryName(name);
    byte[] content;
    try (InputStream in = loader.getResourceAsStream(resource)) {
      if (in == null) {
        String artifact = name.equals("tweedie_cuda") ? "tweedie-native-cuda" : "tweedie-native";
        return absent("no " + artifact + " on the path that was built for " + platform());
      }
      content = in.readAllBytes();
    } catch (IOException e) {
      return absent("cannot read " + resource + ": " + e.getMessage());
    }
    List<String> reasons = new ArrayList<>();
    for (Extraction place : places) {
      try {
        return load(name, place.write(content, System.mapLibraryName(name)));
      } catch (IOException e) {
        reasons.add(e.getMessage());
      }
    }
    return absent(String.join("; ", reasons));
  }

  /**
   * Loads a file, or refuses it for what it is.
   *
   * @throws IOException if the same content in another place might do
   */
  private static NativeLibrary load(String name, Path file) throws IOException {
    try {
      Optional<String> problem = Elf.problem(file);
      if (problem.isEmpty()) {
        problem = compareAbi(name, file);
      }
      if (problem.isPresent()) {
        return absent(problem.get());
      }
      return new NativeLibrary(file, open(file), null);
    } catch (UnsatisfiedLinkError e) {
      throw new IOException(explain(file, String.valueOf(e.getMessage())), e);
    } catch (IllegalCallerException e) {
      return absent("native access is denied: start java with --enable-native-access");
    }
  }

  /**
   * Opens a library for good. Not by {@link System#load}, which refuses what another class loader
   * has loaded; but only that says what is wrong with a file.
   */
  private static SymbolLookup open(Path file) {
    try {
      return SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException e) {
      System.load(file.toString());
      return SymbolLookup.libraryLookup(file, Arena.global());
    }
  }

  /** Asks the library for its ABI before it is loaded for good, since nothing unloads it later. */
  private static Optional<String> compareAbi(String name, Path file) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup symbols;
      try {
        symbols = SymbolLookup.libraryLookup(file, arena);
      } catch (IllegalArgumentException e) {
        return Optional.empty(); // opening it for good fails too, and says why
      }
      Optional<MemorySegment> symbol = symbols.find(name + "_abi");
      if (symbol.isEmpty()) {
        return Optional.of(file + " is no Tweedie library: it has no symbol " + name + "_abi");
      }
      String found = callAbi(symbol.get());
      String needed = abi();
      return found.equals(needed)
          ? Optional.empty()
          : Optional.of(
              String.format(
                  "%s was built from another tweedie.h: its hash is %.12s, needed is %.12s",
                  file, found, needed));
    }
  }

  private static String callAbi(MemorySegment symbol) {
    try {
      MemorySegment text =
          (MemorySegment)
              Linker.nativeLinker()
                  .downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.ADDRESS))
                  .invokeExact();
      return text.reinterpret(65).getString(0);
    } catch (Throwable e) {
      throw new AssertionError("tweedie_abi takes no argument and throws nothing", e);
    }
  }

  /** The sha-256 of the {@code tweedie.h} that these bindings were generated from. */
  public static String abi() {
    Properties lock = new Properties();
    try (InputStream in = NativeLibrary.class.getResourceAsStream("bindings.lock")) {
      lock.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("bindings.lock", e);
    }
    return lock.getProperty("header");
  }

  private static String explain(Path file, String message) {
    // What the Linux loader says of a file system mounted noexec.
    return message.contains("failed to map segment")
        ? file.getParent()
            + " does not allow code to run (mounted noexec?); set -D"
            + DIRECTORY_PROPERTY
            + "=DIR"
        : message;
  }

  private static NativeLibrary absent(String reason) {
    return new NativeLibrary(null, null, reason);
  }

  static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch");
    return (os.startsWith("mac") ? "macos" : os.split(" ")[0])
        + "-"
        + (arch.equals("amd64") ? "x86_64" : arch);
  }
}
