package dev.tweedie.schedule;

import dev.tweedie.InvalidInputException;
import java.util.List;
import java.util.OptionalInt;

/** The schedules that need no file, in the order of help. */
final class BuiltinSchedules {
  /** Steps of a schedule that has no levels of its own. */
  static final int DEFAULT_STEPS = 40;

  static final List<ScheduleProvider> ALL =
      List.of(
          new Builtin("vp-linear", "[:T[:beta0:beta1]]", 0, 3, BuiltinSchedules::vpLinear),
          new Builtin("vp-cosine", "[:T]", 0, 1, BuiltinSchedules::vpCosine),
          new Builtin("fesl", ":T", 1, 1, BuiltinSchedules::fesl),
          new Builtin("karras", ":smin:smax[:rho]", 2, 3, BuiltinSchedules::karras),
          new Builtin("ou", "[:time]", 0, 1, BuiltinSchedules::ou));

  private BuiltinSchedules() {}

  private interface Maker {
    Schedule make(Arguments arguments, OptionalInt steps);
  }

  /** One that takes so many arguments. */
  private record Builtin(String name, String arguments, int least, int most, Maker maker)
      implements ScheduleProvider {
    @Override
    public String form() {
      return name + arguments;
    }

    @Override
    public Schedule schedule(List<String> words, OptionalInt steps) {
      int found = words.size();
      if (found < least || found > most) {
        throw new InvalidInputException("found " + found + " arguments, allowed: " + form());
      }
      return maker.make(new Arguments(words), steps);
    }
  }

  private static Schedule vpLinear(Arguments arguments, OptionalInt steps) {
    if (arguments.words().size() == 2) {
      throw new InvalidInputException("found one beta, allowed: both or none");
    }
    Schedule all =
        Schedules.vpLinear(
            arguments.levels(),
            arguments.number(1, "beta0", Schedules.DDPM_FIRST_BETA),
            arguments.number(2, "beta1", Schedules.DDPM_LAST_BETA));
    return respaced(all, steps);
  }

  private static Schedule vpCosine(Arguments arguments, OptionalInt steps) {
    return respaced(Schedules.vpCosine(arguments.levels()), steps);
  }

  private static Schedule fesl(Arguments arguments, OptionalInt steps) {
    return respaced(Schedules.fesl(arguments.levels()), steps);
  }

  private static Schedule karras(Arguments arguments, OptionalInt steps) {
    return Schedules.karras(
        steps.orElse(DEFAULT_STEPS),
        arguments.number(0, "smin"),
        arguments.number(1, "smax"),
        arguments.number(2, "rho", Schedules.KARRAS_RHO));
  }

  private static Schedule ou(Arguments arguments, OptionalInt steps) {
    return Schedules.ou(
        steps.orElse(DEFAULT_STEPS), arguments.number(0, "time", Schedules.OU_TIME));
  }

  private static Schedule respaced(Schedule schedule, OptionalInt steps) {
    return steps.isEmpty() ? schedule : schedule.respace(steps.getAsInt());
  }

  /** What follows the name. */
  private record Arguments(List<String> words) {
    int levels() {
      if (words.isEmpty()) {
        return Schedules.DDPM_LEVELS;
      }
      try {
        return Integer.parseInt(words.getFirst());
      } catch (NumberFormatException e) {
        throw new InvalidInputException(
            "T: found \"" + words.getFirst() + "\", allowed: a whole number of levels", e);
      }
    }

    double number(int at, String name, double otherwise) {
      return at < words.size() ? number(at, name) : otherwise;
    }

    double number(int at, String name) {
      try {
        return Double.parseDouble(words.get(at));
      } catch (NumberFormatException e) {
        throw new InvalidInputException(
            name + ": found \"" + words.get(at) + "\", allowed: a number", e);
      }
    }
  }
}
