package dev.tweedie.restore;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.BlindDenoiser;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.reverse.Progress;
import dev.tweedie.rows.RowBatch;
import dev.tweedie.schedule.Level;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Draws from the prior that a denoiser f implies, free or under linear measurements: {@code y <- y
 * + h s + gamma z} with {@code s = f(y) - y}, or {@code s = (I - M M') (f(y) - y) + M (c - M' y)}
 * where {@code c = M' x_0} is known; {@code gamma^2 = sigma^2 ((1 - beta h)^2 - (1 - h)^2)}, {@code
 * h_k = h_0 k / (1 + h_0 (k - 1))}, until sigma reaches its end (Kadkhodaie and Simoncelli 2021,
 * Algorithms 1 and 2). The result is the last estimate y + s, which agrees with the measurements.
 *
 * <p>A blind denoiser's sigma is each row's residual |s| / sqrt(d), and each row ends by itself. A
 * denoiser that is told the level gets the one that the steps make, sigma_0 (1 - beta h_1) ... (1 -
 * beta h_k), the same for all rows. Either way a row has the same bits in any batch where its
 * denoiser's have.
 *
 * <p>Memory is taken once for the largest batch. For one thread at a time.
 */
public final class ImplicitPriorSampler {
  /** Times the expected number of steps. */
  private static final int PATIENCE = 4;

  private final @Nullable Denoiser told;
  private final @Nullable BlindDenoiser blind;
  private final Engine engine;
  private final Backend backend;
  private final int dim;
  private final Steps steps;
  private final RowBatch batch;
  private final double[] mean;
  private Progress progress = Progress.NONE;

  private final Samples state;
  private final Samples estimates;
  private final Samples residuals;
  private final Samples rowCoefficients;

  /**
   * @param first h_0, in (0, 1]
   * @param beta in (0, 1]; smaller is slower and more random, 1 adds no noise
   * @param start sigma_0 of the first rows
   * @param end sigma where it stops, below start
   */
  public record Steps(double first, double beta, double start, double end) {
    /** The paper's, for images in [0, 1]: about 660 steps. */
    public static final Steps PUBLISHED = new Steps(.01, .01, 1, .01);

    public Steps {
      require("h0", first, 1);
      require("beta", beta, 1);
      require("sigma start", start, Double.MAX_VALUE);
      require("sigma end", end, start);
    }

    private static void require(String name, double value, double most) {
      if (!(value > 0 && value <= most)) {
        throw new InvalidInputException(
            name + ": found " + value + ", allowed: above 0, at most " + most);
      }
    }

    /** h_k, k from 1. */
    double h(int k) {
      return first * k / (1 + first * (k - 1));
    }

    /** {@code gamma / sigma} of a step h; 0 for h = 0. */
    double noise(double h) {
      // (1 - beta h)^2 - (1 - h)^2 as a product of positive factors
      return Math.sqrt(h * (1 - beta) * (2 - h * (1 + beta)));
    }

    /** How many it takes where sigma contracts as intended. */
    public int count() {
      int k = 0;
      for (double sigma = start; sigma > end; ) {
        sigma *= 1 - beta * h(++k);
      }
      return k;
    }
  }

  /**
   * @param mean of x_0, d numbers around which the first rows lie
   * @param seed of all noise
   * @param largestBatch rows, at least 1
   */
  public ImplicitPriorSampler(
      BlindDenoiser denoiser, Steps steps, double[] mean, long seed, int largestBatch) {
    this(null, denoiser, denoiser.engine(), denoiser.dim(), steps, mean, seed, largestBatch);
  }

  /** As for a blind denoiser, with one that is told the level. */
  public ImplicitPriorSampler(
      Denoiser denoiser, Steps steps, double[] mean, long seed, int largestBatch) {
    this(denoiser, null, denoiser.engine(), denoiser.dim(), steps, mean, seed, largestBatch);
  }

  private ImplicitPriorSampler(
      @Nullable Denoiser told,
      @Nullable BlindDenoiser blind,
      Engine engine,
      int dim,
      Steps steps,
      double[] mean,
      long seed,
      int largestBatch) {
    this.told = told;
    this.blind = blind;
    this.engine = engine;
    this.backend = engine.backend();
    this.dim = dim;
    this.steps = steps;
    this.mean = RowBatch.requireMean(mean, dim).clone();
    this.batch = new RowBatch(engine, seed, largestBatch);
    this.state = batch.memory(dim);
    this.estimates = batch.memory(dim);
    this.residuals = batch.memory(1);
    this.rowCoefficients = batch.memory(4);
  }

  /** Reports each step, of the number that is expected. */
  public ImplicitPriorSampler progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  /**
   * Samples x_0.
   *
   * @param firstRow number of the first row within the whole run
   * @return {@code rows x d}, valid until the next batch
   */
  public Samples sample(long firstRow, int rows) {
    return run(null, Optional.empty(), firstRow, rows);
  }

  /**
   * Samples x_0 given {@code M' x_0}.
   *
   * @param coefficients {@code B x m}
   * @param firstRow number of the first row within the whole run
   * @return {@code B x d}, valid until the next batch
   */
  public Samples restore(LinearMeasurement measurement, Samples coefficients, long firstRow) {
    return restore(measurement, coefficients, Optional.empty(), firstRow);
  }

  /**
   * As {@link #restore(LinearMeasurement, Samples, long)}, from given first rows in place of noise
   * around the mean.
   *
   * @param start {@code B x d}, finite, with noise of the first sigma; left as it is
   */
  public Samples restore(
      LinearMeasurement measurement, Samples coefficients, Samples start, long firstRow) {
    return restore(measurement, coefficients, Optional.of(start), firstRow);
  }

