package dev.tweedie.curvature;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The multi-scale complexity of a measure: a {@link Profile} at each of several levels, of which
 * only the ratio alpha / sigma counts (Liang et al., section 4; mathematics 2(b) A).
 */
public final class ComplexityProfile {
  private static final int POINTS_STREAM = 0;
  private static final int NOISE_STREAM = 1;
  private static final int CHUNK = 1024;

  /** Ratios that {@link #criticalRatio} looks at, from the largest down. */
  private static final double LARGEST_RATIO = 1 << 10;

  private static final double SMALLEST_RATIO = 1.0 / (1 << 10);
  private static final double SCAN = 0.8;

  private final List<Profile> profiles;

  private ComplexityProfile(List<? extends Profile> profiles) {
    if (profiles.isEmpty()) {
      throw new InvalidInputException("levels: found none, allowed: at least one");
    }
    this.profiles = List.copyOf(profiles);
  }

  /** By quadrature: no error but rounding. */
  public static ComplexityProfile of(LineMeasure measure, List<Level> levels) {
    return new ComplexityProfile(
        levels.stream().map(level -> new QuadratureProfile(measure, ratio(level))).toList());
  }

  /**
   * By Monte Carlo, for any prior in any dimension: n draws x of the prior and z of standard
   * normals, the same ones at all levels, and L at {@code r x + z} by {@link Curvature}. So the
   * profiles of two levels are correlated, and their differences are better known than each.
   *
   * <p>Data sets and isotropic mixtures of one variance have their projections on x and z made once
   * for all levels, in float32, up to the r where that would cost a logit more than 2^-10.
   *
   * @param engine draws, evaluates
   * @param rows n &gt;= 1
   */
  public static ComplexityProfile sampled(
      Engine engine, Prior prior, List<Level> levels, int rows, long seed) {
    return sampled(engine, prior, levels, rows, seed, SharedProjections.fit(engine, prior));
  }

  static ComplexityProfile sampled(
      Engine engine, Prior prior, List<Level> levels, int rows, long seed, boolean share) {
    if (rows < 1) {
      throw new InvalidInputException("draws: found " + rows + ", allowed: at least 1");
    }
    if (levels.isEmpty()) {
      return new ComplexityProfile(List.of());
    }
    double[][] values = new double[levels.size()][rows];
    engine.run(() -> localisations(engine, prior, levels, seed, share, values));
    List<Profile> profiles = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      profiles.add(new SampledProfile(ratio(levels.get(i)), values[i]));
    }
    return new ComplexityProfile(profiles);
  }

  private static double ratio(Level level) {
    return level.alpha() / level.sigma();
  }

  private static void localisations(
      Engine engine, Prior prior, List<Level> levels, long seed, boolean share, double[][] values) {
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    PriorSampler sampler = new PriorSampler(posterior);
    @Nullable SharedProjections shared = share ? new SharedProjections(engine, prior) : null;
    int rows = values[0].length;
    int most = shared != null ? shared.mostRows() : CHUNK;
    Samples[] memory = new Samples[3];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = engine.samples(Math.min(most, rows), prior.dim());
    }
    for (int first = 0; first < rows; first += most) {
      int count = Math.min(most, rows - first);
      Samples x = memory[0].slice(0, count);
      Samples z = memory[1].slice(0, count);
      sampler.draw(NoiseAddress.of(seed, POINTS_STREAM, 0).skipRows(first), x);
      engine.backend().normal(NoiseAddress.of(seed, NOISE_STREAM, 0).skipRows(first), z);
      if (shared != null) {
        shared.load(x, z);
      }
      for (int i = 0; i < values.length; i++) {
        double ratio = ratio(levels.get(i));
        if (shared != null && shared.accurate(ratio)) {
          shared.localisations(ratio, values[i], first);
        } else {
          Samples y = memory[2].slice(0, count);
          engine.backend().step(new Coefficients(ratio, 1, 0, 0), StepTerms.of(x, y).denoised(z));
          int at = first;
          for (TopEigenvalue top : new Curvature(posterior, Level.of(ratio, 1)).topEigenvalues(y)) {
            values[i][at++] = ratio * ratio * top.value();
          }
        }
      }
    }
  }

  /** The profiles, in the order of the levels. */
  public List<Profile> profiles() {
    return profiles;
  }

  /**
   * The level that is hardest to denoise through: the profile with the least zeta*_M.
   *
   * @param spread M, as {@link Profile#complexity} takes it
   */
  public Profile bottleneck(double spread) {
    return profiles.stream()
        .min(Comparator.comparingDouble(profile -> profile.complexity(spread)))
        .orElseThrow();
  }

  /**
   * By how much diffusing for {@code eta} and one backward map together stretch the worst
   * direction, multiplied over the levels: {@code prod (1 - eta)(1 + eta - eta zeta)} with {@code
   * zeta = (1 - sup L) / (1 - e^-2t)}, the Ornstein-Uhlenbeck process being meant.
   *
   * @param eta step, between 0 and 1
   */
  public double worstContraction(double eta) {
    TransportMap.requireStep(eta);
    double product = 1;
    for (Profile profile : profiles) {
      double zeta = (1 - profile.largest()) / profile.noiseVariance();
      product *= (1 - eta) * (1 + eta - eta * zeta);
    }
    return product;
  }

  /**
   * The same for average perturbations of W2: {@code exp(-eta sum zeta*_M)}.
   *
   * @param spread M, as {@link Profile#complexity} takes it
   */
  public double averageContraction(double eta, double spread) {
    TransportMap.requireStep(eta);
    double sum = 0;
    for (Profile profile : profiles) {
      sum += profile.complexity(spread);
    }
    return Math.exp(-eta * sum);
  }

  /**
   * r*, the largest ratio at which the law of {@code r X + Z} is log-concave (sup L &lt;= 1): found
   * by a scan from 1,024 down in steps of 0.8, then bisection to 12 digits. Infinity where even
   * 1,024 is such a ratio, 0 where no ratio down to 1 / 1,024 is.
   */
  public static double criticalRatio(LineMeasure measure) {
    double high = Double.POSITIVE_INFINITY;
    double low = LARGEST_RATIO;
    while (!logConcave(measure, low)) {
      high = low;
      low *= SCAN;
      if (low < SMALLEST_RATIO) {
        return 0;
      }
    }
    if (Double.isInfinite(high)) {
      return high;
    }
    while (high - low > 1e-12 * high) {
      double middle = 0.5 * (low + high);
      if (logConcave(measure, middle)) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static boolean logConcave(LineMeasure measure, double ratio) {
    // L of a mixture with point masses and Gaussians reaches its bound of 1 up to rounding
    return new QuadratureProfile(measure, ratio).largest() <= 1 + 1e-12;
  }
}
