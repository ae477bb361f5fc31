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
    c.write(measured(x));
  }

  private double[] measured(Samples x) {
    double[] from = x.toDoubles();
    double[] to = new double[Math.toIntExact(x.rows()) * kept.length];
    double[] image = new double[dim()];
    double[] half = new double[dim()];
    for (int row = 0; row < x.rows(); row++) {
      System.arraycopy(from, row * dim(), image, 0, dim());
      transform(image, half);
      for (int k = 0; k < kept.length; k++) {
        to[row * kept.length + k] = image[kept[k]];
      }
    }
    return to;
  }

  @Override
  public void embed(Samples c, Samples x) {
    double[] from = c.toDoubles();
    double[] to = new double[Math.toIntExact(x.rows()) * dim()];
    double[] image = new double[dim()];
    double[] half = new double[dim()];
    for (int row = 0; row < x.rows(); row++) {
      Arrays.fill(image, 0);
      for (int k = 0; k < kept.length; k++) {
        image[kept[k]] = from[row * kept.length + k];
      }
      transform(image, half);
      System.arraycopy(image, 0, to, row * dim(), dim());
    }
    x.write(to);
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
    double[] rows = x.toDoubles();
    double[] image = new double[dim()];
    double[] half = new double[dim()];
    for (int row = 0; row < x.rows(); row++) {
      System.arraycopy(rows, row * dim(), image, 0, dim());
      transform(image, half);
      for (int i = 0; i < image.length; i++) {
        image[i] *= gains[i];
      }
      transform(image, half);
      System.arraycopy(image, 0, rows, row * dim(), dim());
    }
    out.write(rows);
  }

  @Override
  public void coefficients(Samples observed, Samples c) {
    double[] values = measured(observed);
    for (int i = 0; i < values.length; i++) {
      values[i] /= gains[kept[i % kept.length]];
    }
    c.write(values);
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
}
