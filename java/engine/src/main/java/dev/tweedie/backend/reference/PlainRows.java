package dev.tweedie.backend.reference;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import java.util.Arrays;

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
    if (out.evidence() != null) {
      ReferenceBackend.store(new double[] {posterior.logEvidence()}, out.evidence(), row);
    }
    if (out.responsibilities() != null) {
      ReferenceBackend.store(posterior.responsibilities(), out.responsibilities(), row);
    }
    if (out.mean() != null) {
      ReferenceBackend.store(posterior.mean(), out.mean(), row);
    }
    if (out.score() != null) {
      ReferenceBackend.store(posterior.score(), out.score(), row);
    }
    if (out.trace() != null || out.diagonal() != null) {
      double[] diagonal = new double[posterior.x().length];
      posterior.covarianceDiagonal(diagonal);
      if (out.diagonal() != null) {
        ReferenceBackend.store(diagonal, out.diagonal(), row);
      }
      if (out.trace() != null) {
        ReferenceBackend.store(new double[] {Arrays.stream(diagonal).sum()}, out.trace(), row);
      }
    }
    if (out.hessianDiagonal() != null) {
      double[] diagonal = new double[posterior.x().length];
      posterior.hessianDiagonal(diagonal);
      ReferenceBackend.store(diagonal, out.hessianDiagonal(), row);
    }
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
      if (out.mean() != null) {
        ReferenceBackend.store(posterior.mean(), out.mean(), i);
      }
      if (out.levels() != null) {
        ReferenceBackend.store(posterior.masses(), out.levels(), i);
      }
      if (out.evidence() != null) {
        ReferenceBackend.store(new double[] {posterior.logEvidence()}, out.evidence(), i);
      }
    }
  }
}
