package dev.tweedie.schedule;

import dev.tweedie.InvalidInputException;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.InputSource;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * A schedule as the command line writes it. {@code T} is a number of levels, of which {@code steps}
 * chooses some ({@link Schedule#respace}); karras and ou have no levels of their own and make
 * exactly {@code steps} ({@value #DEFAULT_STEPS} where none is asked for).
 *
 * <ul>
 *   <li>{@code vp-linear[:T[:beta0:beta1]]}: DDPM, 1000 levels from 1e-4 to 0.02
 *   <li>{@code vp-cosine[:T]}: Nichol and Dhariwal, 1000 levels
 *   <li>{@code fesl:T}: Fesl et al., T of 5, 10, 50, 100, 300, 500, 1000, 10000
 *   <li>{@code karras:smin:smax[:rho]}: variance exploding, rho 7
 *   <li>{@code ou[:time]}: Ornstein-Uhlenbeck, uniform in time, up to time 5
 *   <li>{@code list:FILE}: a .npy of sigmas, or of (alpha, sigma) rows, in either order, float32 or
 *       float64; a sigma of 0 at the clean end, as other samplers write it, is where every schedule
 *       goes
 * </ul>
 */
public final class ScheduleSpec {
  /** Steps of a schedule that has no levels of its own. */
  public static final int DEFAULT_STEPS = 40;

  private static final String FORMS =
      "vp-linear[:T[:beta0:beta1]], vp-cosine[:T], fesl:T, karras:smin:smax[:rho], ou[:time],"
          + " list:FILE";

  private final String spec;
  private final List<String> words;

  private ScheduleSpec(String spec) {
    this.spec = spec;
    this.words = Arrays.asList(spec.split(":", -1));
  }

  /** The schedule with all its levels. */
  public static Schedule parse(String spec) {
    return parse(spec, OptionalInt.empty());
  }

  /**
   * @param steps number of levels wanted, empty for the schedule's own
   * @throws InvalidInputException for an unknown name, a number that is not one or not allowed,
   *     steps outside 1 .. T, or a file that cannot be used
   * @throws UncheckedIOException where reading the file fails
   */
  public static Schedule parse(String spec, OptionalInt steps) {
    if (steps.isPresent() && steps.getAsInt() < 1) {
      throw new InvalidInputException("steps: found " + steps.getAsInt() + ", allowed: at least 1");
    }
    try {
      return new ScheduleSpec(spec).schedule(steps);
    } catch (InvalidInputException e) {
      throw new InvalidInputException("schedule " + spec + ": " + e.getMessage(), e);
    }
  }

  private Schedule schedule(OptionalInt steps) {
    int made = steps.orElse(DEFAULT_STEPS);
    return switch (words.getFirst()) {
      case "vp-linear" -> respaced(vpLinear(), steps);
      case "vp-cosine" -> {
        arguments(0, 1);
        yield respaced(Schedules.vpCosine(levels()), steps);
      }
      case "fesl" -> {
        arguments(1, 1);
        yield respaced(Schedules.fesl(levels()), steps);
      }
      case "karras" -> {
        arguments(2, 3);
        yield Schedules.karras(
            made, number(1, "smin"), number(2, "smax"), number(3, "rho", Schedules.KARRAS_RHO));
      }
      case "ou" -> {
        arguments(0, 1);
        yield Schedules.ou(made, number(1, "time", Schedules.OU_TIME));
      }
      case "list" -> respaced(list(), steps);
      default -> throw new InvalidInputException("unknown, allowed: " + FORMS);
    };
  }

  private static Schedule respaced(Schedule schedule, OptionalInt steps) {
    return steps.isEmpty() ? schedule : schedule.respace(steps.getAsInt());
  }

  private Schedule vpLinear() {
    arguments(0, 3);
    if (words.size() == 3) {
      throw new InvalidInputException("found one beta, allowed: both or none");
    }
    return Schedules.vpLinear(
        levels(),
        number(2, "beta0", Schedules.DDPM_FIRST_BETA),
        number(3, "beta1", Schedules.DDPM_LAST_BETA));
  }

  /** The levels of a file, in either order. */
  private Schedule list() {
    // A file name may hold colons.
    Path file = InputSource.pathOf(spec.substring(Math.min(spec.length(), "list:".length())));
    try (Arena arena = Arena.ofConfined()) {
      return levels(Npy.read(file, arena));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Schedule levels(NdArray array) {
    boolean pairs = array.rank() == 2 && array.shape()[1] == 2;
    boolean real = array.type() == ElementType.FLOAT64 || array.type() == ElementType.FLOAT32;
    if (!real || !(array.rank() == 1 || pairs)) {
      throw new InvalidInputException(
          "found "
              + array
              + ", allowed: sigmas (n), or (n, 2) of alpha and sigma, float32 or float64");
    }
    double[] values = array.toDoubles();
    int width = pairs ? 2 : 1;
    int count = values.length / width;
    boolean cleanFirst = isClean(values, width, 0);
    boolean cleanLast = count > 1 && isClean(values, width, count - 1);
    List<Level> list = new ArrayList<>();
    for (int i = cleanFirst ? 1 : 0; i < (cleanLast ? count - 1 : count); i++) {
      double sigma = values[width * i + width - 1];
      list.add(pairs ? Level.of(values[2 * i], sigma) : Level.ofSigma(sigma));
    }
    boolean noiseFirst = list.size() > 1 && list.getFirst().gain(list.getLast()) > 0;
    if (cleanFirst && (cleanLast || noiseFirst) || cleanLast && list.size() > 1 && !noiseFirst) {
      throw new InvalidInputException(
          "sigma: found 0.0 at the noisy end, allowed: at the clean end, and there once");
    }
    return Schedule.ofLevels(noiseFirst ? list.reversed() : list);
  }

  /** Whether a level is (1, 0), where a schedule ends and which is none of its own. */
  private static boolean isClean(double[] values, int width, int level) {
    int at = width * level;
    return at < values.length && values[at + width - 1] == 0 && (width == 1 || values[at] == 1);
  }

  private void arguments(int least, int most) {
    int found = words.size() - 1;
    if (found < least || found > most) {
      throw new InvalidInputException("found " + found + " arguments, allowed: " + FORMS);
    }
  }

  private int levels() {
    if (words.size() == 1) {
      return Schedules.DDPM_LEVELS;
    }
    try {
      return Integer.parseInt(words.get(1));
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "T: found \"" + words.get(1) + "\", allowed: a whole number of levels", e);
    }
  }

  private double number(int at, String name, double otherwise) {
    return at < words.size() ? number(at, name) : otherwise;
  }

  private double number(int at, String name) {
    try {
      return Double.parseDouble(words.get(at));
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          name + ": found \"" + words.get(at) + "\", allowed: a number", e);
    }
  }
}
