package dev.tweedie.bench.peers;

import dev.tweedie.bench.Agreement;
import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.threads.Workers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.ejml.data.DMatrixRMaj;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Posterior means by a library that gives responsibilities of a mixture's components, in float64;
 * what is made of them is {@link NoisyMixture#mean}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public abstract class ResponsibilitiesBench {
  /** Rows of a product. */
  private static final int CHUNK = 64;

  /** As of the other peers. */
  private static final double BOUND = 1e-3;

  /** Numbers that matrices of all components may be: 1 GiB. */
  private static final double MOST = 1 << 27;

  /** As {@link ScoreWork} reads it. */
  @Param("diagonal:4096x64x256")
  public String work;

  @Param("1")
  public int threads;

  private Workers workers;
  private int dim;
  private List<float[]> inputs;
  private List<Prepared> levels;
  private float[] out;

  /** What a library makes of a mixture: of rows x d the responsibilities, rows x K. */
  interface Responsibilities {
    DMatrixRMaj of(DMatrixRMaj x);
  }

  private record Prepared(NoisyMixture mixture, Responsibilities responsibilities) {}

  abstract Responsibilities prepare(NoisyMixture mixture);

  /**
   * For libraries that keep a matrix of each component, whatever its covariance.
   *
   * @throws IllegalStateException where they are too large
   */
  static void requireMatrices(NoisyMixture mixture) {
    double numbers = (double) mixture.components * mixture.dim * mixture.dim;
    if (numbers > MOST) {
      throw new IllegalStateException(
          "keeps a matrix of each component, here %.0f GB".formatted(numbers * 8e-9));
    }
  }

  @Setup
  public void prepare() {
    ScoreWork score = ScoreWork.parse(work);
    ScoreWork.Known known = score.known();
    dim = score.dim();
    inputs = known.inputs();
    levels =
        score.levels().stream()
            .map(level -> new NoisyMixture(known.prior(), level))
            .map(mixture -> new Prepared(mixture, prepare(mixture)))
            .toList();
    out = new float[score.rows() * dim];
    workers = new Workers(threads);
    for (int i = 0; i < levels.size(); i++) {
      DMatrixRMaj few = levels.get(i).responsibilities.of(rows(inputs.get(i), 0, score.few()));
      Agreement.showError(few.data, known.responsibilities().get(i));
    }
    for (int i = 0; i < levels.size(); i++) {
      evaluate(i);
      Agreement.within(BOUND, out, known.means().get(i));
    }
  }

  @TearDown
  public void close() {
    workers.close();
  }

  @Benchmark
  public float[] evaluate() {
    for (int i = 0; i < levels.size(); i++) {
      evaluate(i);
    }
    return out;
  }

  private void evaluate(int at) {
    Prepared level = levels.get(at);
    workers.forEachChunk(
        out.length / dim,
        CHUNK,
        (begin, count) -> {
          DMatrixRMaj x = rows(inputs.get(at), (int) begin, (int) count);
          DMatrixRMaj mean = level.mixture.mean(level.responsibilities.of(x), x);
          for (int i = 0; i < mean.getNumElements(); i++) {
            out[(int) begin * dim + i] = (float) mean.data[i];
          }
        });
  }

  private DMatrixRMaj rows(float[] x, int first, int count) {
    DMatrixRMaj rows = new DMatrixRMaj(count, dim);
    for (int i = 0; i < count * dim; i++) {
      rows.data[i] = x[first * dim + i];
    }
    return rows;
  }
}
