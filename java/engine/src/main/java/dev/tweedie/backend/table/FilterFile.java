package dev.tweedie.backend.table;

import dev.tweedie.InvalidInputException;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npz;
import dev.tweedie.prior.Kind;
import dev.tweedie.threads.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A {@link FilterTable} in a file beside its points: a {@code .npz} of its columns, and of the
 * SHA-256 of the means that it was made of. A filter of other points would bound other logits, so
 * one that does not belong to them is refused.
 */
final class FilterFile {
  private static final String CODES = "codes";
  private static final String ORDER = "order";
  private static final String HEAD = "head";
  private static final String TAIL = "tail";
  private static final String SCALE = "scale";
  private static final String NORM = "norm";
  private static final String SLACK = "slack";
  private static final String MEANS = "sha256";

  private final Path path;
  private final Npz file;
  private final Arena arena;

  private FilterFile(Path path, Npz file, Arena arena) {
    this.path = path;
    this.file = file;
    this.arena = arena;
  }

  /**
   * The filter in the file; where there is none yet, it is made and written. Codes that are read
   * are a view of the mapped file.
   *
   * @throws InvalidInputException where the file is damaged or of other points, or cannot be
   *     written
   */
  static FilterTable open(Path path, PriorTable prior, Workers workers, Arena arena) {
    byte[] digest = digest(prior, workers);
    try {
      if (Files.exists(path)) {
        return new FilterFile(path, Npz.open(path, arena), arena).read(prior, digest);
      }
      FilterTable made = FilterEncoder.encode(prior, workers, arena);
      write(path, prior, made, digest);
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path path, PriorTable prior, FilterTable filter, byte[] digest)
      throws IOException {
    int components = prior.components();
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    arrays.put(MEANS, NdArray.of(digest, digest.length));
    arrays.put(CODES, array(ElementType.UINT8, filter.codes(), components, filter.stride()));
    arrays.put(ORDER, array(ElementType.INT32, filter.order(), prior.dim()));
    arrays.put(HEAD, NdArray.of(new long[] {filter.head()}, 1));
    arrays.put(TAIL, array(ElementType.FLOAT32, filter.tail(), components));
    arrays.put(SCALE, array(ElementType.FLOAT32, filter.scale(), components));
    arrays.put(NORM, array(ElementType.FLOAT32, filter.norm(), components));
    arrays.put(SLACK, array(ElementType.FLOAT32, filter.slack(), components));
    Npz.write(path, arrays);
  }

  private static NdArray array(ElementType type, MemorySegment of, long... shape) {
    long bytes = type.bytes();
    for (long size : shape) {
      bytes *= size;
    }
    return new NdArray(type, shape, of.asSlice(0, bytes));
  }

  private FilterTable read(PriorTable prior, byte[] digest) {
    byte[] found = get(MEANS, ElementType.UINT8, digest.length).toArray(ValueLayout.JAVA_BYTE);
    if (!Arrays.equals(found, digest)) {
      throw new InvalidInputException(
          "%s: is the filter of other points; allowed: of the %d x %d ones that it is used with, or no file yet"
              .formatted(path, prior.components(), prior.dim()));
    }
    int components = prior.components();
    int dim = prior.dim();
    return new FilterTable(
        dim,
        components,
        get(CODES, ElementType.UINT8, components, FilterTable.stride(dim)),
        order(dim),
        head(dim),
        column(TAIL, components),
        column(SCALE, components),
        column(NORM, components),
        column(SLACK, components));
  }

  private MemorySegment get(String name, ElementType type, long... shape) {
    NdArray array = file.get(name);
    if (array.type() != type || !Arrays.equals(array.shape(), shape)) {
      throw new InvalidInputException(
          "%s[%s]: found %s of shape %s, allowed in a filter: %s of shape %s"
              .formatted(
                  path,
                  name,
                  array.type(),
                  Arrays.toString(array.shape()),
                  type,
                  Arrays.toString(shape)));
    }
    return array.data();
  }

  /** Each element once: kernels read rows by it. */
  private MemorySegment order(int dim) {
    int[] order = get(ORDER, ElementType.INT32, dim).toArray(ValueLayout.JAVA_INT_UNALIGNED);
    boolean[] seen = new boolean[dim];
    for (int element : order) {
      if (element < 0 || element >= dim || seen[element]) {
        throw damaged(ORDER, Integer.toString(element), "each of 0 to " + (dim - 1) + " once");
      }
      seen[element] = true;
    }
    return arena.allocateFrom(ValueLayout.JAVA_INT, order);
  }

  private long head(int dim) {
    long head = get(HEAD, ElementType.INT64, 1).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    if (head < 0 || head >= dim || head % FilterTable.VECTOR != 0) {
      throw damaged(HEAD, Long.toString(head), "a multiple of 64 below " + dim);
    }
    return head;
  }

  /** A copy: an array need not lie at a multiple of four bytes. */
  private MemorySegment column(String name, int components) {
    MemorySegment column = Column.floats(arena, components);
    column.copyFrom(get(name, ElementType.FLOAT32, components));
    for (int k = 0; k < components; k++) {
      float value = Column.get(column, k);
      if (!(value >= 0 && value <= Float.MAX_VALUE)) {
        throw damaged(name, Float.toString(value), "finite numbers from 0 on");
      }
    }
    return column;
  }

  private InvalidInputException damaged(String name, String found, String allowed) {
    return new InvalidInputException(
        "%s[%s]: found %s, allowed: %s".formatted(path, name, found, allowed));
  }

  /** Of the means as kernels see them: shards by all threads, then their digests in order. */
  private static byte[] digest(PriorTable prior, Workers workers) {
    long row = (long) prior.dim() * Float.BYTES;
    int shards = (prior.components() + Kind.SHARD - 1) / Kind.SHARD;
    byte[][] digests = new byte[shards][];
    workers.forEachChunk(
        shards,
        1,
        (shard, _) -> {
          long first = shard * Kind.SHARD;
          long count = Math.min(Kind.SHARD, prior.components() - first);
          MessageDigest sha = sha256();
          for (long k = first; k < first + count; k++) { // a buffer's size is an int
            sha.update(prior.means().asSlice(k * row, row).asByteBuffer());
          }
          digests[(int) shard] = sha.digest();
        });
    MessageDigest all = sha256();
    for (byte[] digest : digests) {
      all.update(digest);
    }
    return all.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
