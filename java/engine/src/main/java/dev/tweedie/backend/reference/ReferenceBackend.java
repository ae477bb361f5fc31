package dev.tweedie.backend.reference;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Outputs;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.backend.host.HostBackend;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import dev.tweedie.threads.Grain;
import dev.tweedie.threads.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Plain float64 loops, written to be read beside the papers: the oracle that the other backends'
 * errors are stated against, and a backend for those to whom float64 matters more than speed.
 */
public final class ReferenceBackend extends HostBackend {
  /** Rows a thread takes at a time. */
  private static final Grain GRAIN = new Grain(1, 1, 1, 64);

  public ReferenceBackend(Workers workers) {
    super(workers);
  }

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public Precision precision() {
    return Precision.FLOAT64;
  }

  private void forEachChunk(long rows, Workers.Chunk work) {
    workers.forEachChunk(rows, GRAIN, work);
  }

  // ---- noise ----

  @Override
  protected void doUniform(NoiseAddress at, Samples out) {
    forEachChunk(
        out.rows(),
        (begin, count) -> {
          Noise noise = new Noise(at);
          double[] row = new double[out.dim()];
          for (long i = begin; i < begin + count; i++) {
            noise.uniform(i, row);
            store(row, out, i);
          }
        });
  }

  @Override
  protected void doNormal(NoiseAddress at, Samples out) {
    forEachChunk(
        out.rows(),
        (begin, count) -> {
          Noise noise = new Noise(at);
          double[] row = new double[out.dim()];
          for (long i = begin; i < begin + count; i++) {
            noise.normal(i, row);
            store(row, out, i);
          }
        });
  }

  @Override
  protected void doApply(Function f, Samples x, Samples out) {
    forEachChunk(
        x.rows(),
        (begin, count) -> {
          double[] row = new double[x.dim()];
          for (long i = begin; i < begin + count; i++) {
            load(x, i, row);
            for (int j = 0; j < row.length; j++) {
              row[j] =
                  switch (f) {
                    case EXP -> StrictMath.exp(row[j]);
                    case LOG -> StrictMath.log(row[j]);
                    case SIN_PI -> Trigonometry.sinPi(row[j]);
                    case COS_PI -> Trigonometry.cosPi(row[j]);
                  };
            }
            store(row, out, i);
          }
        });
  }

  // ---- step ----

  @Override
  protected void doStep(Coefficients coefficients, StepTerms terms) {
    forEachChunk(
        terms.x().rows(),
        (begin, count) -> {
          Step step = new Step(terms);
          for (long i = begin; i < begin + count; i++) {
            step.row(coefficients, i);
          }
        });
  }

  @Override
  protected void doStepRows(Samples coefficients, StepTerms terms) {
    forEachChunk(
        terms.x().rows(),
        (begin, count) -> {
          Step step = new Step(terms);
          double[] c = new double[4];
          for (long i = begin; i < begin + count; i++) {
            load(coefficients, i, c);
            step.row(new Coefficients(c[0], c[1], c[2], c[3]), i);
          }
        });
  }

  @Override
  protected void doResidual(Samples x, Samples y, Samples out) {
    forEachChunk(
        x.rows(),
        (begin, count) -> {
          double[] difference = new double[x.dim()];
          double[] other = new double[x.dim()];
          for (long i = begin; i < begin + count; i++) {
            load(x, i, difference);
            load(y, i, other);
            for (int j = 0; j < other.length; j++) {
              difference[j] -= other[j];
            }
            store(new double[] {ComponentPosterior.squaredNorm(difference)}, out, i);
          }
        });
  }

  // ---- gemm ----

  @Override
  protected void doGemm(Samples a, Samples b, Samples c) {
    forEachChunk(
        a.rows(),
        (begin, count) -> {
          double[] left = new double[a.dim()];
          double[] right = new double[b.dim()];
          double[] row = new double[b.dim()];
          for (long i = begin; i < begin + count; i++) {
            load(a, i, left);
            Arrays.fill(row, 0);
            for (int k = 0; k < left.length; k++) {
              load(b, k, right);
              for (int j = 0; j < row.length; j++) {
                row[j] = Math.fma(left[k], right[j], row[j]);
              }
            }
            store(row, c, i);
          }
        });
  }

  // ---- score and draw ----

  private static final class Prepared extends PreparedPrior {
    Prepared(ReferenceBackend owner, Prior prior) {
      super(owner, prior);
    }
  }

  @Override
  protected PreparedPrior doPrepare(Prior prior) {
    return new Prepared(this, prior);
  }

