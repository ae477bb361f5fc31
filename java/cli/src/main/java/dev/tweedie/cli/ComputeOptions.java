package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.EngineOptions;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.backend.Backend;
import dev.tweedie.posterior.Denoiser;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** What runs the work. */
@Section("What computes")
final class ComputeOptions {
  /** More than any machine has processors for; each one costs memory and time to start. */
  private static final int MOST_THREADS = 1024;

  private static final String NUMERICS = "--numerics";

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "What computes: a name that 'tweedie info' lists, such as reference, java or cpu:avx2;"
              + " auto takes the best (default).")
  private final Given<String> backend = Given.always();

  @Option(
      names = NUMERICS,
      paramLabel = "MODE",
      converter = NumericsMode.class,
      completionCandidates = NumericsMode.Words.class,
      description =
          "exact: the same bits on every backend but reference (default); fast: products by oneMKL"
              + " or cuBLAS where 'tweedie info' finds it, within a stated error; fast:bf16,"
              + " fast:bytes and fast:tf32: of rounded factors, see docs/fast-mode.")
  private final Given<Numerics> numerics = Given.only("where something is computed");

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Threads.class,
      description =
          "Threads, at most "
              + MOST_THREADS
              + "; results do not depend on it (default: all"
              + " processors).")
  private final Given<Integer> threads = Given.always();

  @Option(
      names = "--memory-limit",
      paramLabel = "GIB",
      converter = Converters.Gib.class,
      description =
          "Native memory that samples, tables of the prior and working memory may take together, in"
              + " GiB, as 0.5 (default: no limit); more is refused when it is asked for.")
  private final Given<Long> memoryLimit = Given.only("where one engine does the work");

  @Option(
      names = "--batch",
      paramLabel = "N",
      hidden = true,
      converter = Converters.Size.class,
      description = "Rows at a time; results do not depend on it.")
  private final Given<Integer> batch = Given.only("with rows that are taken in batches");

  /** Opens what the options say, to work with. */
  Engine open() {
    Long limit = memoryLimit.get();
    return Engine.open(limit == null ? asked() : asked().memoryLimit(limit));
  }

  private EngineOptions asked() {
    return EngineOptions.of()
        .backend(backend.get())
        .threads(threads())
        .numerics(numerics.get() == null ? Numerics.EXACT : numerics.get())
        .announced(false); // the report has a line for it
  }

  /** What {@code --numerics} says, else every mode. */
  List<Numerics> givenNumerics() {
    return numerics.get() == null ? List.of(Numerics.values()) : List.of(numerics.get());
  }

  /**
   * What is to be looked at, where it is not one engine that computes.
   *
   * @param backend what {@code --backend} says, without numerics
   * @param numerics what {@code --numerics} says, or the name; else all
   * @param stated whether errors are stated for every op of what was opened
   */
  record Subject(String backend, List<Numerics> numerics, boolean stated) {}

  /** Opens what is asked for once, which refuses what is unknown or absent. */
  Subject subject() {
    List<Numerics> given = givenNumerics();
    try (Engine engine = Engine.open(asked())) {
      Backend opened = engine.backend();
      boolean stated = opened.bound().isStated();
      return given.equals(List.of(Numerics.FAST)) && opened.numerics().isRounded()
          ? new Subject(opened.name(), List.of(opened.numerics()), stated) // the name said more
          : new Subject(backend.get(), given, stated);
    }
  }

  /**
   * Refuses fast mode where it changes nothing.
   *
   * @param hasProducts whether what is computed is made of products that fast mode takes
   * @param what is computed, for the message
   */
  void requireProducts(boolean hasProducts, String what) {
    Numerics asked = numerics.get();
    if (asked != null && asked != Numerics.EXACT && !hasProducts) {
      throw new InvalidInputException(
          NUMERICS
              + ": found "
              + asked
              + ", which has no effect on "
              + what
              + ", allowed: with a data set or an isotropic mixture of dimension "
              + PriorOption.LEAST_FAST_DIM
              + " or more");
    }
  }

  /**
   * Rows that one call takes: {@code --batch}, or few enough for progress and memory and enough for
   * every thread.
   */
  int batch(Denoiser denoiser, long rows) {
    long wanted = batch.get() != null ? batch.get() : Batches.size(denoiser, threads());
    return (int) Math.clamp(wanted, 1, Math.min(rows, Integer.MAX_VALUE));
  }

  int threads() {
    return threads.get() != null
        ? threads.get()
        : Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
  }

  /** What {@code --threads} says, where it is given. */
  OptionalInt givenThreads() {
    return threads.get() == null ? OptionalInt.empty() : OptionalInt.of(threads.get());
  }

  /** What {@code --backend} says. */
  String backend() {
    return backend.get();
  }

  private static final class Threads implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        int value = Integer.parseInt(text);
        if (value >= 1 && value <= MOST_THREADS) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Refused below, as a number out of range.
      }
      throw new InvalidInputException(
          "found '" + text + "', allowed: a whole number >= 1 and <= " + MOST_THREADS);
    }
  }

  private static final class NumericsMode implements ITypeConverter<Numerics> {
    private static final class Words extends Converters.Choice {
      Words() {
        super(Arrays.stream(Numerics.values()).map(Numerics::toString).toArray(String[]::new));
      }
    }

    @Override
    public Numerics convert(String text) {
      return Numerics.parse(new Words().convert(text));
    }
  }
}
