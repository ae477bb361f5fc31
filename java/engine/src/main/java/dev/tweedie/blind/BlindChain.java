package dev.tweedie.blind;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.rows.RowBatch;
import org.jspecify.annotations.Nullable;

/**
 * Blind reverse chains in lock step, one a row (Kadkhodaie et al., Algorithms 2 and 3). Each row
 * has a level of its own, estimated afresh at every step, and stays where it is once that is at
 * {@code stop} or below. Memory is taken once for the largest batch; noise is addressed by seed,
 * row and step, so a row has the same bits in any batch. For one thread at a time.
 *
 * <pre>{@code
 * BlindEstimate estimate = new ResidualEstimate(denoiser);
 * BlindChain chain = new BlindChain(estimate, BlindStep.standard(), 10, 0.01, seed, 256);
 * write(chain.sample(0, 256).denoised());
 * }</pre>
 */
public final class BlindChain {
  /**
   * Where a batch ended; valid until the next one.
   *
   * @param state {@code B x d}: y, data with noise of the level reached
   * @param denoised {@code B x d}: the last estimate of x_0
   * @param sigma B: the last estimate of the level
   * @param steps taken by the row that took most
   * @param stopped rows that reached the last level; others came to the limit of steps
   */
  public record Result(Samples state, Samples denoised, double[] sigma, int steps, int stopped) {
    public Result {
      sigma = sigma.clone();
    }

    @Override
    public double[] sigma() {
      return sigma.clone();
    }
  }

  /** Is told of every step. */
  @FunctionalInterface
  public interface Observer {
    /**
     * @param step steps taken so far
     * @param sigma estimated levels of the rows before the next one; not to be changed
     */
    void step(int step, double[] sigma);
  }

  private final BlindEstimate estimate;
  private final Engine engine;
  private final Backend backend;
  private final BlindStep step;
  private final double start;
  private final double stop;
  private final RowBatch batch;
  private int limit;
  private double @Nullable [] centre;
  private Observer observer = (_, _) -> {};
  private @Nullable Memory memory; // for the largest batch, made on first use

  /**
   * @param start sigma of the noise that {@link #sample} starts from
   * @param stop a row stops where its estimated sigma is at this or below, &gt; 0, &lt; start
   * @param largestBatch rows, at least 1
   */
  public BlindChain(
      BlindEstimate estimate,
      BlindStep step,
      double start,
      double stop,
      long seed,
      int largestBatch) {
    this.estimate = estimate;
    this.engine = estimate.engine();
    this.backend = engine.backend();
    this.step = step;
    this.start = start;
    this.stop = stop;
    this.batch = new RowBatch(engine, seed, largestBatch);
    // Where levels cannot be identified a row may never stop: four times the way is enough.
    this.limit = 4 * step.steps(start, stop) + 16;
  }

  /** At most so many steps, at least 1; by default four times those of the implicit schedule. */
  public BlindChain limit(int steps) {
    if (steps < 1) {
      throw new InvalidInputException("steps: found " + steps + ", allowed: at least 1");
    }
    this.limit = steps;
    return this;
  }

  /** Starts around {@code mean}, d finite numbers, instead of zero. */
  public BlindChain startMean(double[] mean) {
    this.centre = RowBatch.requireMean(mean, estimate.dim()).clone();
    return this;
  }

  /** Reports the level of every row before each step. */
  public BlindChain observe(Observer observer) {
    this.observer = observer;
    return this;
  }

  /**
   * Samples from {@code N(mean, start^2 I)}.
   *
   * @param firstRow number of the first row within the whole run
   */
  public Result sample(long firstRow, int rows) {
    return engine.compute(
        () -> {
          Memory memory = begin(firstRow, rows);
          Samples state = batch.of(memory.y());
          NoiseAddress at = batch.noise(Streams.START, 0);
          fill(state, centre);
          backend.step(new Coefficients(1, 0, 0, start), StepTerms.of(state, state).noise(at));
          return finish(memory);
        });
  }

  /**
   * Goes on from given rows, of any levels: a blind denoiser of observations by a chain.
   *
   * @param start {@code B x d}, left as it is
   */
  public Result run(Samples start, long firstRow) {
    if (start.dim() != estimate.dim()) {
      throw new InvalidInputException(
          "start: found dimension " + start.dim() + ", allowed: " + estimate.dim());
    }
    return engine.compute(
        () -> {
          Memory memory = begin(firstRow, start.rows());
          batch.of(memory.y()).copyFrom(start);
          return finish(memory);
        });
  }

  private static void fill(Samples state, double @Nullable [] centre) {
    if (centre == null) {
      state.clear();
      return;
    }
    state.fillRows(centre);
  }

  private record Memory(Samples y, Samples denoised, Samples coefficients) {}

  private Memory begin(long firstRow, long rows) {
    batch.begin(firstRow, rows);
    Memory made = memory;
    if (made == null) {
      made =
          new Memory(batch.memory(estimate.dim()), batch.memory(estimate.dim()), batch.memory(4));
      memory = made;
    }
    return made;
  }

  private Result finish(Memory memory) {
    int rows = batch.count();
    Samples state = batch.of(memory.y());
    Samples mean = batch.of(memory.denoised());
    Samples factors = batch.of(memory.coefficients());
    double[] sigma = new double[rows];
    boolean[] stopped = new boolean[rows];
    double[] rowFactors = new double[4 * rows]; // a, b, c, e
    for (int k = 0; ; k++) {
      estimate.estimate(state, mean, sigma);
      observer.step(k, sigma);
      int count = mark(sigma, stopped);
      if (count == rows || k == limit) {
        return new Result(state, mean, sigma, k, count);
      }
      for (int i = 0; i < rows; i++) {
        rowFactors[4 * i] = stopped[i] ? 1 : step.keep();
        rowFactors[4 * i + 1] = stopped[i] ? 0 : 1 - step.keep();
        rowFactors[4 * i + 3] = stopped[i] ? 0 : Math.sqrt(step.noise()) * sigma[i];
      }
      factors.write(rowFactors);
      StepTerms terms = StepTerms.of(state, state).denoised(mean);
      backend.stepRows(
          factors, step.noise() == 0 ? terms : terms.noise(batch.noise(Streams.BLIND, k)));
    }
  }

  private int mark(double[] sigma, boolean[] stopped) {
    int count = 0;
    for (int i = 0; i < sigma.length; i++) {
      if (!Double.isFinite(sigma[i])) {
        throw new IllegalStateException(
            "row " + (batch.first() + i) + ": the denoiser's residual is " + sigma[i]);
      }
      stopped[i] |= sigma[i] <= stop;
      count += stopped[i] ? 1 : 0;
    }
    return count;
  }
}
