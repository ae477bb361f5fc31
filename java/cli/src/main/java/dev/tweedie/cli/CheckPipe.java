package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.check.DenseFloats;
import dev.tweedie.check.export.Comparison;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code check --pipe}: somebody's elementary function as a program that reads float32, little
 * endian, until its input ends and writes as many; on a dense set of floats or on all 2^32.
 */
final class CheckPipe {
  private static final int CHUNK = 1 << 18;

  /** As the option names them. */
  static final Map<String, Backend.Function> FUNCTIONS = new LinkedHashMap<>();

  static {
    FUNCTIONS.put("exp", Backend.Function.EXP);
    FUNCTIONS.put("log", Backend.Function.LOG);
    FUNCTIONS.put("sinpi", Backend.Function.SIN_PI);
    FUNCTIONS.put("cospi", Backend.Function.COS_PI);
  }

  private final Backend.Function function;
  private final String program;
  private final float[] dense; // null for all floats
  private final Map<String, Long> ulps = Comparison.newHistogram();
  private long differing;
  private double worstUlps;
  private float worstAt;
  private float firstAt = Float.NaN;

  CheckPipe(String function, String program, boolean all) {
    this.function = FUNCTIONS.get(function);
    this.program = program;
    dense = all ? null : DenseFloats.all();
  }

  private long count() {
    return dense == null ? 1L << 32 : dense.length;
  }

  private float[] chunk(long first) {
    int size = (int) Math.min(CHUNK, count() - first);
    if (dense != null) {
      return Arrays.copyOfRange(dense, (int) first, (int) first + size);
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = Float.intBitsToFloat((int) (first + i));
    }
    return values;
  }

  /**
   * Runs the program.
   *
   * @param exact a float32 backend in exact mode
   * @param reference the float64 one, for what differs
   * @return an {@link ExitStatus}
   */
  int run(Backend exact, Backend reference, Report report)
      throws IOException, InterruptedException {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    List<String> shell = windows ? List.of("cmd", "/c", program) : List.of("sh", "-c", program);
    Process process =
        new ProcessBuilder(shell).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      Thread writer = Thread.ofPlatform().daemon().start(() -> feed(process.getOutputStream()));
      compare(process.getInputStream(), exact, reference);
      writer.join();
      int status = process.waitFor();
      if (status != 0) {
        throw new InvalidInputException(
            "--program: found status %d of '%s', allowed: 0".formatted(status, program));
      }
    } finally {
      process.destroy();
    }
    say(report);
    return differing == 0 ? ExitStatus.OK : ExitStatus.INTERNAL_FAILURE;
  }

  /** A program that stops to read is told of by what it did not write. */
  private void feed(OutputStream to) {
    try (OutputStream out = new BufferedOutputStream(to, CHUNK)) {
      for (long first = 0; first < count(); first += CHUNK) {
        float[] values = chunk(first);
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        out.write(bytes.array());
      }
    } catch (IOException e) {
      // Its end is seen where its output ends.
    }
  }

  private void compare(InputStream from, Backend exact, Backend reference) throws IOException {
    Samples x = exact.allocate(1, CHUNK);
    Samples out = exact.allocate(1, CHUNK);
    byte[] bytes = new byte[4 * CHUNK];
    for (long first = 0; first < count(); first += CHUNK) {
      float[] values = chunk(first);
      int read = from.readNBytes(bytes, 0, 4 * values.length);
      if (read < 4 * values.length) {
        throw new InvalidInputException(
            "--program: found %d floats from '%s', allowed: one for each of %d"
                .formatted(first + read / 4, program, count()));
      }
      x.write(Arrays.copyOf(values, CHUNK));
      exact.apply(function, x, out);
      compare(values, bytes, out.toFloats(), reference);
    }
    if (from.read() >= 0) {
      throw new InvalidInputException(
          "--program: found more than %d floats from '%s', allowed: one for each"
              .formatted(count(), program));
    }
  }

  private void compare(float[] values, byte[] bytes, float[] expected, Backend reference) {
    float[] found = new float[values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(found);
    List<Integer> unlike = new ArrayList<>();
    for (int i = 0; i < found.length; i++) {
      if (Float.floatToIntBits(found[i]) != Float.floatToIntBits(expected[i])) {
        unlike.add(i);
        ulps.merge(Comparison.ulps(found[i], expected[i]), 1L, Long::sum);
      }
    }
    if (unlike.isEmpty()) {
      return;
    }
    if (differing == 0) {
      firstAt = values[unlike.getFirst()];
    }
    differing += unlike.size();
    Samples at = reference.allocate(1, unlike.size());
    at.write(unlike.stream().mapToDouble(i -> values[i]).toArray());
    reference.apply(function, at, at);
    double[] right = at.toDoubles();
    at.close();
    for (int i = 0; i < right.length; i++) {
      double off = ulpsOff(found[unlike.get(i)], right[i]);
      if (!(off <= worstUlps)) {
        worstUlps = off;
        worstAt = values[unlike.get(i)];
      }
    }
  }

  /** Zeros and NaN in each other's place count as infinitely wrong, zeros of the other sign not. */
  private static double ulpsOff(float found, double right) {
    float rounded = (float) right;
    boolean same = found == rounded && !Double.isFinite(right - found);
    if (same || Float.isNaN(found) && Float.isNaN(rounded)) {
      return 0;
    }
    double off = Math.abs(found - right) / Math.ulp(rounded);
    return Double.isNaN(off) ? Double.POSITIVE_INFINITY : off;
  }

  private void say(Report report) {
    report.value("floats", count(), "%d", count());
    report.value("differing", differing, "%d", differing);
    if (differing > 0) {
      report.value(
          "ulp",
          ulps,
          "%s",
          ulps.entrySet().stream()
              .map(entry -> entry.getKey() + ": " + entry.getValue())
              .collect(Collectors.joining("  ")));
      report.value(
          "first", Float.toHexString(firstAt), "%s (%s)", Float.toHexString(firstAt), firstAt);
      report.value(
          "worst",
          worstUlps,
          "%.3f ulp at %s (%s); exact mode's largest: %s",
          worstUlps,
          Float.toHexString(worstAt),
          worstAt,
          switch (function) {
            case EXP -> "0.892";
            case LOG -> "0.934";
            case SIN_PI -> "0.965";
            case COS_PI -> "0.875";
          });
    }
  }
}
