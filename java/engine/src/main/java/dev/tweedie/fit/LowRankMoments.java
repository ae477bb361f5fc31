package dev.tweedie.fit;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.prior.Circular;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.MixtureParameters;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Mixtures of probabilistic principal components (Tipping and Bishop 1999, appendix C). A step
 * needs the scatter S only in the product S F, so no {@code d x d} matrix is made:
 *
 * <pre>
 * F    = S F_0 (tau_0^2 I + M^-1 F_0' S F_0)^-1,   M = F_0' F_0 + tau_0^2 I
 * tau^2 = trace(S - S F_0 M^-1 F') / d
 * </pre>
 *
 * The likelihood never falls, also where tau^2 is held at the floor: given F it has one maximum in
 * tau^2.
 */
final class LowRankMoments extends Moments {
  /**
   * On fixed clusters a step turns the span of F as one step of a power iteration does; ten leave
   * directions of half the variance a thousandth.
   */
  private static final int STARTING_PASSES = 10;

  private final double floor;
  private final int rank; // of real numbers: twice the one of complex ones
  private final boolean circular;
  private final double variance;

  LowRankMoments(FitShape shape, FitOptions options) {
    super(shape, options);
    circular = options.circular();
    rank = circular ? 2 * options.rank() : options.rank();
    if (rank >= dim) {
      throw new InvalidInputException(
          "rank: found %d, allowed: 1 to %d, less than the dimension; the kind full has them all"
              .formatted(options.rank(), circular ? dim / 2 - 1 : dim - 1));
    }
    floor = options.floor();
    variance = Math.max(shape.variance(), floor);
  }

  @Override
  int startingPasses() {
    return STARTING_PASSES;
  }

  /** Factors of noise, as large as the data: they have a part along every direction. */
  @Override
  MixtureParameters start(double[] means, NoiseForStart noise) {
    double[] factors = new double[components * dim * rank];
    double scale = Math.sqrt(variance / rank);
    for (int k = 0; k < components; k++) {
      double[] normals = noise.normal(k, rank);
      for (int j = 0; j < dim; j++) {
        for (int e = 0; e < rank; e++) {
          factors[(k * dim + j) * rank + e] = scale * normals[e * dim + j];
        }
      }
    }
    double[] floors = new double[components];
    Arrays.fill(floors, variance);
    Covariance start = new Covariance.LowRank(circular(factors, components), rank, floors);
    return new MixtureParameters(new double[components], means, dim, start);
  }

  /** S F about the centre, {@code d x r}, and the trace of S, not yet divided by the mass. */
  @Override
  Sums open(RunMemory memory, MixtureParameters parameters) {
    double[] factors = ((Covariance.LowRank) parameters.covariance()).factors();
    WeightedRows rows = new WeightedRows(memory, components, parameters.means());
    Samples factor = memory.samples(dim, rank);
    Samples scores = memory.samples(memory.capacity, rank);
    Samples product = memory.samples(dim, rank);
    return (run, responsibilities) -> {
      double[][] moments = new double[components][trace() + 1];
      for (int k = 0; k < components; k++) {
        double[] to = moments[k];
        factor.write(part(factors, k));
        rows.forEachBlock(
            k,
            run,
            responsibilities,
            to,
            (block, columns) -> {
              Samples z = scores.slice(0, block.rows());
              memory.engine.run(
                  () -> {
                    memory.engine.backend().gemm(block, factor, z);
                    memory.engine.backend().gemm(columns, z, product);
                  });
              add(product.toDoubles(), block.toDoubles(), to);
            });
      }
      return moments;
    };
  }

  private void add(double[] sums, double[] block, double[] to) {
    for (int i = 0; i < sums.length; i++) {
      to[second() + i] += sums[i];
    }
    for (double y : block) {
      to[trace()] += y * y;
    }
  }

  private int trace() {
    return second() + dim * rank;
  }

  private double[] part(double[] factors, int k) {
    return Arrays.copyOfRange(factors, k * dim * rank, (k + 1) * dim * rank);
  }

  @Override
  Covariance covariance(Engine engine, Covariance before, double[][] moments, double[] shifts) {
    double[] factors = new double[components * dim * rank];
    double[] floors = new double[components];
    Covariance.LowRank old = (Covariance.LowRank) before;
    FitRows.forEachComponent(
        engine, components, k -> step(k, old, moments[k], shifts, factors, floors));
    return new Covariance.LowRank(factors, rank, floors);
  }

  private void step(
      int k,
      Covariance.LowRank before,
      double[] moments,
      double[] shifts,
      double[] factors,
      double[] floors) {
    double mass = moments[0];
    if (mass == 0) {
      floors[k] = floor;
      return;
    }
    var old = DMatrixRMaj.wrap(dim, rank, part(before.factors(), k));
    double tau = before.floor()[k];
    var shift = DMatrixRMaj.wrap(dim, 1, Arrays.copyOfRange(shifts, k * dim, (k + 1) * dim));
    var scatter =
        DMatrixRMaj.wrap(dim, rank, Arrays.copyOfRange(moments, second(), trace())); // S F_0
    CommonOps_DDRM.scale(1 / mass, scatter);
    var along = new DMatrixRMaj(1, rank);
    CommonOps_DDRM.multTransA(shift, old, along);
    CommonOps_DDRM.multAdd(-1, shift, along, scatter);
    // S J = J S on circular covariances, and F_0 J = J F_0: so the projection of S F_0 is all
    scatter = DMatrixRMaj.wrap(dim, rank, circular(scatter.data, 1));
    double trace = moments[trace()] / mass - CommonOps_DDRM.dot(shift, shift);

    var inverse = new DMatrixRMaj(rank, rank); // M^-1
    CommonOps_DDRM.multTransA(old, old, inverse);
    addToDiagonal(inverse, tau);
    var inner = new DMatrixRMaj(rank, rank); // tau_0^2 I + M^-1 F_0' S F_0
    var quadratic = new DMatrixRMaj(rank, rank);
    CommonOps_DDRM.multTransA(old, scatter, quadratic);
    CommonOps_DDRM.invert(inverse);
    CommonOps_DDRM.mult(inverse, quadratic, inner);
    addToDiagonal(inner, tau);
    CommonOps_DDRM.invert(inner);
    var next = new DMatrixRMaj(dim, rank);
    CommonOps_DDRM.mult(scatter, inner, next);

    var overlap = new DMatrixRMaj(rank, rank); // F' S F_0, of which M^-1 weighs the trace
    CommonOps_DDRM.multTransA(next, scatter, overlap);
    var explained = new DMatrixRMaj(rank, rank);
    CommonOps_DDRM.mult(overlap, inverse, explained);
    floors[k] = Math.max((trace - CommonOps_DDRM.trace(explained)) / dim, floor);
    System.arraycopy(next.data, 0, factors, k * dim * rank, dim * rank);
  }

  private double[] circular(double[] matrices, int count) {
    return circular ? Circular.project(matrices, count * dim, rank) : matrices;
  }

  private static void addToDiagonal(DMatrixRMaj matrix, double value) {
    for (int e = 0; e < matrix.numRows; e++) {
      matrix.add(e, e, value);
    }
  }

  @Override
  int neededRows() {
    return rank + 1;
  }
}
