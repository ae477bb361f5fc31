package dev.tweedie.bindings;

import dev.tweedie.bindings.generated.Tweedie;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * oneMKL on this machine, looked for once: what the environment variable {@code TWEEDIE_MKL} names,
 * a folder of its libraries or the redistributable jar ({@code org.bytedeco:mkl}); else that jar on
 * the class path; else {@code MKLROOT}, {@code LD_LIBRARY_PATH} and the usual folders of a system.
 *
 * <p>What is missing is found by looking at files, because oneMKL ends the process when a library
 * that it needs later is not there.
 */
public final class OneMkl {
  private static final String VARIABLE = "TWEEDIE_MKL";
  private static final String RESOURCES = "org/bytedeco/mkl/linux-x86_64/";
  private static final List<String> SUFFIXES = List.of(".so.2", ".so.1", ".so");
  private static final String LIBRARY = "libmkl_rt";
  private static final String SEQUENTIAL = "libmkl_sequential";

  /** Beside {@link #LIBRARY}, all with its suffix. */
  private static final List<String> NEEDED =
      List.of("libmkl_core", "libmkl_intel_lp64", "libmkl_def");

  private static final String INTEL = "libmkl_intel_thread";
  private static final String INTEL_RUNTIME = "libiomp5.so";

  /** What the jar has beside {@link #NEEDED}: kernels of processors, without vector mathematics. */
  private static final List<String> MORE = List.of("libmkl_avx2", "libmkl_avx512");

  private final @Nullable Path library;
  private final boolean sequential;
  private final @Nullable String version;
  private final @Nullable String reason;

  private OneMkl(
      @Nullable Path library,
      boolean sequential,
      @Nullable String version,
      @Nullable String reason) {
    this.library = library;
    this.sequential = sequential;
    this.version = version;
    this.reason = reason;
  }

  private static final class Here {
    static final OneMkl MKL = find();
  }

  /** What was found, or why nothing can be used. Needs the CPU library. */
  public static OneMkl here() {
    return Here.MKL;
  }

  /** Why oneMKL is absent: one line for a user; empty if it can be used. */
  public Optional<String> reason() {
    return Optional.ofNullable(reason);
  }

  /** Library, version and layer of threads, or why it is absent. */
  @Override
  public String toString() {
    return reason == null
        ? "%s, %s, %s".formatted(version, library, sequential ? "sequential" : "Intel threads, one")
        : "absent: " + reason;
  }

  /** Readies a handle for fast mode; gives the status. */
  int load(MemorySegment handle) {
    try (Arena arena = Arena.ofConfined()) {
      int layer = sequential ? Tweedie.TWEEDIE_LAYER_SEQUENTIAL() : Tweedie.TWEEDIE_LAYER_INTEL();
      return Tweedie.tweedie_cpu_fast(handle, arena.allocateFrom(String.valueOf(library)), layer);
    }
  }

  private static OneMkl find() {
    try {
      String named = System.getenv(VARIABLE);
      if (named != null) {
        Path path = Path.of(named);
        Path folder = Files.isRegularFile(path) ? unpack(path) : path;
        return in(folder).orElseGet(() -> absent(VARIABLE + ": no " + LIBRARY + " in " + folder));
      }
      Optional<Path> jar = jarOnPath();
      if (jar.isPresent()) {
        Path folder = unpack(jar.get());
        return in(folder).orElseThrow();
      }
    } catch (IOException e) {
      return absent("cannot unpack oneMKL: " + Extraction.describe(e));
    }
    return folders().stream()
        .flatMap(folder -> in(folder).stream())
        .findFirst()
        .orElseGet(
            () ->
                absent(
                    "no oneMKL: neither "
                        + VARIABLE
                        + ", the jar org.bytedeco:mkl (classifier linux-x86_64-redist), MKLROOT nor"
                        + " the loader's folders have "
                        + LIBRARY));
  }

  private static OneMkl absent(String reason) {
    return new OneMkl(null, false, null, reason);
  }

  /** The libraries of a folder, tried; empty where it has none. */
  private static Optional<OneMkl> in(Path folder) {
    for (String suffix : SUFFIXES) {
      Path library = folder.resolve(LIBRARY + suffix).toAbsolutePath();
      if (!Files.isRegularFile(library)) {
        continue;
      }
      boolean sequential = Files.isRegularFile(folder.resolve(SEQUENTIAL + suffix));
      List<String> needed = new ArrayList<>();
      NEEDED.forEach(name -> needed.add(name + suffix));
      if (!sequential) {
        needed.add(INTEL + suffix);
        needed.add(INTEL_RUNTIME);
      }
      needed.removeIf(name -> Files.isRegularFile(folder.resolve(name)));
      return Optional.of(
          needed.isEmpty()
              ? tried(new OneMkl(library, sequential, null, null))
              : absent(library + " is without " + String.join(", ", needed)));
    }
    return Optional.empty();
  }

  private static OneMkl tried(OneMkl found) {
    try (TweedieCpu cpu = TweedieCpu.open(TweedieCpu.Tier.SCALAR)) {
      cpu.check(found.load(cpu.handle()));
      String words = Tweedie.tweedie_cpu_fast_version(cpu.handle()).getString(0);
      String version = words.replaceFirst(".*Version ([0-9.]+).*", "oneMKL $1");
      return new OneMkl(found.library, found.sequential, version, null);
    } catch (IllegalStateException e) {
      return absent(String.valueOf(e.getMessage()));
    }
  }

  private static List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    String root = System.getenv("MKLROOT");
    if (root != null) {
      folders.add(Path.of(root, "lib"));
      folders.add(Path.of(root, "lib", "intel64"));
    }
    String loader = System.getenv("LD_LIBRARY_PATH");
    if (loader != null) {
      for (String folder : loader.split(File.pathSeparator)) {
        folders.add(Path.of(folder));
      }
    }
    for (String folder :
        List.of(
            "/opt/intel/oneapi/mkl/latest/lib",
            "/usr/local/lib",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib64",
            "/usr/lib")) {
      folders.add(Path.of(folder));
    }
    return folders;
  }

  private static Optional<Path> jarOnPath() throws IOException {
    URL found = ClassLoader.getSystemResource(RESOURCES + LIBRARY + SUFFIXES.getFirst());
    try {
      return found != null && found.openConnection() instanceof JarURLConnection jar
          ? Optional.of(Path.of(jar.getJarFileURL().toURI()))
          : Optional.empty();
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /** To a folder of the user's cache that has the jar's name, each file once. */
  private static Path unpack(Path jar) throws IOException {
    Path folder = Extraction.cache().resolve(jar.getFileName().toString());
    List<String> names = new ArrayList<>(List.of(INTEL_RUNTIME));
    names.add(LIBRARY + SUFFIXES.getFirst());
    names.add(INTEL + SUFFIXES.getFirst());
    NEEDED.forEach(name -> names.add(name + SUFFIXES.getFirst()));
    MORE.forEach(name -> names.add(name + SUFFIXES.getFirst()));
    Files.createDirectories(folder);
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (String name : names) {
        ZipEntry entry = zip.getEntry(RESOURCES + name);
        if (entry == null) {
          throw new IOException(jar + " has no " + RESOURCES + name);
        }
        Path file = folder.resolve(name);
        if (Files.isRegularFile(file) && Files.size(file) == entry.getSize()) {
          continue;
        }
        Path part = Files.createTempFile(folder, "part", null);
        try (InputStream in = zip.getInputStream(entry)) {
          Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
          Extraction.move(part, file);
        } finally {
          Files.deleteIfExists(part);
        }
      }
    }
    return folder;
  }
}
