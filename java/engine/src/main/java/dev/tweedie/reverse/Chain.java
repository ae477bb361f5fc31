package dev.tweedie.reverse;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.Denoiser;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.LatentDenoiser;
import dev.tweedie.rows.RowBatch;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reverse chains in lock step, one a row: the state x, its denoised estimate, and what a sampler's
 * step needs besides. Memory is taken once for the largest batch, whatever the number of steps and
 * batches. The engine stays open while a batch runs: closing it waits. For one thread at a time.
 *
 * <p>A denoiser must not hand work on the engine to other threads: they would wait for a close that
 * waits for this batch.
 *
 * <pre>{@code
 * Chain chain = new Chain(posterior, Schedules.vpCosine(1000).respace(50), seed, 256);
 * for (long row = 0; row < count; row += 256) {
 *   write(chain.sample(sampler, row, (int) Math.min(256, count - row)));
 * }
 * }</pre>
 */
public final class Chain {
  private final Denoiser denoiser;
  private final Engine engine;
  private final Backend backend;
  private final Schedule schedule;
  private final RowBatch batch;
  private @Nullable Samples mean;
  private Progress progress = Progress.NONE;
  private Observer observer = Observer.NONE;

  // Memory for the largest batch, made on first use; a batch works on the first rows.
  private @Nullable Samples x;
  private @Nullable Samples denoised;
  private @Nullable Samples previous;
  private @Nullable Samples trial;

  private @Nullable Recording recording; // of batches like the last one

  private int first;
  private int index;
  private boolean estimated; // in this step, for the observer

  // Whether this batch has made them: a stale one would look like the right one.
  private boolean hasDenoised;
  private boolean hasPrevious;

  /**
   * @param seed of all noise
   * @param largestBatch rows, at least 1
   */
  public Chain(Denoiser denoiser, Schedule schedule, long seed, int largestBatch) {
    this.denoiser = denoiser;
    this.engine = denoiser.engine();
    this.backend = engine.backend();
    this.schedule = schedule;
    this.batch = new RowBatch(engine, seed, largestBatch);
  }

  /** Reports each step. */
  public Chain progress(Progress progress) {
    this.progress = progress;
    return this;
  }

  /** Shows each step's rows to {@code observer}. */
  public Chain observe(Observer observer) {
    this.observer = observer;
    return this;
  }

  /**
   * Starts around {@code alpha mean} instead of zero.
   *
   * @param mean of the data, d finite numbers
   */
  public Chain startMean(double[] mean) {
    RowBatch.requireMean(mean, denoiser.dim());
    this.mean = batch.memory(mean.length);
    this.mean.fillRows(mean);
    return this;
  }

  /**
   * Samples from noise at the noisiest level: {@code N(alpha mean, sigma^2 I)} where alpha is 1
   * (variance exploding), {@code N(alpha mean, (alpha^2 + sigma^2) I)} elsewhere, which for a
   * variance preserving schedule and mean 0 is DDPM's N(0, I).
   *
   * @param firstRow number of the first row within the whole run
   * @return {@code rows x d}, valid until the next batch
   */
  public Samples sample(Sampler sampler, long firstRow, int rows) {
    return engine.compute(
        () -> {
          begin(firstRow, rows, schedule.size() - 1);
          start(schedule.noisiest());
          return finish(sampler);
        });
  }

  /**
   * Samples from given rows at the noisiest level.
   *
   * @param start {@code B x d}, left as it is
   * @return {@code B x d}, valid until the next batch
   */
  public Samples run(Sampler sampler, Samples start, long firstRow) {
    return from(sampler, start, 1, schedule.size() - 1, firstRow);
  }

  /**
   * Denoises observations by a chain that starts at the schedule's level nearest to theirs in dB
   * (Fesl et al. 2025, Algorithm 1; with {@link Truncated} their estimator, with {@link Ddpm} their
   * re-sampling). Observations are first scaled to that level's power, {@code sqrt((alpha_t^2 +
   * sigma_t^2) / (alpha^2 + sigma^2))}: for a variance preserving schedule and {@code y = x_0 + n}
   * this is {@code sqrt(SNR / (1 + SNR))}.
   *
   * @param y {@code B x d}, {@code alpha x_0 + sigma z} at {@code observed}; left as it is
   * @return {@code B x d}, valid until the next batch
   */
  public Samples denoise(Sampler sampler, Samples y, Level observed, long firstRow) {
    return denoise(sampler, y, observed, schedule.nearestSnrDb(snrDb(observed)), firstRow);
  }

