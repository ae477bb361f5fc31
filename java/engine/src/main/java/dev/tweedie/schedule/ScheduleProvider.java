package dev.tweedie.schedule;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Named;
import java.util.List;
import java.util.OptionalInt;

/**
 * Schedules under a name. A jar that names an implementation in {@code
 * META-INF/services/dev.tweedie.schedule.ScheduleProvider}, or whose module provides it, adds it to
 * {@link ScheduleSpec} and so to {@code --schedule}. It has a public constructor without
 * parameters.
 */
public interface ScheduleProvider extends Named {
  /**
   * A schedule.
   *
   * @param arguments what followed the name, cut at colons
   * @param steps how many levels it must have, where that is asked for: one with levels of its own
   *     chooses among them by {@link Schedule#respace}
   * @throws InvalidInputException for arguments that are not its own: what was found and what is
   *     allowed, without the name
   */
  Schedule schedule(List<String> arguments, OptionalInt steps);
}