  private Samples restore(
      LinearMeasurement measurement, Samples coefficients, Optional<Samples> start, long firstRow) {
    if (measurement.dim() != dim || coefficients.dim() != measurement.count()) {
      throw new InvalidInputException(
          "measurements: found %d of rows of %d numbers, allowed: %d of rows of %d"
              .formatted(coefficients.dim(), measurement.dim(), measurement.count(), dim));
    }
    requireStart(start, coefficients.rows());
    int rows = (int) Math.min(coefficients.rows(), Integer.MAX_VALUE);
    return run(new MeasuredConstraint(engine, measurement, coefficients), start, firstRow, rows);
  }

  /**
   * Samples x_0 given some of its elements, others in each row; these come back to the bit. A row
   * has the same bits as alone, with its own number for {@code firstRow}.
   *
   * @param known {@code B x d}
   * @param firstRow number of the first row within the whole run
   * @return {@code B x d}, valid until the next batch
   */
  public Samples restore(KnownElements known, long firstRow) {
    return restore(known, Optional.empty(), firstRow);
  }

  /**
   * As {@link #restore(KnownElements, long)}, from given first rows in place of noise around the
   * mean.
   *
   * @param start {@code B x d}, finite, with noise of the first sigma; left as it is
   */
  public Samples restore(KnownElements known, Samples start, long firstRow) {
    return restore(known, Optional.of(start), firstRow);
  }

  private Samples restore(KnownElements known, Optional<Samples> start, long firstRow) {
    if (known.dim() != dim) {
      throw new InvalidInputException(
          "known elements: found rows of %d numbers, allowed: %d".formatted(known.dim(), dim));
    }
    requireStart(start, known.rows());
    return run(known, start, firstRow, (int) Math.min(known.rows(), Integer.MAX_VALUE));
  }

  private void requireStart(Optional<Samples> start, long rows) {
    if (start.isPresent() && (start.get().rows() != rows || start.get().dim() != dim)) {
      throw new InvalidInputException(
          "start: found %s, allowed: %d x %d".formatted(start.get(), rows, dim));
    }
  }

  private Samples run(
      @Nullable Constraint constraint, Optional<Samples> start, long firstRow, int rows) {
    return engine.compute(
        () -> {
          batch.begin(firstRow, rows);
          Samples y = batch.of(state);
          Samples estimate = batch.of(estimates);
          if (start.isPresent()) {
            y.copyFrom(start.get());
          } else {
            start(y, constraint);
          }
          if (told != null) {
            runTold(told, y, estimate, constraint);
          } else {
            runBlind(Objects.requireNonNull(blind), y, estimate, constraint);
          }
          return estimate;
        });
  }

  private void start(Samples y, @Nullable Constraint constraint) {
    y.fillRows(mean);
    if (constraint != null) {
      constraint.impose(y);
    }
    NoiseAddress noise = batch.noise(Streams.START, 0);
    backend.step(new Coefficients(1, 0, 0, steps.start()), StepTerms.of(y, y).noise(noise));
  }

  private void runTold(
      Denoiser told, Samples y, Samples estimate, @Nullable Constraint constraint) {
    double sigma = steps.start();
    for (int k = 1; ; k++) {
      told.denoise(y, Level.ofSigma(sigma), estimate);
      if (constraint != null) {
        constraint.impose(estimate);
      }
      progress.step(k, steps.count() + 1);
      double h = steps.h(k);
      double next = sigma * (1 - steps.beta() * h);
      if (sigma <= steps.end() || next == 0) { // a whole step goes to the estimate itself
        return;
      }
      Coefficients step = new Coefficients(1 - h, h, 0, sigma * steps.noise(h));
      backend.step(step, StepTerms.of(y, y).denoised(estimate).noise(batch.noise(Streams.STEP, k)));
      sigma = next;
    }
  }

  private void runBlind(
      BlindDenoiser blind, Samples y, Samples estimate, @Nullable Constraint constraint) {
    Samples residual = batch.of(residuals);
    Samples coefficients = batch.of(rowCoefficients);
    int expected = steps.count() + 1;
    double largest = Double.MAX_VALUE;
    for (int k = 1; ; k++) {
      blind.denoise(y, estimate);
      if (constraint != null) {
        constraint.impose(estimate);
      }
      backend.residual(y, estimate, residual);
      largest = rowSteps(steps.h(k), residual, coefficients);
      progress.step(Math.min(k, expected), expected);
      if (largest <= steps.end()) {
        return;
      }
      if (k == PATIENCE * expected) {
        throw new InvalidInputException(
            "sigma end: found %.4g after %d steps, allowed: one that the denoiser reaches, not %.4g"
                .formatted(largest, k, steps.end()));
      }
      backend.stepRows(
          coefficients, StepTerms.of(y, y).denoised(estimate).noise(batch.noise(Streams.STEP, k)));
    }
  }

  /**
   * The coefficients of each row's step, none where it is at its end; returns the largest sigma.
   */
  private double rowSteps(double h, Samples residual, Samples coefficients) {
    double largest = 0;
    double[] squares = residual.toDoubles();
    double[] rows = new double[4 * squares.length]; // a, b, c, e
    for (int row = 0; row < squares.length; row++) {
      double sigma = Math.sqrt(squares[row] / dim);
      double share = sigma <= steps.end() ? 0 : h;
      rows[4 * row] = 1 - share;
      rows[4 * row + 1] = share;
      rows[4 * row + 3] = sigma * steps.noise(share);
      largest = Math.max(largest, sigma);
    }
    coefficients.write(rows);
    return largest;
  }
}
