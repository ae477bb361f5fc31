package dev.tweedie.prior;

/**
 * Complex data as real data. A vector of C^d is one of R^2d, the real and the imaginary part of
 * each number side by side, which is how NumPy keeps it in memory. All the engine computes, it
 * computes on those.
 *
 * <p>A circular Gaussian CN(m, C) with {@code C = E (z - m)(z - m)^H} then has the real covariance
 * whose block for the numbers i and j is
 *
 * <pre>
 * 1/2 ( Re C_ij  -Im C_ij )
 *     ( Im C_ij   Re C_ij )
 * </pre>
 *
 * so a variance c of a complex number is c / 2 for each of its parts, and circular noise of
 * variance eta^2 is a {@link dev.tweedie.schedule.Level} with {@code sigma^2 = eta^2 / 2}. A ratio
 * is the same for both: SNR {@code E|x|^2 / E|n|^2} and nMSE {@code sum |x^ - x|^2 / sum |x|^2} may
 * be taken of the real vectors. {@code Level.ofSnrDb} assumes unit power of every real number,
 * hence 2 of a complex one. Source: mathematics 3; Fesl et al. 2025.
 */
public final class Circular {
  private Circular() {}

  /**
   * A complex matrix as a real one of blocks {@code scale (re -im; im re)}.
   *
   * @param complex {@code rows x columns} numbers of two parts; several matrices may follow each
   *     other
   * @param scale 1/2 for covariances, sqrt(1/2) for factors F of {@code F F^H}
   * @return {@code 2 rows x 2 columns}
   */
  public static double[] embed(double[] complex, int rows, int columns, double scale) {
    double[] real = new double[4 * rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double re = scale * complex[2 * (i * columns + j)];
        double im = scale * complex[2 * (i * columns + j) + 1];
        int at = 4 * i * columns + 2 * j;
        real[at] = re;
        real[at + 1] = -im;
        real[at + 2 * columns] = im;
        real[at + 2 * columns + 1] = re;
      }
    }
    return real;
  }

  /** The complex matrix nearest to a real one: the inverse of {@link #embed} where there is one. */
  public static double[] extract(double[] real, int rows, int columns, double scale) {
    double[] complex = new double[2 * rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        int at = 4 * i * columns + 2 * j;
        int below = at + 2 * columns;
        complex[2 * (i * columns + j)] = (real[at] + real[below + 1]) / (2 * scale);
        complex[2 * (i * columns + j) + 1] = (real[below] - real[at + 1]) / (2 * scale);
      }
    }
    return complex;
  }

  /**
   * The part of a real matrix that commutes with multiplication by i. Of a scatter matrix it is the
   * maximum of the likelihood over circular covariances.
   *
   * @param rows of the real matrix, even
   * @param columns even
   */
  public static double[] project(double[] real, int rows, int columns) {
    return embed(extract(real, rows / 2, columns / 2, 1), rows / 2, columns / 2, 1);
  }
}