  @Override
  protected void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    ComponentPosterior components = ComponentPosterior.of(prior.prior(), level);
    int tile = RowTile.rows(components, out);
    if (tile == 0) {
      forEachChunk(
          x.rows(),
          (begin, count) -> {
            plain(components, x, begin, count, out);
            requireFiniteResults(out, begin, count);
          });
      return;
    }
    workers.forEachChunk(
        x.rows(),
        new Grain(1, 1, tile, tile),
        (begin, count) -> {
          requireFinite(x, begin, count);
          if (!new RowTile(components, (int) count).evaluate(x, begin, out)) {
            plain(components, x, begin, count, out);
          }
          requireFiniteResults(out, begin, count);
        });
  }

  private static void requireFiniteResults(Outputs out, long begin, long count) {
    out.forEach((name, result) -> requireFiniteResult(name, result, begin, count));
  }

  /** Row by row, in the loops to be read. */
  private static void plain(
      ComponentPosterior components, Samples x, long begin, long count, Outputs out) {
    requireFinite(x, begin, count);
    MixturePosterior posterior = new MixturePosterior(components);
    for (long i = begin; i < begin + count; i++) {
      load(x, i, posterior.x());
      posterior.evaluate();
      write(posterior, i, out);
    }
  }

  private static void write(MixturePosterior posterior, long row, Outputs out) {
    if (out.evidence() != null) {
      store(new double[] {posterior.logEvidence()}, out.evidence(), row);
    }
    if (out.responsibilities() != null) {
      store(posterior.responsibilities(), out.responsibilities(), row);
    }
    if (out.mean() != null) {
      store(posterior.mean(), out.mean(), row);
    }
    if (out.score() != null) {
      store(posterior.score(), out.score(), row);
    }
    if (out.trace() != null || out.diagonal() != null) {
      double[] diagonal = new double[posterior.x().length];
      posterior.covarianceDiagonal(diagonal);
      if (out.diagonal() != null) {
        store(diagonal, out.diagonal(), row);
      }
      if (out.trace() != null) {
        store(new double[] {Arrays.stream(diagonal).sum()}, out.trace(), row);
      }
    }
    if (out.hessianDiagonal() != null) {
      double[] diagonal = new double[posterior.x().length];
      posterior.hessianDiagonal(diagonal);
      store(diagonal, out.hessianDiagonal(), row);
    }
  }

  @Override
  protected void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    Product product = MixturePosterior::covarianceTimes;
    products("covariance times vector", prior, level, x, v, out, product);
  }

  @Override
  protected void doHessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    Product product = MixturePosterior::hessianTimes;
    products("Hessian times vector", prior, level, x, v, out, product);
  }

  /** A symmetric operator of a row's posterior times a vector. */
  private interface Product {
    void times(MixturePosterior posterior, double[] v, double[] out);
  }

  private void products(
      String name,
      PreparedPrior prior,
      Level level,
      Samples x,
      Samples v,
      Samples out,
      Product of) {
    ComponentPosterior components = ComponentPosterior.of(prior.prior(), level);
    forEachChunk(
        x.rows(),
        (begin, count) -> {
          requireFinite(x, begin, count);
          requireFinite("v", v, begin, count);
          MixturePosterior posterior = new MixturePosterior(components);
          double[] vector = new double[x.dim()];
          double[] product = new double[x.dim()];
          for (long i = begin; i < begin + count; i++) {
            load(x, i, posterior.x());
            load(v, i, vector);
            posterior.evaluate();
            of.times(posterior, vector, product);
            store(product, out, i);
          }
          requireFiniteResult(name, out, begin, count);
        });
  }

  @Override
  protected void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    ComponentPosterior components = ComponentPosterior.of(prior.prior(), from);
    EigenTransition step = new EigenTransition(from, to);
    forEachChunk(
        x.rows(),
        (begin, count) -> {
          requireFinite(x, begin, count);
          MixturePosterior posterior = new MixturePosterior(components);
          Noise noise = new Noise(at);
          ComponentChoice selection = new ComponentChoice(prior.prior(), noise);
          double[] xi = new double[x.dim()];
          double[] drawn = new double[x.dim()];
          for (long i = begin; i < begin + count; i++) {
            load(x, i, posterior.x());
            posterior.evaluate();
            int chosen = selection.choose(posterior.logits(), i);
            noise.normal(i, xi);
            posterior.draw(chosen, step, xi, drawn);
            store(drawn, out, i);
          }
          requireFiniteResult("draw", out, begin, count);
        });
  }

  // ---- blind ----

  @Override
  protected void doBlind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out) {
    ComponentPosterior[] levels = BlindPosterior.components(prior.prior(), sigmas);
    forEachChunk(
        x.rows(),
        (begin, count) -> {
          requireFinite(x, begin, count);
          BlindPosterior posterior = new BlindPosterior(levels, logMasses);
          double[] row = new double[x.dim()];
          for (long i = begin; i < begin + count; i++) {
            load(x, i, row);
            posterior.evaluate(row);
            if (out.mean() != null) {
              store(posterior.mean(), out.mean(), i);
            }
            if (out.levels() != null) {
              store(posterior.masses(), out.levels(), i);
            }
            if (out.evidence() != null) {
              store(new double[] {posterior.logEvidence()}, out.evidence(), i);
            }
          }
          out.forEach((name, result) -> requireFiniteResult(name, result, begin, count));
        });
  }

  // ---- rows ----

  static void load(Samples from, long row, double[] to) {
    MemorySegment.copy(
        from.address(), ValueLayout.JAVA_DOUBLE, row * to.length * Double.BYTES, to, 0, to.length);
  }

  static void store(double[] from, Samples to, long row) {
    MemorySegment.copy(
        from,
        0,
        to.address(),
        ValueLayout.JAVA_DOUBLE,
        row * from.length * Double.BYTES,
        from.length);
  }
}
