package dev.tweedie.backend.reference;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import java.util.Arrays;
import java.util.Optional;

/** Row by row, in the loops to be read: {@link MixturePosterior} and {@link BlindPosterior}. */
final class PlainRows implements PosteriorRows {
  @Override
  public void evaluate(
      ComponentPosterior components, Samples x, long begin, int count, Outputs out) {
    MixturePosterior posterior = new MixturePosterior(components);
    for (long i = begin; i < begin + count; i++) {
      ReferenceBackend.load(x, i, posterior.x());
      posterior.evaluate();
      write(posterior, i, out);
    }
  }

  private static void write(MixturePosterior posterior, long row, Outputs out) {
    double[] diagonal = new double[posterior.x().length];
    if (out.has(Output.TRACE) || out.has(Output.DIAGONAL)) {
      posterior.covarianceDiagonal(diagonal);
    }
    for (Output output : out.wanted()) {
      Samples place = out.get(output).orElseThrow();
      ReferenceBackend.store(of(posterior, diagonal, output), place, row);
    }
  }

  private static double[] of(MixturePosterior posterior, double[] diagonal, Output output) {
    return switch (output) {
      case EVIDENCE -> new double[] {posterior.logEvidence()};
      case RESPONSIBILITIES -> posterior.responsibilities();
      case MEAN -> posterior.mean();
      case SCORE -> posterior.score();
      case DIAGONAL -> diagonal;
      case TRACE -> new double[] {Arrays.stream(diagonal).sum()};
      case HESSIAN_DIAGONAL -> {
        double[] hessian = new double[diagonal.length];
        posterior.hessianDiagonal(hessian);
        yield hessian;
      }
    };
  }

  @Override
  public void covarianceTimes(
      ComponentPosterior components, Samples x, Samples v, long begin, int count, Samples out) {
    products(components, x, v, begin, count, out, MixturePosterior::covarianceTimes);
  }

  @Override
  public void hessianTimes(
      ComponentPosterior components, Samples x, Samples v, long begin, int count, Samples out) {
    products(components, x, v, begin, count, out, MixturePosterior::hessianTimes);
  }

  private interface Product {
    void times(MixturePosterior posterior, double[] v, double[] out);
  }

  private static void products(
      ComponentPosterior components,
      Samples x,
      Samples v,
      long begin,
      int count,
      Samples out,
      Product of) {
    MixturePosterior posterior = new MixturePosterior(components);
    double[] vector = new double[components.dim];
    double[] product = new double[components.dim];
    for (long i = begin; i < begin + count; i++) {
      ReferenceBackend.load(x, i, posterior.x());
      ReferenceBackend.load(v, i, vector);
      posterior.evaluate();
      of.times(posterior, vector, product);
      ReferenceBackend.store(product, out, i);
    }
  }

  @Override
  public void draw(ComponentPosterior components, Samples x, long begin, int count, RowDraw draw) {
    MixturePosterior posterior = new MixturePosterior(components);
    for (long i = begin; i < begin + count; i++) {
      ReferenceBackend.load(x, i, posterior.x());
      posterior.evaluate();
      draw.row(i, posterior.x(), posterior.logits());
    }
  }

  @Override
  public void blind(
      ComponentPosterior[] levels,
      double[] logMasses,
      Samples x,
      long begin,
      int count,
      BlindOutputs out) {
    BlindPosterior posterior = new BlindPosterior(levels, logMasses);
    double[] row = new double[x.dim()];
    for (long i = begin; i < begin + count; i++) {
      ReferenceBackend.load(x, i, row);
      posterior.evaluate(row);
      store(posterior.mean(), out.mean(), i);
      store(posterior.masses(), out.levels(), i);
      store(new double[] {posterior.logEvidence()}, out.evidence(), i);
    }
  }

  private static void store(double[] columns, Optional<Samples> to, long row) {
    to.ifPresent(place -> ReferenceBackend.store(columns, place, row));
  }
}
