package dev.tweedie.schedule;

import dev.tweedie.InvalidInputException;
import dev.tweedie.names.Names;
import java.io.UncheckedIOException;
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
 *
 * A {@link ScheduleProvider} adds to them.
 */
public final class ScheduleSpec {
  /** Steps of a schedule that has no levels of its own. */
  public static final int DEFAULT_STEPS = BuiltinSchedules.DEFAULT_STEPS;

  private static final Names<ScheduleProvider> NAMES =
      new Names<>("schedule", ScheduleProvider.class, BuiltinSchedules.ALL);

  private ScheduleSpec() {}

  /** Every name. */
  public static List<String> names() {
    return NAMES.names();
  }

  /** Every name, with what follows it. */
  public static List<String> forms() {
    return NAMES.forms();
  }

  /** The schedule with all its levels. */
  public static Schedule parse(String spec) {
    return parse(spec, OptionalInt.empty());
  }

  /**
   * A schedule of so many steps.
   *
   * @param steps number of levels wanted, empty for the schedule's own
   * @throws InvalidInputException for an unknown name, a number that is not one or not allowed,
   *     steps outside 1 .. T, or a file that cannot be used
   * @throws UncheckedIOException where reading the file fails
   */
  public static Schedule parse(String spec, OptionalInt steps) {
    if (steps.isPresent() && steps.getAsInt() < 1) {
      throw new InvalidInputException("steps: found " + steps.getAsInt() + ", allowed: at least 1");
    }
    return NAMES.find(
        spec, (provider, words) -> requireSteps(provider.schedule(words, steps), steps));
  }

  /** A provider may forget the steps, and its schedule would be another than was asked for. */
  private static Schedule requireSteps(Schedule schedule, OptionalInt steps) {
    if (schedule != null && steps.isPresent() && schedule.size() != steps.getAsInt()) {
      throw new InvalidInputException(
          "found %d levels of its own, allowed: the %d steps asked for"
              .formatted(schedule.size(), steps.getAsInt()));
    }
    return schedule;
  }
}
