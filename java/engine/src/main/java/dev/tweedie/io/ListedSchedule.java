package dev.tweedie.io;

import dev.tweedie.InvalidInputException;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.ScheduleProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** {@code list:FILE}: the levels of a file, in either order. The engine provides it to itself. */
public final class ListedSchedule implements ScheduleProvider {
  @Override
  public String name() {
    return "list";
  }

  @Override
  public String form() {
    return "list:FILE";
  }

  @Override
  public Schedule schedule(List<String> words, OptionalInt steps) {
    if (words.isEmpty()) {
      throw new InvalidInputException("found 0 arguments, allowed: " + form());
    }
    Schedule all = read(String.join(":", words)); // a file's name may hold colons
    return steps.isEmpty() ? all : all.respace(steps.getAsInt());
  }

  private static Schedule read(String file) {
    try (Arena arena = Arena.ofConfined()) {
      return levels(Npy.read(InputSource.pathOf(file), arena));
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
}
