package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.posterior.Denoiser;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The options of every command: what runs the work, and how it is shown. */
final class EngineOptions {
  static final String TRACE = "--trace";

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "What computes: a name that 'tweedie info' lists, such as reference, java or cpu:avx2;"
              + " auto takes the best (default).")
  private String backend;

  @Option(
      names = "--numerics",
      paramLabel = "MODE",
      converter = NumericsConverter.class,
      description =
          "exact: the same bits on every backend but reference (default); fast: products by oneMKL"
              + " or cuBLAS where 'tweedie info' finds it, or of bytes or bfloat16 with"
              + " --backend cpu:avx512:vnni or cpu:avx512:bf16, within a stated error.")
  private Numerics numerics;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Count.class,
      description = "Threads; results do not depend on it (default: all processors).")
  private Long threads;

  @Option(
      names = "--seed",
      paramLabel = "K",
      defaultValue = "0",
      converter = SeedConverter.class,
      description = "Key of all noise, a 64-bit whole number (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--progress",
      paramLabel = "MODE",
      defaultValue = "auto",
      converter = ProgressConverter.class,
      description = "auto: a bar on a terminal, nothing in a pipe (default); never.")
  private String progress;

  @Option(
      names = "--batch",
      paramLabel = "N",
      hidden = true,
      converter = Count.class,
      description = "Rows at a time; results do not depend on it.")
  private Long batch;

  @Option(names = TRACE, description = "Show the stack trace of an internal failure.")
  private boolean trace;

  /** Opens what {@code --backend}, {@code --threads} and {@code --numerics} say. */
  Engine open() {
    return Engine.open(backend, threads(), numerics == null ? Numerics.EXACT : numerics);
  }

  /** What {@code --numerics} says, else every mode. */
  List<Numerics> givenNumerics() {
    return numerics == null ? List.of(Numerics.values()) : List.of(numerics);
  }

  /**
   * Rows that one call takes: {@code --batch}, or few enough for progress and memory and enough for
   * every thread.
   */
  int batch(Denoiser denoiser, long rows) {
    long wanted = batch != null ? batch : Batches.size(denoiser, threads());
    return (int) Math.clamp(wanted, 1, Math.min(rows, Integer.MAX_VALUE));
  }

  int threads() {
    if (threads == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    return (int) Math.min(threads, 1 << 16);
  }

  /** What {@code --threads} says, where it is given. */
  OptionalInt givenThreads() {
    return threads == null ? OptionalInt.empty() : OptionalInt.of(threads());
  }

  /** What {@code --backend} says. */
  String backend() {
    return backend;
  }

  long seed() {
    return seed;
  }

  /** Whether progress may be shown where there is a terminal. */
  boolean progress() {
    return progress.equals("auto");
  }

  /** A whole number of things, at least one. */
  static final class Count implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        long value = Long.parseLong(text);
        if (value >= 1) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Refused below, as a number that is too small.
      }
      throw new InvalidInputException("found '" + text + "', allowed: a whole number >= 1");
    }
  }

  /** Any number; what is allowed of it is checked where it is used. */
  static final class Real implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      try {
        return Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw new InvalidInputException("found '" + text + "', allowed: a number", e);
      }
    }
  }

  private static final class SeedConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      try {
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
      } catch (NumberFormatException e) {
        throw new InvalidInputException(
            "found '" + text + "', allowed: a whole number from -2^63 to 2^64 - 1", e);
      }
    }
  }

  private static final class NumericsConverter implements ITypeConverter<Numerics> {
    @Override
    public Numerics convert(String text) {
      return Numerics.valueOf(choice(text, "exact", "fast").toUpperCase(Locale.ROOT));
    }
  }

  private static final class ProgressConverter implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return choice(text, "auto", "never");
    }
  }

  private static String choice(String text, String... allowed) {
    if (List.of(allowed).contains(text)) {
      return text;
    }
    throw new InvalidInputException("found '" + text + "', allowed: " + String.join(", ", allowed));
  }
}
