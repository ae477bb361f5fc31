package dev.tweedie;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A batch of vectors, {@code rows x dim}, row-major and contiguous, in the memory of one backend:
 * float32 everywhere but on {@code reference}, which keeps float64. Made by an {@link Engine} and
 * valid until they or it is closed. Memory that nobody closes is used again when nobody reaches the
 * samples, their slices and {@link #segment} any more; in a {@link Engine#scope} it ends with that.
 *
 * <p>On a device every method that reads or writes elements is a transfer, which waits for the
 * device: move whole batches ({@link #toFloats}, {@link #write}), not elements.
 */
public final class Samples implements AutoCloseable {
  private final SampleOwner owner;
  private final SampleBlock block;
  private final MemorySegment segment;
  private final long rows;
  private final int dim;
  private final boolean whole; // else a slice

  /**
   * @param segment the elements; on a device their address alone, with length zero
   */
  Samples(SampleOwner owner, SampleBlock block, MemorySegment segment, long rows, int dim) {
    this(owner, block, segment, rows, dim, true);
  }

  private Samples(
      SampleOwner owner,
      SampleBlock block,
      MemorySegment segment,
      long rows,
      int dim,
      boolean whole) {
    this.owner = owner;
    this.block = block;
    this.whole = whole;
    this.segment = segment;
    this.rows = rows;
    this.dim = dim;
  }

  public long rows() {
    return rows;
  }

  public int dim() {
    return dim;
  }

  public Precision precision() {
    return owner.precision();
  }

  /** The backend whose memory this is. */
  public SampleOwner owner() {
    return owner;
  }

  /**
   * The elements in place, without a copy.
   *
   * @throws IllegalStateException on a device, whose memory the host cannot touch
   */
  public MemorySegment segment() {
    if (device() != null) {
      throw new IllegalStateException(
          "samples of "
              + owner.name()
              + " lie on a device: read them by toFloats or elements, write them by write");
    }
    return block.view(segment, bytes());
  }

  SampleBlock block() {
    return block;
  }

  /**
   * Where the elements lie, for backends, who use it within {@code hold} and {@code release}: on a
   * device a segment of length zero.
   */
  public MemorySegment address() {
    return segment;
  }

  /** Whether an element of one is an element of the other. */
  public boolean overlaps(Samples other) {
    long start = segment.address();
    long otherStart = other.segment.address();
    return start < otherStart + other.bytes() && otherStart < start + bytes();
  }

  private long bytes() {
    return rows * dim * precision().bytes();
  }

  /** All elements, to be read: in place where the host can touch them, else a copy. */
  public MemorySegment elements() {
    return device() == null ? segment() : read(0, rows * dim);
  }

  /**
   * Ends these samples and all their slices, once nobody works on them: who uses one later gets an
   * exception. Closing twice does nothing; so does closing a slice, which ends with the whole.
   */
  @Override
  public void close() {
    if (whole) {
      block.close();
    }
  }

  /** Work on the elements while neither these samples nor the engine can be closed. */
  private void inside(Runnable work) {
    owner.enter();
    try {
      block.enter();
      try {
        work.run();
      } finally {
        block.exit();
      }
    } finally {
      owner.exit();
    }
  }

  private @Nullable DeviceMemory device() {
    return owner.device().orElse(null);
  }

  /** Elements, beginning with number {@code first} of a segment. */
  private interface Look {
    void at(MemorySegment elements, long first);
  }

  private void look(long first, long count, Look look) {
    if (device() == null) {
      inside(() -> look.at(segment, first));
    } else {
      look.at(read(first, count), 0);
    }
  }

  /** A copy of what lies on a device. */
  private MemorySegment read(long first, long count) {
    long bytes = precision().bytes();
    MemorySegment copy =
        Arena.ofAuto().allocate(Math.max(count, 1) * bytes, bytes).asSlice(0, count * bytes);
    DeviceMemory device = Objects.requireNonNull(device());
    inside(() -> device.download(at(first), copy));
    return copy;
  }

  /** The address of an element. */
  private MemorySegment at(long element) {
    long offset = element * precision().bytes();
    return device() == null
        ? segment.asSlice(offset)
        : MemorySegment.ofAddress(segment.address() + offset);
  }

  /** Rows {@code [begin, begin + count)} in place, without a copy. */
  public Samples slice(long begin, long count) {
    if (begin < 0 || count < 0 || begin + count > rows) {
      throw new InvalidInputException(
          "slice: rows [" + begin + ", " + (begin + count) + "), allowed: within " + rows);
    }
    MemorySegment part = at(begin * dim);
    long bytes = count * dim * precision().bytes();
    MemorySegment slice = device() == null ? part.asSlice(0, bytes) : part;
    return new Samples(owner, block, slice, count, dim, false);
  }

  /** The first {@code rows x dim} of these elements as a batch of that shape, without a copy. */
  public Samples shaped(long rows, int dim) {
    if (rows < 0 || dim < 1 || rows > this.rows * this.dim / dim) {
      throw new InvalidInputException(
          "shape: found " + rows + " x " + dim + ", allowed: within " + this);
    }
    MemorySegment part =
        device() == null ? segment.asSlice(0, rows * dim * precision().bytes()) : segment;
    return new Samples(owner, block, part, rows, dim, false);
  }

  public double get(long row, long column) {
    long at = index(row, column);
    return device() == null ? number(segment(), at) : number(read(at, 1), 0);
  }

  private double number(MemorySegment from, long at) {
    return switch (precision()) {
      case FLOAT32 -> from.getAtIndex(ValueLayout.JAVA_FLOAT, at);
      case FLOAT64 -> from.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
    };
  }

  /** Rounds {@code value} to this batch's precision. */
  public void set(long row, long column, double value) {
    long at = index(row, column);
    DeviceMemory device = device();
    if (device != null) {
      inside(() -> device.upload(rounded(new double[] {value}), at(at)));
      return;
    }
    MemorySegment segment = segment();
    switch (precision()) {
      case FLOAT32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) value);
      case FLOAT64 -> segment.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value);
    }
  }

  private long index(long row, long column) {
    if (row < 0 || row >= rows || column < 0 || column >= dim) {
      throw new IndexOutOfBoundsException(
          "(" + row + ", " + column + ") outside " + rows + " x " + dim);
    }
    return row * dim + column;
  }

  /** Overwrites all elements, row-major, each rounded to this batch's precision. */
  public void write(double[] values) {
    requireAll(values.length);
    write(rounded(values));
  }

  /** Overwrites all elements, row-major. */
  public void write(float[] values) {
    requireAll(values.length);
    if (precision() == Precision.FLOAT32) {
      write(MemorySegment.ofArray(values));
      return;
    }
    double[] exact = new double[values.length];
    for (int i = 0; i < exact.length; i++) {
      exact[i] = values[i];
    }
    write(exact);
  }

  /** Overwrites all elements with as many bytes of the host's memory, in this precision. */
  void write(MemorySegment from) {
    if (from.byteSize() < bytes()) {
      throw new InvalidInputException(
          "samples: found " + from.byteSize() + " bytes, allowed: " + bytes() + " for " + this);
    }
    MemorySegment all = from.asSlice(0, bytes());
    requireWritable();
    inside(
        () -> {
          if (device() == null) {
            segment.copyFrom(all);
          } else {
            device().upload(all, segment);
          }
        });
  }

  private void requireWritable() {
    if (segment.isReadOnly()) {
      throw new InvalidInputException("samples: found read-only memory, allowed: to be read");
    }
  }

  private void requireAll(long count) {
    if (count != rows * dim) {
      throw new InvalidInputException(
          "write: found " + count + " numbers, allowed: " + this + ", all of them");
    }
  }

  private MemorySegment rounded(double[] values) {
    if (precision() == Precision.FLOAT64) {
      return MemorySegment.ofArray(values);
    }
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    return MemorySegment.ofArray(rounded);
  }

  /** Makes every row {@code values}, each number rounded to this batch's precision. */
  public void fillRows(double[] values) {
    double[] all = new double[Math.toIntExact(rows * dim)];
    for (int i = 0; i < all.length; i += dim) {
      System.arraycopy(values, 0, all, i, dim);
    }
    write(all);
  }

  /** Makes every element zero. */
  public void clear() {
    requireWritable();
    inside(
        () -> {
          if (device() == null) {
            segment.fill((byte) 0);
          } else {
            device().clear(segment, bytes());
          }
        });
  }

  /** Number of the first row with a NaN or an infinity, or -1. */
  public long firstNonFiniteRow() {
    return firstNonFiniteRow(0, rows);
  }

  /** As {@link #firstNonFiniteRow()}, of {@code count} rows from {@code begin} on. */
  public long firstNonFiniteRow(long begin, long count) {
    long[] found = new long[1];
    look(
        begin * dim,
        count * dim,
        (all, first) -> {
          long at = precision().firstNonFinite(all, first, count * dim);
          found[0] = at < 0 ? -1 : begin + (at - first) / dim;
        });
    return found[0];
  }

  /** Copies one row, {@code to.length >= dim} numbers. */
  public void readRow(long row, double[] to) {
    look(
        index(row, 0),
        dim,
        (from, first) -> {
          for (int j = 0; j < dim; j++) {
            to[j] = number(from, first + j);
          }
        });
  }

  /** Copies all elements, row-major, to the start of {@code to}. */
  public void read(double[] to) {
    read(to, 0);
  }

  /** As {@link #read(double[])}, to {@code to[at]} and what follows. */
  public void read(double[] to, int at) {
    int count = Math.toIntExact(rows * dim);
    look(0, count, (from, _) -> read(from, to, at, count));
  }

  private void read(MemorySegment from, double[] to, int at, int count) {
    switch (precision()) {
      case FLOAT32 -> {
        for (int i = 0; i < count; i++) {
          to[at + i] = from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        }
      }
      case FLOAT64 -> MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE, 0, to, at, count);
    }
  }

  /** A copy of all elements, row-major. */
  public double[] toDoubles() {
    double[] out = new double[Math.toIntExact(rows * dim)];
    read(out);
    return out;
  }

  /** A copy of all elements, row-major, rounded to float32. */
  public float[] toFloats() {
    float[] out = new float[Math.toIntExact(rows * dim)];
    look(0, out.length, (from, _) -> read(from, out));
    return out;
  }

  private void read(MemorySegment from, float[] to) {
    switch (precision()) {
      case FLOAT32 -> MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, 0, to, 0, to.length);
      case FLOAT64 -> {
        for (int i = 0; i < to.length; i++) {
          to[i] = (float) from.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
        }
      }
    }
  }

  /** Overwrites these elements with those of {@code other}, which has the same shape. */
  public void copyFrom(Samples other) {
    if (other.rows != rows || other.dim != dim) {
      throw new InvalidInputException("copy: " + other + " into " + this);
    }
    DeviceMemory device = device();
    DeviceMemory from = other.device();
    if (device != null && other.owner == owner) {
      inside(() -> other.inside(() -> device.copy(other.segment, segment, bytes())));
    } else if (device == null && from != null && other.precision() == precision()) {
      requireWritable();
      inside(() -> other.inside(() -> from.download(other.segment, segment)));
    } else if (other.precision() == precision()) {
      write(other.elements());
    } else {
      write(other.toDoubles());
    }
  }

  @Override
  public String toString() {
    return rows + " x " + dim;
  }
}
