package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** NumPy's {@code .npz} files: a zip archive with one {@code .npy} file for each named array. */
public final class Npz {
  /** The member that says where a file comes from; it is no array. */
  public static final String ORIGIN = "tweedie.json";

  private static final String SUFFIX = ".npy";
  private static final int MOST_NAMED = 20;

  private final String source;
  private final ZipDirectory zip;
  private final Arena arena;
  private final Map<String, String> entries = new LinkedHashMap<>(); // by the array's name

  private Npz(InputFile file, Arena arena) {
    if (file.format() != InputFile.Format.ZIP) {
      throw new InvalidInputException(
          "%s: bad magic, not a .npz file: %s; allowed: a zip archive of .npy files"
              .formatted(file.path(), InputFile.firstBytes(file.bytes())));
    }
    this.source = file.source();
    this.zip = new ZipDirectory(file);
    this.arena = arena;
    for (String entry : zip.names()) {
      boolean named = entry.endsWith(SUFFIX);
      // What others write without the suffix is an array all the same; the rest is none.
      if (named || zip.startsWith(entry, NpyHeader.MAGIC)) {
        String name = named ? entry.substring(0, entry.length() - SUFFIX.length()) : entry;
        if (entries.put(name, entry) != null) {
          throw new InvalidInputException(
              "%s: '%s' is there with and without .npy; allowed: once".formatted(source, name));
        }
      }
    }
  }

  /**
   * Opens a {@code .npz} file, or a {@code .gz} of one. Arrays are read when asked for; a stored
   * one is a view of the mapped file where its place in it allows.
   *
   * @param path the file, which must not be truncated while its arrays are used
   * @param arena lifetime of all arrays
   * @throws InvalidInputException if the file is missing, unreadable, truncated or no zip archive
   */
  public static Npz open(Path path, Arena arena) throws IOException {
    return of(InputFile.open(path, arena, arena), arena);
  }

  static Npz of(InputFile file, Arena arena) {
    return new Npz(file, arena);
  }

  /** Names of the arrays, in the file's order. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /** Whether there is an array of that name. */
  public boolean contains(String name) {
    return entries.containsKey(name);
  }

  /**
   * Reads one array; its checksum is verified.
   *
   * @throws InvalidInputException if there is no such array or if it is damaged or not of numbers
   */
  public NdArray get(String name) {
    return Npy.parse(source + "[" + name + "]", content(name), arena);
  }

  /** Reads an array that is one text. */
  String text(String name) {
    return NpyText.parse(source + "[" + name + "]", content(name));
  }

  /** The names for a message; an archive may have very many. */
  String list() {
    String some = entries.keySet().stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
    return entries.size() <= MOST_NAMED ? some : some + ", ...";
  }

  private MemorySegment content(String name) {
    String entry = entries.get(name);
    if (entry == null) {
      throw new InvalidInputException(
          "%s: has no array '%s'; it has: %s"
              .formatted(source, name, entries.isEmpty() ? "none" : list()));
    }
    return zip.content(entry, arena);
  }

  /** Writes a {@code .npz} file without compression, in the map's order; whole or not at all. */
  public static void write(Path path, Map<String, NdArray> arrays) throws IOException {
    write(path, arrays, "");
  }

  /**
   * As {@link #write(Path, Map)}.
   *
   * @param origin where the arrays come from, in JSON, kept in the member {@value #ORIGIN} beside
   *     them; empty for none
   */
  public static void write(Path path, Map<String, NdArray> arrays, String origin)
      throws IOException {
    OutputFile.write(path, out -> write(out, arrays, origin));
  }

  /** As {@link #write(Path, Map, String)}, to a stream, which stays open and is not flushed. */
  public static void write(OutputStream out, Map<String, NdArray> arrays, String origin)
      throws IOException {
    // Not closed: the stream below belongs to the output file, which closes it once.
    @SuppressWarnings("resource")
    ZipOutputStream zip = new ZipOutputStream(out);
    zip.setMethod(ZipOutputStream.STORED);
    for (Map.Entry<String, NdArray> array : arrays.entrySet()) {
      ZipEntry entry = new ZipEntry(array.getKey() + SUFFIX);
      entry.setSize(Npy.byteSize(array.getValue()));
      entry.setCrc(crc(array.getValue()));
      // A fixed time, as NumPy writes: the same arrays make the same bytes.
      entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
      zip.putNextEntry(entry);
      Npy.write(zip, array.getValue());
      zip.closeEntry();
    }
    if (!origin.isEmpty()) {
      byte[] text = origin.getBytes(StandardCharsets.UTF_8);
      CRC32 crc = new CRC32();
      crc.update(text);
      ZipEntry entry = new ZipEntry(ORIGIN);
      entry.setSize(text.length);
      entry.setCrc(crc.getValue());
      entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
      zip.putNextEntry(entry);
      zip.write(text);
      zip.closeEntry();
    }
    zip.finish();
  }

  // A stored entry's checksum stands before its data, hence a pass of its own.
  private static long crc(NdArray array) throws IOException {
    CRC32 crc = new CRC32();
    try (CheckedOutputStream sum = new CheckedOutputStream(OutputStream.nullOutputStream(), crc)) {
      Npy.write(sum, array);
    }
    return crc.getValue();
  }
}
