package dev.tweedie.io;

import static dev.tweedie.io.MixtureArrays.COVARIANCES;
import static dev.tweedie.io.MixtureArrays.FACTORS;
import static dev.tweedie.io.MixtureArrays.MEANS;
import static dev.tweedie.io.MixtureArrays.WEIGHTS;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Circular;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The parameters of a Gaussian mixture as an {@code .npz} file keeps them, in the shapes of
 * scikit-learn: {@code weights} (K), {@code means} (K, d), and {@code covariances} (K), (K, d), (K,
 * d, d) or (d, d) for isotropic, diagonal, full or tied; low-rank ones F F' + tau^2 I have {@code
 * factors} (K, d, r) beside {@code covariances} (K), the tau^2. Names may end in an underscore, and
 * the other arrays of a scikit-learn model may be there; of these {@code covariance_type}
 * (spherical, diag, full, tied) is read. Shapes are checked here, values where a prior is made of
 * them.
 *
 * <p>Complex {@code means} make a mixture of circular Gaussians: {@code covariances} (K, d, d) are
 * Hermitian and {@code factors} complex, the variances of the other kinds are E|z - m|^2. It is
 * read as the real one that {@link Circular} describes, of dimension 2 d.
 *
 * @param parameters what the arrays say
 */
public record MixtureFile(MixtureParameters parameters) implements PriorFile {
  /**
   * Reads a mixture.
   *
   * @throws InvalidInputException if the file is missing, unreadable or damaged, if an array is
   *     missing or unknown, or if shapes do not match
   */
  public static MixtureFile read(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return read(path, Npz.open(path, arena));
    }
  }

  static MixtureFile read(Path path, Npz npz) {
    MixtureArrays arrays = new MixtureArrays(path, npz);
    NdArray weights = arrays.get(WEIGHTS);
    NdArray means = arrays.get(MEANS);
    NdArray covariances = arrays.get(COVARIANCES);
    if (weights.rank() != 1 || weights.count() < 1) {
      throw wrong(path, WEIGHTS, weights, "(K,) with K at least 1");
    }
    long k = weights.count();
    if (means.rank() != 2 || means.shape()[0] != k || means.shape()[1] < 1) {
      throw wrong(path, MEANS, means, "(%d, d) with d at least 1, as weights say".formatted(k));
    }
    long dim = means.shape()[1];
    boolean complex = means.type().isComplex();
    requireReal(path, WEIGHTS, weights);
    Covariance covariance = covariance(path, arrays, covariances, k, dim, complex);
    return new MixtureFile(
        new MixtureParameters(
            numbers(path, WEIGHTS, weights),
            numbers(path, MEANS, complex ? means.parts() : means),
            Math.toIntExact(complex ? 2 * dim : dim), // all means fit in one array, so one does
            complex ? ComplexCovariance.toReal(covariance, (int) k, (int) dim) : covariance));
  }

  /** Writes a mixture in float64; whole or not at all. */
  public void write(Path path) throws IOException {
    Npz.write(path, arrays());
  }

  /** The arrays of the file, in float64, by their names. */
  public Map<String, NdArray> arrays() {
    int k = parameters.components();
    int dim = parameters.dim();
    NdArray means = NdArray.of(parameters.means(), k, dim);
    return arrays(means, parameters.covariance(), dim, false);
  }

  /**
   * Writes a mixture of circular Gaussians as one of complex numbers, in complex128.
   *
   * @throws InvalidInputException where the dimension is odd
   */
  public void writeComplex(Path path) throws IOException {
    Npz.write(path, complexArrays());
  }

  /** The arrays of {@link #writeComplex}. */
  public Map<String, NdArray> complexArrays() {
    int k = parameters.components();
    int dim = parameters.dim();
    if (dim % 2 != 0) {
      throw new InvalidInputException(
          "complex mixture: found the real dimension " + dim + ", allowed: an even one");
    }
    Covariance half = ComplexCovariance.ofReal(parameters.covariance(), k, dim / 2);
    return arrays(complex(parameters.means(), k, dim / 2), half, dim / 2, true);
  }

  private Map<String, NdArray> arrays(
      NdArray means, Covariance covariance, int dim, boolean complex) {
    long k = parameters.components();
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    arrays.put(WEIGHTS, NdArray.of(parameters.weights(), k));
    arrays.put(MEANS, means);
    switch (covariance) {
      case Covariance.Isotropic c -> arrays.put(COVARIANCES, NdArray.of(c.variances(), k));
      case Covariance.Diagonal c -> arrays.put(COVARIANCES, NdArray.of(c.variances(), k, dim));
      case Covariance.Full c -> arrays.put(COVARIANCES, of(complex, c.matrices(), k, dim, dim));
      case Covariance.LowRank c -> {
        arrays.put(COVARIANCES, NdArray.of(c.floor(), k));
        arrays.put(FACTORS, of(complex, c.factors(), k, dim, c.rank()));
      }
    }
    return arrays;
  }

  private static NdArray of(boolean complex, double[] numbers, long... shape) {
    return complex ? complex(numbers, shape) : NdArray.of(numbers, shape);
  }

  private static NdArray complex(double[] parts, long... shape) {
    return new NdArray(ElementType.COMPLEX128, shape, MemorySegment.ofArray(parts));
  }

  private static Covariance covariance(
      Path path, MixtureArrays arrays, NdArray covariances, long k, long dim, boolean complex) {
    if (arrays.hasFactors()) {
      return lowRank(path, arrays, covariances, k, dim, complex);
    }
    CovarianceLayout layout =
        CovarianceLayout.of(path, arrays.covarianceType(), covariances, k, dim);
    return switch (layout) {
      case SPHERICAL -> new Covariance.Isotropic(variances(path, covariances));
      case DIAGONAL -> new Covariance.Diagonal(variances(path, covariances));
      case FULL -> new Covariance.Full(matrix(path, COVARIANCES, covariances, complex));
      case TIED -> {
        double[] matrix = matrix(path, COVARIANCES, covariances, complex);
        if (k * matrix.length > NdArray.MAX_JAVA_LENGTH) {
          throw wrong(path, COVARIANCES, covariances, "2^31 - 9 numbers for all components");
        }
        double[] all = new double[(int) k * matrix.length];
        for (int i = 0; i < k; i++) {
          System.arraycopy(matrix, 0, all, i * matrix.length, matrix.length);
        }
        yield new Covariance.Full(all);
      }
    };
  }

  private static Covariance lowRank(
      Path path, MixtureArrays arrays, NdArray covariances, long k, long dim, boolean complex) {
    NdArray factors = arrays.get(FACTORS);
    long[] sizes = factors.shape();
    if (sizes.length != 3 || sizes[0] != k || sizes[1] != dim || sizes[2] < 1) {
      throw wrong(
          path, FACTORS, factors, "(%d, %d, r) with r at least 1, as means say".formatted(k, dim));
    }
    if (!Shape.text(covariances.shape()).equals(Shape.text(k))) {
      throw wrong(path, COVARIANCES, covariances, Shape.text(k) + " beside factors");
    }
    return new Covariance.LowRank(
        matrix(path, FACTORS, factors, complex),
        Math.toIntExact(sizes[2]),
        variances(path, covariances));
  }

  private static double[] variances(Path path, NdArray covariances) {
    requireReal(path, COVARIANCES, covariances);
    return numbers(path, COVARIANCES, covariances);
  }

  private static void requireReal(Path path, String name, NdArray array) {
    if (array.type().isComplex()) {
      throw new InvalidInputException(
          "%s: '%s' is %s; allowed: real numbers".formatted(path, name, array.type()));
    }
  }

  /** Matrices of real numbers, or of complex ones as two parts each. */
  private static double[] matrix(Path path, String name, NdArray array, boolean complex) {
    if (!complex && array.type().isComplex()) {
      throw new InvalidInputException(
          "%s: '%s' is %s beside real means; allowed: complex means"
              .formatted(path, name, array.type()));
    }
    double[] numbers = numbers(path, name, array.type().isComplex() ? array.parts() : array);
    if (!complex || array.type().isComplex()) {
      return numbers;
    }
    double[] parts = new double[2 * numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      parts[2 * i] = numbers[i];
    }
    return parts;
  }

  private static double[] numbers(Path path, String name, NdArray array) {
    if (array.count() > NdArray.MAX_JAVA_LENGTH) {
      throw wrong(path, name, array, "at most 2^31 - 9 numbers");
    }
    return array.toDoubles();
  }

  private static InvalidInputException wrong(
      Path path, String name, NdArray array, String allowed) {
    return new InvalidInputException(
        "%s: '%s' has the shape %s; allowed: %s"
            .formatted(path, name, Shape.text(array.shape()), allowed));
  }
}
