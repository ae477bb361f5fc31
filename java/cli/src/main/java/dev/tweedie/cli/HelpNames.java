package dev.tweedie.cli;

import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.ScheduleSpec;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ResourceBundle;
import java.util.Set;

/** The names that help speaks of, from where they are looked up: jars on the path add to them. */
final class HelpNames extends ResourceBundle {
  private static final String SAMPLERS = "samplers";
  private static final String SCHEDULES = "schedules";

  @Override
  protected Object handleGetObject(String key) { // asked where help is shown, not at each start
    return switch (key) {
      case SAMPLERS -> String.join(", ", Samplers.forms());
      case SCHEDULES -> String.join(", ", ScheduleSpec.forms());
      default -> null;
    };
  }

  @Override
  protected Set<String> handleKeySet() {
    return Set.of(SAMPLERS, SCHEDULES);
  }

  @Override
  public Enumeration<String> getKeys() {
    return Collections.enumeration(List.of(SAMPLERS, SCHEDULES));
  }
}
