package dev.tweedie.bench;

import java.util.Arrays;
import java.util.List;

/**
 * How noisy a machine was: of a case the range of the middle half of its iterations over their
 * median, of a run that of its median case.
 */
final class MachineNoise {
  /** From here on a run is called noisy; chosen, not measured. */
  static final double RUN = 0.03;

  /** From here on a case is. */
  static final double CASE = 0.1;

  /** Of fewer iterations a range says nothing. */
  private static final int LEAST = 5;

  private MachineNoise() {}

  /** NaN where there are too few iterations. */
  static double of(List<double[]> forks) {
    double[] times = forks.stream().flatMapToDouble(Arrays::stream).sorted().toArray();
    int quarter = times.length / 4;
    return times.length < LEAST
        ? Double.NaN
        : (times[times.length - 1 - quarter] - times[quarter]) / Timings.median(times);
  }

  /** NaN where no case has iterations enough. */
  static double of(RunFile run) {
    double[] cases =
        run.entries().stream()
            .mapToDouble(entry -> of(entry.forks()))
            .filter(noise -> !Double.isNaN(noise))
            .toArray();
    return cases.length == 0 ? Double.NaN : Timings.median(cases);
  }
}
