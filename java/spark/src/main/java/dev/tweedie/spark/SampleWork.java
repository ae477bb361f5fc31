package dev.tweedie.spark;

import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.ScheduleSpec;
import java.io.Serializable;
import java.util.OptionalInt;

/**
 * A sampling run, by names that travel.
 *
 * @param steps so many of the schedule's levels; 0 for all
 */
record SampleWork(String sampler, String schedule, int steps, long seed) implements Serializable {
  Sampler rule() {
    return Samplers.parse(sampler);
  }

  Schedule levels() {
    return ScheduleSpec.parse(schedule, steps == 0 ? OptionalInt.empty() : OptionalInt.of(steps));
  }
}
