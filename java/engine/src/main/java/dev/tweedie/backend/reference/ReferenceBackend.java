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

  private static final PosteriorRows PLAIN = new PlainRows();
  private static final PosteriorRows TILES = new TiledRows();

  private final boolean tiled;

  public ReferenceBackend(Workers workers) {
    this(workers, true);
  }

  /**
   * @param tiled whether rows are taken side by side, which changes no bit
   */
  ReferenceBackend(Workers workers, boolean tiled) {
    super(workers);
    this.tiled = tiled;
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

  private PosteriorRows posteriors(int count) {
    return tiled && count > 1 ? TILES : PLAIN;
  }

  /** Of a tile at most, whichever text makes it: a chunk's memory is bounded. */
  private void forEachTile(ComponentPosterior components, long rows, Workers.Chunk work) {
    int tile = Math.max(1, RowTile.rows(components));
    workers.forEachChunk(rows, new Grain(1, 1, tile, tile), work);
  }

  @Override
  protected void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    ComponentPosterior components = ComponentPosterior.of(prior.prior(), level);
    forEachTile(
        components,
        x.rows(),
        (begin, count) -> {
          requireFinite(x, begin, count);
          posteriors((int) count).evaluate(components, x, begin, (int) count, out);
          out.forEach((name, result) -> requireFiniteResult(name, result, begin, count));
        });
  }

  @Override
  protected void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    products("covariance times vector", prior, level, x, v, out, PosteriorRows::covarianceTimes);
  }

  @Override
  protected void doHessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    products("Hessian times vector", prior, level, x, v, out, PosteriorRows::hessianTimes);
  }

  /** A symmetric operator of each row's posterior times a vector. */
  private interface Product {
    void times(
        PosteriorRows by,
        ComponentPosterior components,
        Samples x,
        Samples v,
        long begin,
        int count,
        Samples out);
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
    forEachTile(
        components,
        x.rows(),
        (begin, count) -> {
          requireFinite(x, begin, count);
          requireFinite("v", v, begin, count);
          of.times(posteriors((int) count), components, x, v, begin, (int) count, out);
          requireFiniteResult(name, out, begin, count);
        });
  }

  @Override
  protected void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    ComponentPosterior components = ComponentPosterior.of(prior.prior(), from);
    EigenTransition step = new EigenTransition(from, to);
    forEachTile(
        components,
        x.rows(),
        (begin, count) -> {
          requireFinite(x, begin, count);
          RowDraw draw = new RowDraw(components, step, at, out);
          posteriors((int) count).draw(components, x, begin, (int) count, draw);
          requireFiniteResult("draw", out, begin, count);
        });
  }

  // ---- blind ----

  @Override
  protected void doBlind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out) {
    ComponentPosterior[] levels = BlindPosterior.components(prior.prior(), sigmas);
    forEachTile(
        levels[0],
        x.rows(),
        (begin, count) -> {
          requireFinite(x, begin, count);
          posteriors((int) count).blind(levels, logMasses, x, begin, (int) count, out);
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
