package dev.tweedie.bench.peers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** C functions of oneMKL, from the redistributable libraries on the class path. */
@SuppressWarnings("restricted") // calls C, as a benchmark of it must
final class Mkl {
  private static final String RESOURCES = "org/bytedeco/mkl/linux-x86_64/";

  /** What {@code mkl_rt} loads when it needs it, from its own folder. */
  private static final List<String> FILES =
      List.of(
          "libmkl_rt.so.2",
          "libmkl_core.so.2",
          "libmkl_intel_lp64.so.2",
          "libmkl_intel_thread.so.2",
          "libiomp5.so",
          "libmkl_def.so.2",
          "libmkl_avx2.so.2",
          "libmkl_avx512.so.2",
          "libmkl_vml_def.so.2",
          "libmkl_vml_avx2.so.2",
          "libmkl_vml_avx512.so.2");

  private static final SymbolLookup SYMBOLS =
      SymbolLookup.libraryLookup(extract().resolve(FILES.getFirst()), Arena.global());

  private Mkl() {}

  /** A function that returns {@code result}, or nothing where that is null. */
  static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
    FunctionDescriptor descriptor =
        result == null
            ? FunctionDescriptor.ofVoid(arguments)
            : FunctionDescriptor.of(result, arguments);
    return Linker.nativeLinker().downcallHandle(SYMBOLS.find(name).orElseThrow(), descriptor);
  }

  /** To a folder of the user's cache, each file once. */
  private static Path extract() {
    Path folder = Path.of(System.getProperty("user.home"), ".cache/tweedie/bench-mkl");
    try {
      Files.createDirectories(folder);
      for (String name : FILES) {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
          Path part = Files.createTempFile(folder, "part", null);
          try (InputStream in = Mkl.class.getClassLoader().getResourceAsStream(RESOURCES + name)) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
          }
          Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }
}
