package dev.tweedie.restore;

import dev.tweedie.Samples;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Deblurring: an image is known by its means over n x n windows, with opposite edges joined. The
 * kernel is even, so the orthonormal waves cas(2 pi u x / N) / sqrt(N) of each axis, cas = cos +
 * sin (Hartley 1942), are its eigenvectors. M has those whose eigenvalue is at least {@value
 * #LEAST_GAIN}: what is weaker, rounding would drown, and counts as not measured. Their dense
 * products cost h w (h + w) a row.
 */
final class BoxBlur implements LinearMeasurement {
  /** Undoing it makes an 8-bit picture's rounding of 1/510 at most 1/25. */
  static final double LEAST_GAIN = 0.05;

  private final int height;
  private final int width;
  private final double[] vertical;
  private final double[] horizontal;
  private final double[] gains;
  private final int[] kept;

  /**
   * @param side n, odd, at most either size
   */
  BoxBlur(int height, int width, int side) {
    this.height = height;
    this.width = width;
    this.vertical = waves(height);
    this.horizontal = waves(width);
    double[] down = gains(height, side);
    double[] across = gains(width, side);
    this.gains = new double[height * width];
    for (int i = 0; i < gains.length; i++) {
      gains[i] = down[i / width] * across[i % width];
    }
    this.kept =
        IntStream.range(0, gains.length).filter(i -> Math.abs(gains[i]) >= LEAST_GAIN).toArray();
  }

  private static double[] waves(int n) {
    double[] waves = new double[n * n];
    for (int u = 0; u < n; u++) {
      for (int x = 0; x < n; x++) {
        // Reduced first: the product of indices is exact, the angle stays small.
        double angle = 2 * Math.PI * ((long) u * x % n) / n;
        waves[u * n + x] = (Math.cos(angle) + Math.sin(angle)) / Math.sqrt(n);
      }
    }
    return waves;
  }

  /** Eigenvalues of the mean over {@code side} neighbours, by wave. */
  private static double[] gains(int n, int side) {
    double[] gains = new double[n];
    for (int u = 0; u < n; u++) {
      double sum = 1;
      for (int k = 1; k <= side / 2; k++) {
        sum += 2 * Math.cos(2 * Math.PI * ((long) u * k % n) / n);
      }
      gains[u] = sum / side;
    }
    return gains;
  }

  @Override
  public int dim() {
    return height * width;
  }

  @Override
  public int count() {
    return kept.length;
  }

  @Override
  public void measure(Samples x, Samples c) {
    double[] image = new double[dim()];
    double[] half = new double[dim()];
    for (long row = 0; row < x.rows(); row++) {
      load(x, row, image);
      transform(image, half);
      for (int k = 0; k < kept.length; k++) {
        c.set(row, k, image[kept[k]]);
      }
    }
  }

  @Override
  public void embed(Samples c, Samples x) {
    double[] image = new double[dim()];
    double[] half = new double[dim()];
    for (long row = 0; row < x.rows(); row++) {
      Arrays.fill(image, 0);
      for (int k = 0; k < kept.length; k++) {
        image[kept[k]] = c.get(row, k);
      }
      transform(image, half);
      store(image, x, row);
    }
  }

  @Override
  public int observedHeight() {
    return height;
  }

  @Override
  public int observedWidth() {
    return width;
  }

  /** The blurred image. */
  @Override
  public void observe(Samples x, Samples out) {
    double[] image = new double[dim()];
    double[] half = new double[dim()];
    for (long row = 0; row < x.rows(); row++) {
      load(x, row, image);
      transform(image, half);
      for (int i = 0; i < image.length; i++) {
        image[i] *= gains[i];
      }
      transform(image, half);
      store(image, out, row);
    }
  }

  @Override
  public void coefficients(Samples observed, Samples c) {
    measure(observed, c);
    for (long row = 0; row < c.rows(); row++) {
      for (int k = 0; k < kept.length; k++) {
        c.set(row, k, c.get(row, k) / gains[kept[k]]);
      }
    }
  }

  /** To waves, and from them: the matrices are symmetric and their own inverses. */
  private void transform(double[] image, double[] half) {
    Arrays.fill(half, 0);
    for (int u = 0; u < height; u++) {
      for (int y = 0; y < height; y++) {
        axpy(vertical[u * height + y], image, y * width, half, u * width, width);
      }
    }
    Arrays.fill(image, 0);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        axpy(half[y * width + x], horizontal, x * width, image, y * width, width);
      }
    }
  }

  private static void axpy(double a, double[] x, int xAt, double[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] += a * x[xAt + i];
    }
  }

  private static void load(Samples x, long row, double[] image) {
    for (int i = 0; i < image.length; i++) {
      image[i] = x.get(row, i);
    }
  }

  private static void store(double[] image, Samples x, long row) {
    for (int i = 0; i < image.length; i++) {
      x.set(row, i, image[i]);
    }
  }
}
