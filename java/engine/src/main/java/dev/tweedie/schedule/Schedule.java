package dev.tweedie.schedule;

import dev.tweedie.InvalidInputException;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * An immutable list of levels from data (index 0, the cleanest, still sigma &gt; 0) to noise, of
 * strictly decreasing SNR. Steps are addressed by index and never looked up by value: the step at
 * index i goes from {@code level(i)} to {@code below(i)}, so n levels make n steps.
 */
public final class Schedule {
  private final List<Level> levels;

  private Schedule(List<Level> levels) {
    this.levels = List.copyOf(levels);
    if (levels.isEmpty()) {
      throw new InvalidInputException("schedule: found no levels, allowed: at least one");
    }
    for (int i = 0; i < size(); i++) {
      if (level(i).sigma() == 0) {
        throw new InvalidInputException(
            "schedule: found sigma 0 at index " + i + ", allowed: sigma > 0");
      }
      if (i > 0 && !(level(i).gain(level(i - 1)) > 0)) {
        throw new InvalidInputException(
            String.format(
                "schedule: found %s at index %d after %s, allowed: strictly decreasing SNR",
                level(i), i, level(i - 1)));
      }
    }
  }

  /**
   * @param levels from the cleanest to the noisiest
   * @throws InvalidInputException where there are none, or the SNR does not strictly decrease
   */
  public static Schedule ofLevels(List<Level> levels) {
    return new Schedule(levels);
  }

  /** As {@link #ofLevels(List)}. */
  public static Schedule ofLevels(Level... levels) {
    return new Schedule(List.of(levels));
  }

  /**
   * Variance exploding levels (alpha 1).
   *
   * @param sigmas strictly increasing, finite and &gt; 0
   */
  public static Schedule ofSigmas(double... sigmas) {
    return new Schedule(DoubleStream.of(sigmas).mapToObj(Level::ofSigma).toList());
  }

  /** Number of levels, which is the number of steps down to data. */
  public int size() {
    return levels.size();
  }

  public Level level(int index) {
    return levels.get(index);
  }

  /** Where the step at {@code index} goes: the next cleaner level; {@link Level#CLEAN} below 0. */
  public Level below(int index) {
    return index == 0 ? Level.CLEAN : level(index - 1);
  }

  /** The last level, where sampling starts. */
  public Level noisiest() {
    return levels.getLast();
  }

  public List<Level> levels() {
    return levels;
  }

  /**
   * Fewer steps: the levels at {@code round((k + 1) n / steps) - 1}, k = 0 .. steps - 1. They are
   * evenly spaced in index, all different, and end at the noisiest level: "trailing" spacing (Lin
   * et al. 2023, table 2), rounded as the schedulers of diffusers do it with numpy; all n steps
   * give this schedule back.
   *
   * @throws InvalidInputException where steps is not within 1 .. n
   */
  public Schedule respace(int steps) {
    if (steps < 1 || steps > size()) {
      throw new InvalidInputException(
          "steps: found " + steps + ", allowed: 1 to " + size() + ", the levels of the schedule");
    }
    double n = size();
    double stride = n - n / steps - n; // as numpy's arange has it: halves depend on its last bit
    return new Schedule(
        IntStream.range(0, steps)
            .map(k -> (int) Math.rint(n + (steps - 1 - k) * stride))
            .mapToObj(number -> level(number - 1))
            .toList());
  }

  /**
   * Index of the level whose SNR in dB is nearest: where the truncated denoiser starts (Fesl et
   * al., Eq. 12). Of two equally near ones the cleaner.
   */
  public int nearestSnrDb(double dB) {
    return nearest(dB, i -> level(i).snrDb());
  }

  /** As {@link #nearestSnrDb}, by the distance of the SNRs themselves. */
  public int nearestSnr(double snr) {
    return nearest(snr, i -> level(i).snr());
  }

  private int nearest(double wanted, IntToDoubleFunction snr) {
    if (!Double.isFinite(wanted)) {
      throw new InvalidInputException("snr: found " + wanted + ", allowed: a finite number");
    }
    int best = 0;
    for (int i = 1; i < size(); i++) {
      if (Math.abs(wanted - snr.applyAsDouble(i)) < Math.abs(wanted - snr.applyAsDouble(best))) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Schedule schedule && schedule.levels.equals(levels);
  }

  @Override
  public int hashCode() {
    return levels.hashCode();
  }

  @Override
  public String toString() {
    return size() + " levels from " + level(0) + " to " + noisiest();
  }
}
