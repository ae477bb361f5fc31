package dev.tweedie.bench.states;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The images of MNIST's test set, which are no part of the project: the file that the system
 * property {@code tweedie.mnist} names, or {@code shared/data/mnist/t10k-images-idx3-ubyte.gz} in a
 * folder above.
 */
public final class Mnist {
  private static final Path PLACE = Path.of("shared/data/mnist/t10k-images-idx3-ubyte.gz");

  private Mnist() {}

  /** So many images are points of priors; the rest is for noisy rows. */
  static final int PRIOR = 9000;

  private static final int WIDTH = 28;

  private static final int IMAGES = 10_000;

  /** By how many pixels the second, third, ... {@link #PRIOR} points are moved: fresh points. */
  private static final int[] SHIFTS = {0, 1, -1, WIDTH, -WIDTH, 2, -2};

  /** Fails where so many rows and points are not there. */
  static void check(int rows, int points) {
    int held = Math.min(points, PRIOR);
    if (points > SHIFTS.length * PRIOR || rows > IMAGES - held) {
      throw new InvalidInputException(
          "work: found %d rows and %d points of MNIST, allowed: up to %d points and, beside them, %d rows"
              .formatted(rows, points, SHIFTS.length * PRIOR, IMAGES - held));
    }
  }

  /**
   * The first images as points; where more are asked for than {@link #PRIOR}, the same ones again,
   * moved by one or two pixels.
   */
  static float[] shifted(int count, int dim) {
    float[] images = rows(dim);
    float[] points = new float[Math.multiplyExact(count, dim)];
    for (int i = 0; i < count; i++) {
      int shift = SHIFTS[i / PRIOR];
      int from = i % PRIOR * dim;
      for (int j = Math.max(0, shift); j < Math.min(dim, dim + shift); j++) {
        points[i * dim + j] = images[from + j - shift];
      }
    }
    return points;
  }

  /**
   * All 10,000 images, one after the other, of pixels from 0 to 1.
   *
   * @param dim pixels of an image, 784
   * @throws IllegalStateException where the file is absent, or of other images
   */
  public static float[] rows(int dim) {
    try (Arena arena = Arena.ofConfined()) {
      Rows rows = DataFiles.readRows(file(), Precision.FLOAT32, arena);
      if (rows.dim() != dim) {
        throw new IllegalStateException("MNIST: images of " + rows.dim() + " pixels, not " + dim);
      }
      return rows.values().toArray(ValueLayout.JAVA_FLOAT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @throws IllegalStateException where it is absent
   */
  static Path file() {
    String named = System.getProperty("tweedie.mnist");
    if (named != null) {
      return Path.of(named);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isReadable(at.resolve(PLACE))) {
        return at.resolve(PLACE);
      }
    }
    throw new IllegalStateException(
        "MNIST: no %s above %s; -Dtweedie.mnist=FILE names one"
            .formatted(PLACE, Path.of("").toAbsolutePath()));
  }
}