  /**
   * As {@link #denoise(Sampler, Samples, Level, long)}, from a start of the caller's choice.
   *
   * @param start index in the schedule
   */
  public Samples denoise(Sampler sampler, Samples y, Level observed, int start, long firstRow) {
    snrDb(observed);
    if (start < 0 || start >= schedule.size()) {
      throw new InvalidInputException(
          "start: found index " + start + ", allowed: 0 to " + (schedule.size() - 1));
    }
    double scale = schedule.level(start).amplitude() / observed.amplitude();
    return from(sampler, y, scale, start, firstRow);
  }

  private static double snrDb(Level observed) {
    if (observed.sigma() == 0) {
      throw new InvalidInputException("level: found sigma 0, allowed: sigma > 0");
    }
    return observed.snrDb();
  }

  private Samples from(Sampler sampler, Samples start, double scale, int index, long firstRow) {
    if (start.dim() != denoiser.dim()) {
      throw new InvalidInputException(
          "start: found dimension " + start.dim() + ", allowed: " + denoiser.dim());
    }
    return engine.compute(
        () -> {
          begin(firstRow, start.rows(), index);
          backend.step(new Coefficients(scale, 0, 0, 0), StepTerms.of(start, batch(x)));
          return finish(sampler);
        });
  }

  private void begin(long firstRow, long rows, int first) {
    batch.begin(firstRow, rows);
    this.first = first;
    x = allocated(x);
  }

  private void start(Level level) {
    double deviation = level.alpha() == 1 ? level.sigma() : level.amplitude();
    NoiseAddress noise = batch.noise(Streams.START, 0);
    if (mean != null) {
      Coefficients centred = new Coefficients(level.alpha(), 0, 0, deviation);
      backend.step(centred, StepTerms.of(batch(mean), batch(x)).noise(noise));
    } else {
      backend.normal(noise, batch(x));
      backend.step(new Coefficients(deviation, 0, 0, 0), StepTerms.of(batch(x), batch(x)));
    }
  }

  private Samples finish(Sampler sampler) {
    if (observer != Observer.NONE) { // who looks at each step sees no recorded ones
      steps(sampler, progress);
      return batch(x);
    }
    Recording.Kind kind = new Recording.Kind(sampler, first, batch.count());
    if (recording == null || !recording.isOf(kind)) {
      if (recording != null) {
        recording.close();
      }
      recording =
          sampler.repeatable() && denoiser instanceof ExactPosterior ? new Recording(kind) : null;
      steps(sampler, progress);
    } else if (recording.play(this, backend, batch.first())) {
      progress.step(first + 1, first + 1);
    } else {
      steps(sampler, progress);
    }
    return batch(x);
  }

  private void steps(Sampler sampler, Progress progress) {
    hasDenoised = false;
    hasPrevious = false;
    for (int index = first; index >= 0; index--) {
      estimated = false;
      sampler.step(this, index);
      observer.step(index, batch(x), estimated ? Optional.of(batch(denoised)) : Optional.empty());
      progress.step(first + 1 - index, first + 1);
    }
  }

  /** The steps of row 0 and on, of whom nobody is told: for a recording, which moves the rows. */
  void recordSteps(Sampler sampler) {
    batch.atRowZero(() -> steps(sampler, Progress.NONE));
  }

  Recording.Memory memory() {
    return new Recording.Memory(x, denoised, previous, trial);
  }

  /** Takes up memory again; the state of the batch goes with it. */
  void use(Recording.Memory memory) {
    if (x != memory.x()) {
      batch(memory.x()).copyFrom(batch(x));
    }
    takeOver(memory);
  }

  void takeOver(Recording.Memory memory) {
    x = memory.x();
    denoised = memory.denoised();
    previous = memory.previous();
    trial = memory.trial();
  }

  // ---- what a sampler's step is made of ----

  /** The levels that the chain goes through. */
  public Schedule schedule() {
    return schedule;
  }

  /** Index of the step that this batch began with. */
  public int first() {
    return first;
  }

  /** The state, {@code B x d}: rows at the level of the step. */
  public Samples x() {
    require(x != null, "x", "within a step, or after one");
    return batch(x);
  }

  /** The two levels of a step, and what its formulas are made of. */
  public Transition transition(int index) {
    return new Transition(schedule.level(index), schedule.below(index));
  }

