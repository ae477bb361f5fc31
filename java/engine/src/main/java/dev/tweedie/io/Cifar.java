package dev.tweedie.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/**
 * The binary files of CIFAR-10 and CIFAR-100: images of 3 x 32 x 32 bytes, channels first, one or
 * two labels before each (Krizhevsky 2009). They have no magic, so that only files of their ending
 * whose labels are all possible are taken for them.
 */
final class Cifar {
  private static final int PIXELS = 3 * 32 * 32;
  private static final int[][] MOST = {{9}, {19, 99}}; // of each label

  private Cifar() {}

  /** How many labels are before each image; 0 where this is no such file. */
  static int labels(InputFile file) {
    String name = file.source().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".bin") && !name.endsWith(".bin.gz")) {
      return 0;
    }
    for (int[] most : MOST) {
      if (hasLabels(file.bytes(), most)) {
        return most.length;
      }
    }
    return 0;
  }

  private static boolean hasLabels(MemorySegment bytes, int[] most) {
    int record = most.length + PIXELS;
    if (bytes.byteSize() == 0 || bytes.byteSize() % record != 0) {
      return false;
    }
    for (long at = 0; at < bytes.byteSize(); at += record) {
      for (int i = 0; i < most.length; i++) {
        if ((bytes.get(ValueLayout.JAVA_BYTE, at + i) & 0xff) > most[i]) {
          return false;
        }
      }
    }
    return true;
  }

  /** The images without their labels, uint8 (n, 3, 32, 32). */
  static NdArray parse(InputFile file, int labels, Arena arena) {
    int record = labels + PIXELS;
    long count = file.bytes().byteSize() / record;
    MemorySegment pixels = Memory.allocate(file.source(), count * PIXELS, arena);
    for (long i = 0; i < count; i++) {
      MemorySegment.copy(file.bytes(), i * record + labels, pixels, i * PIXELS, PIXELS);
    }
    return new NdArray(ElementType.UINT8, new long[] {count, 3, 32, 32}, pixels);
  }
}
