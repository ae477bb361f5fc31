package dev.tweedie.onnx;

import dev.tweedie.InvalidInputException;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a network's numbers mean: the process it was trained on, what it is told of the level and
 * what it predicts. The one table between them and an estimate of x_0, which is affine in the rows
 * and the network's output whatever the convention.
 *
 * @param process of the rows that it expects
 * @param told what its second input is
 * @param prediction what its output is
 * @param schedule whose index a time is; empty where {@code told} is no time
 * @param sigmaData standard deviation of the data in EDM's preconditioning; else unused
 */
public record Convention(
    Process process,
    Told told,
    Prediction prediction,
    Optional<Schedule> schedule,
    double sigmaData) {
  /** Karras et al. 2022, table 1. */
  public static final double EDM_SIGMA_DATA = 0.5;

  /** A network that sees {@code x_0 + sigma z}, is told nothing and returns x_0. */
  public static final Convention BLIND =
      new Convention(Process.VE, Told.NOTHING, Prediction.X0, Optional.empty(), EDM_SIGMA_DATA);

  /** Rows that a network expects. Those of another process are scaled to it at the same SNR. */
  public enum Process {
    /** Variance exploding: {@code x_0 + sigma z}. */
    VE,
    /** Variance preserving: {@code alpha x_0 + sigma z} with {@code alpha^2 + sigma^2 = 1}. */
    VP;

    /** The level of the same SNR. */
    public Level level(Level at) {
      double amplitude = this == VE ? at.alpha() : Math.hypot(at.alpha(), at.sigma());
      return Level.of(at.alpha() / amplitude, at.sigma() / amplitude);
    }
  }

  /** What a network is told, in terms of its own process's level. */
  public enum Told {
    NOTHING,
    SIGMA,
    /** ln sigma. */
    LOG_SIGMA,
    /** alpha^2 / sigma^2. */
    SNR,
    /** EDM's c_noise = ln(sigma) / 4. */
    C_NOISE,
    /** Index in the schedule, 0 .. T-1. */
    TIME0,
    /** Index in the schedule plus 1, 1 .. T. */
    TIME1;

    boolean isTime() {
      return this == TIME0 || this == TIME1;
    }
  }

  /** What a network returns, given x = alpha x_0 + sigma eps of its own process. */
  public enum Prediction {
    /** x_0. */
    X0,
    /** eps, the noise of variance 1. */
    EPSILON,
    /** {@code v = alpha eps - sigma x_0} (Salimans and Ho 2022). */
    V,
    /** The gradient of log p, {@code -eps / sigma}. */
    SCORE,
    /** What must be taken away, {@code x - alpha x_0}. */
    RESIDUAL,
    /**
     * F of {@code D = c_skip y + c_out F(c_in y; c_noise)}, with c_in y as its input (Karras et al.
     * 2022, Eq. 7).
     */
    EDM
  }

  public Convention {
    if (told.isTime() != schedule.isPresent()) {
      throw new InvalidInputException(
          told.isTime()
              ? "schedule: found none, allowed: the one whose index the network is told"
              : "schedule: found one, allowed: none, as the network is not told a time");
    }
    if (prediction == Prediction.EDM && process != Process.VE) {
      throw new InvalidInputException("process: found vp, allowed: ve with predicts=edm");
    }
    if (!(sigmaData > 0) || Double.isInfinite(sigmaData)) {
      throw new InvalidInputException(
          "sigma-data: found " + sigmaData + ", allowed: a finite number > 0");
    }
  }

  /**
   * The table's row for one level: the network sees {@code inputScale x} and {@code told}; of its
   * output, {@code x_0 = x * fromRow + output * fromOutput}.
   */
  public record Conversion(double inputScale, double told, double fromRow, double fromOutput) {}

  /**
   * @param at level of the rows, of any process
   * @param fractional whether a time may lie between two indices, linear in log SNR; else the
   *     nearest in dB. Beyond the schedule's ends it is the end's.
   */
  public Conversion at(Level at, boolean fractional) {
    Level own = process.level(at);
    double a = own.alpha();
    double s = own.sigma();
    double scale = a / at.alpha();
    double told = told(own, fractional);
    return switch (prediction) {
      case X0 -> new Conversion(scale, told, 0, 1);
      case EPSILON -> new Conversion(scale, told, scale / a, -s / a);
      case V -> new Conversion(scale, told, scale * a / (a * a + s * s), -s / (a * a + s * s));
      case SCORE -> new Conversion(scale, told, scale / a, s * s / a);
      case RESIDUAL -> new Conversion(scale, told, scale / a, -1 / a);
      case EDM -> {
        double total = Math.hypot(s, sigmaData);
        double skip = sigmaData / total * (sigmaData / total);
        yield new Conversion(scale / total, told, scale * skip, s * sigmaData / total);
      }
    };
  }

  /**
   * The table's row where the level is unknown.
   *
   * @throws InvalidInputException where it takes a level to make x_0 of the output
   */
  public Conversion blind() {
    if (told != Told.NOTHING || process != Process.VE) {
      throw new InvalidInputException(
          "told=%s,process=%s: found a network that depends on the level, allowed without one:"
                  .formatted(word(told), word(process))
              + " told=nothing,process=ve");
    }
    return switch (prediction) {
      case X0 -> new Conversion(1, 0, 0, 1);
      case RESIDUAL -> new Conversion(1, 0, 1, -1);
      default ->
          throw new InvalidInputException(
              "predicts: found "
                  + word(prediction)
                  + ", allowed without a level: x0, residual; the others need sigma");
    };
  }

  private double told(Level own, boolean fractional) {
    return switch (told) {
      case NOTHING -> 0;
      case SIGMA -> own.sigma();
      case LOG_SIGMA -> StrictMath.log(own.sigma());
      case SNR -> own.snr();
      case C_NOISE -> StrictMath.log(own.sigma()) / 4;
      case TIME0 -> index(own, fractional);
      case TIME1 -> index(own, fractional) + 1;
    };
  }

  private double index(Level own, boolean fractional) {
    double wanted = own.logRatio();
    Schedule schedule = this.schedule.orElseThrow();
    int nearest = schedule.nearestSnrDb(own.snrDb());
    double found = schedule.level(nearest).logRatio();
    int towards = nearest + (wanted < found ? 1 : -1);
    if (!fractional || wanted == found || towards < 0 || towards == schedule.size()) {
      return nearest;
    }
    double share = (wanted - found) / (schedule.level(towards).logRatio() - found);
    return nearest + share * (towards - nearest);
  }

  /** A constant as options write it: LOG_SIGMA is log-sigma. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @throws InvalidInputException with the words that are allowed
   */
  static <E extends Enum<E>> E parse(String key, String word, E[] constants) {
    for (E constant : constants) {
      if (word(constant).equals(word)) {
        return constant;
      }
    }
    throw new InvalidInputException(
        "%s: found %s, allowed: %s"
            .formatted(
                key,
                word,
                Stream.of(constants).map(Convention::word).collect(Collectors.joining(", "))));
  }
}
