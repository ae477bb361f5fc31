package dev.tweedie.backend.table;

import dev.tweedie.InvalidInputException;
import dev.tweedie.MappedFile;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Means in 8 bits with what rounding took of them, from which kernels bound logits: {@code
 * tweedie_filter}. A quarter of the means' memory, and sixteen bytes a component.
 */
public final class FilterTable {
  /** What products of codes are worth, and what sums of 32 bits hold. */
  static final int LEAST_DIM = 32;

  static final int MOST_DIM = 32768;

  /** Bytes that a kernel reads at once: the codes of a component are a whole number of them. */
  static final int VECTOR = 64;

  /** Beyond it sums of bounds could overflow. */
  private static final float LARGEST_NORM = 1e15f;

  private final long stride;
  private final MemorySegment codes;
  private final MemorySegment order;
  private final long head;
  private final MemorySegment tail;
  private final MemorySegment scale;
  private final MemorySegment norm;
  private final MemorySegment slack;
  private final float largest;
  private final @Nullable MappedFile file; // that codes are mapped from

  FilterTable(
      int dim,
      int components,
      MemorySegment codes,
      MemorySegment order,
      long head,
      MemorySegment tail,
      MemorySegment scale,
      MemorySegment norm,
      MemorySegment slack) {
    stride = stride(dim);
    this.codes = codes;
    this.order = order;
    this.head = head;
    this.tail = tail;
    this.scale = scale;
    this.norm = norm;
    this.slack = slack;
    float most = 0;
    for (int k = 0; k < components; k++) {
      most = Math.max(most, Column.get(norm, k));
    }
    largest = most;
    file = codes.isMapped() ? MappedFile.of(codes).orElse(null) : null;
  }

  /** Bytes from the codes of one component to those of the next one. */
  static long stride(int dim) {
    return (dim + VECTOR - 1L) / VECTOR * VECTOR;
  }

  /**
   * The means of {@code prior} in 8 bits, or null where kernels could do nothing with them; from
   * the file where it keeps them in one.
   *
   * @throws InvalidInputException where that is not theirs, or cannot be
   */
  static @Nullable FilterTable of(PriorTable prior, Workers workers, Arena arena) {
    Path file = prior.filterFile();
    if (prior.dim() < LEAST_DIM || prior.dim() > MOST_DIM) {
      if (file != null) {
        throw new InvalidInputException(
            "%s: found points of dimension %d, allowed: %d to %d"
                .formatted(file, prior.dim(), LEAST_DIM, MOST_DIM));
      }
      return null;
    }
    FilterTable table =
        file == null
            ? FilterEncoder.encode(prior, workers, arena)
            : FilterFile.open(file, prior, workers, arena);
    return table.largest <= LARGEST_NORM ? table : null;
  }

  /**
   * To be called before each use.
   *
   * @throws InvalidInputException where the file that codes are mapped from was written to or cut
   */
  public void requireUnchanged() {
    if (file != null) {
      file.requireUnchanged();
    }
  }

  /** All that lies in memory. */
  public List<MemorySegment> columns() {
    return List.of(codes, order, tail, scale, norm, slack);
  }

  /** {@code K x stride} bytes. */
  public MemorySegment codes() {
    return codes;
  }

  public long stride() {
    return stride;
  }

  /** The element of a mean whose code stands at each place. */
  public MemorySegment order() {
    return order;
  }

  /** How many codes are looked at first; 0: all at once. */
  public long head() {
    return head;
  }

  /** The norm of each mean's elements behind the first codes, or more. */
  public MemorySegment tail() {
    return tail;
  }

  /** From one code to the next one, of each component. */
  public MemorySegment scale() {
    return scale;
  }

  /** The norm of each mean, or more. */
  public MemorySegment norm() {
    return norm;
  }

  /** The norm of what the codes lose of each mean, or more. */
  public MemorySegment slack() {
    return slack;
  }

  /** The largest of the norms. */
  public float largest() {
    return largest;
  }
}
