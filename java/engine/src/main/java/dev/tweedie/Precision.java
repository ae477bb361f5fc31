package dev.tweedie;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The element type of a backend's samples. */
public enum Precision {
  /** Backends {@code java}, {@code cpu} and {@code cuda}. */
  FLOAT32(ValueLayout.JAVA_FLOAT, 0x7f800000),
  /** The {@code reference} backend. */
  FLOAT64(ValueLayout.JAVA_DOUBLE, 0x7ff00000);

  /** Numbers that are looked at together for a NaN or an infinity: they stay in a near cache. */
  private static final int SCANNED = 2048;

  private static final ThreadLocal<int[]> WORDS =
      ThreadLocal.withInitial(() -> new int[2 * SCANNED]);

  private final ValueLayout layout;

  /** Least upper word of what is not finite, without its sign. */
  private final int infinity;

  Precision(ValueLayout layout, int infinity) {
    this.layout = layout;
    this.infinity = infinity;
  }

  /** Bytes of one element. */
  public long bytes() {
    return layout.byteSize();
  }

  /** Native-order layout of one element. */
  public ValueLayout layout() {
    return layout;
  }

  /**
   * Index of the first NaN or infinity among {@code count} numbers from {@code first} on, or -1.
   */
  public long firstNonFinite(MemorySegment numbers, long first, long count) {
    int[] words = WORDS.get();
    for (long done = 0; done < count; done += SCANNED) {
      int n = (int) Math.min(SCANNED, count - done);
      if (!isFinite(words, numbers, first + done, n)) {
        while (isFinite(words, numbers, first + done, 1)) {
          done++;
        }
        return first + done;
      }
    }
    return -1;
  }

  /**
   * By the largest upper word: a maximum of integers, which compiles to vector code. Over a copy: a
   * loop over a segment is many times slower until it is compiled, and a command ends soon after.
   */
  private boolean isFinite(int[] words, MemorySegment numbers, long at, int n) {
    int stride = (int) bytes() / Integer.BYTES;
    MemorySegment.copy(numbers, ValueLayout.JAVA_INT_UNALIGNED, at * bytes(), words, 0, n * stride);
    int largest = 0;
    if (stride == 1) {
      for (int i = 0; i < n; i++) {
        largest = Math.max(largest, words[i] & Integer.MAX_VALUE);
      }
    } else {
      for (int i = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 1 : 0; i < 2 * n; i += 2) {
        largest = Math.max(largest, words[i] & Integer.MAX_VALUE);
      }
    }
    return largest < infinity;
  }
}