  /** Estimates x_0 from the state at {@code level(index)}. */
  public void denoise(int index) {
    require(x != null, "denoise", "within a step");
    this.index = index;
    denoised = allocated(denoised);
    estimate(batch(x), schedule.level(index), batch(denoised));
    estimated = true;
    hasDenoised = true;
  }

  /**
   * Makes the current estimate the previous one; {@link #denoise} then writes a new one.
   *
   * @throws IllegalStateException where this batch has none
   */
  public void keepDenoised() {
    require(hasDenoised, "keepDenoised", "after denoise(index)");
    Samples kept = denoised;
    denoised = previous;
    previous = kept;
    hasPrevious = true;
    hasDenoised = false;
  }

  /**
   * Estimates x_0 at a trial point, {@code trial = a x + b denoised}, as the second estimate of a
   * step ({@code previous} of {@link #advance}).
   *
   * @param toTrial with a and b alone
   * @param level of the trial point
   * @throws IllegalStateException where this batch has no estimate
   */
  public void denoiseTrial(Coefficients toTrial, Level level) {
    require(hasDenoised, "denoiseTrial", "after denoise(index)");
    if (toTrial.c() != 0 || toTrial.e() != 0) {
      throw new InvalidInputException(
          "trial: found " + toTrial + ", allowed: c and e of 0, as a trial point has neither");
    }
    trial = allocated(trial);
    previous = allocated(previous);
    backend.step(toTrial, StepTerms.of(batch(x), batch(trial)).denoised(batch(denoised)));
    estimate(batch(trial), level, batch(previous));
    hasPrevious = true;
  }

  /** Both estimates of one step see the same latent noise: its equation is solved for one draw. */
  private void estimate(Samples at, Level level, Samples out) {
    if (denoiser instanceof LatentDenoiser latent) {
      latent.denoise(at, level, batch.noise(Streams.LATENT, index), out);
    } else {
      denoiser.denoise(at, level, out);
    }
  }

  /**
   * {@code x = a x + b denoised + c previous + e z}, with the step's own noise z: the same wherever
   * the row stands in a batch.
   *
   * @throws IllegalStateException for an estimate that b or c asks for and this batch has not made
   */
  public void advance(Coefficients coefficients, int index) {
    require(hasDenoised || coefficients.b() == 0, "advance", "after denoise(index), or b = 0");
    require(
        hasPrevious || coefficients.c() == 0,
        "advance",
        "after keepDenoised() or denoiseTrial(..), or c = 0");
    StepTerms terms = StepTerms.of(batch(x), batch(x));
    if (coefficients.b() != 0) {
      terms = terms.denoised(batch(denoised));
    }
    if (coefficients.c() != 0) {
      terms = terms.previous(batch(previous));
    }
    if (coefficients.e() != 0) {
      terms = terms.noise(batch.noise(Streams.STEP, index));
    }
    backend.step(coefficients, terms);
  }

  /**
   * Replaces x by a draw from the exact reverse kernel.
   *
   * @throws InvalidInputException where the denoiser is not a prior's
   */
  public void draw(int index) {
    ExactPosterior posterior = exact("mixture");
    trial = allocated(trial);
    NoiseAddress at = batch.noise(Streams.STEP, index);
    posterior.draw(batch(x), schedule.level(index), schedule.below(index), at, batch(trial));
    Samples drawn = trial;
    trial = x;
    x = drawn;
  }

  /** The denoiser of {@code sampler}, which must be a prior's. */
  public ExactPosterior exact(String sampler) {
    if (!(denoiser instanceof ExactPosterior posterior)) {
      throw new InvalidInputException(
          sampler + ": found a denoiser without a prior, allowed: the exact posterior of a prior");
    }
    return posterior;
  }

  /** The noise of a step, as {@link #advance} adds it; valid until the next estimate or draw. */
  public Samples normal(int index) {
    trial = allocated(trial);
    backend.normal(batch.noise(Streams.STEP, index), batch(trial));
    return batch(trial);
  }

  private static void require(boolean met, String call, String when) {
    if (!met) {
      throw new IllegalStateException(
          "chain: found " + call + " without what it works on, allowed: " + when);
    }
  }

  private Samples allocated(@Nullable Samples memory) {
    return memory == null ? batch.memory(denoiser.dim()) : memory;
  }

  private Samples batch(@Nullable Samples memory) {
    return batch.of(Objects.requireNonNull(memory));
  }
}
