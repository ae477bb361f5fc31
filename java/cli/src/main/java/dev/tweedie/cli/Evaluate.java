package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npz;
import dev.tweedie.io.OutputFile;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.Outputs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tweedie evaluate}: the exact posterior's quantities at given rows. */
@Command(
    name = "evaluate",
    description = "Evaluate log evidence, posterior mean, score and covariance at given rows.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  tweedie evaluate --prior mixture.npz --at rows.npy --level alpha=0.8,sigma=0.6"
          + " --what logp,score --out values.npz"
    })
final class Evaluate implements Callable<Integer> {
  private static final String LOGP = "logp";
  private static final String MEAN = "mean";
  private static final String SCORE = "score";
  private static final String TRACE = "trace";
  private static final String DIAGONAL = "diagonal";
  private static final String RESPONSIBILITIES = "responsibilities";
  private static final List<String> QUANTITIES =
      List.of(LOGP, MEAN, SCORE, TRACE, DIAGONAL, RESPONSIBILITIES);

  @Spec private CommandSpec spec;

  @Mixin private PriorOption prior;

  @Option(
      names = "--at",
      required = true,
      paramLabel = "FILE",
      description =
          "Rows to evaluate at: .npy, .npz of one array, IDX, .gz of these, PNG or a"
              + " directory.")
  private Path at;

  @Option(
      names = "--level",
      required = true,
      paramLabel = "L",
      converter = LevelSyntax.Converter.class,
      description = LevelSyntax.HELP)
  private LevelSyntax level;

  @Option(
      names = "--what",
      required = true,
      split = ",",
      paramLabel = "NAME",
      description =
          "Any of logp (B), mean (B, d), score (B, d), trace (B) and diagonal (B, d) of the"
              + " posterior covariance, responsibilities (B, K).")
  private List<String> what;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "An .npz file with an array of each name.")
  private Path out;

  @Mixin private EngineOptions options;

  @Override
  public Integer call() throws IOException {
    Set<String> wanted = checkWhat();
    if (!out.toString().endsWith(".npz")) {
      throw new InvalidInputException("--out: found " + out + ", allowed: a name in .npz");
    }
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      ExactPosterior posterior = prior.bindExact(engine, arena);
      InputRows in = InputRows.read("--at", at, engine, prior, posterior.dim(), arena);
      Samples rows = in.samples();
      OutputFile.check(out);

      long start = System.nanoTime();
      Map<String, Samples> values = allocate(wanted, posterior, rows.rows());
      run(posterior, rows, values);
      Report report = new Report(spec.commandLine().getOut());
      report.line("backend", "%s", engine.backend().name());
      report.line("rows", "%s at %s", rows, level.level());
      report.time(start);
      write(values, in.complex());
      report.line("out", "%s: %s", out, String.join(", ", values.keySet()));
    }
    return ExitStatus.OK;
  }

  private Set<String> checkWhat() {
    for (String name : what) {
      if (!QUANTITIES.contains(name)) {
        throw new InvalidInputException(
            "--what: found '" + name + "', allowed: " + String.join(", ", QUANTITIES));
      }
    }
    return new LinkedHashSet<>(what);
  }

  private static Map<String, Samples> allocate(
      Set<String> wanted, ExactPosterior posterior, long rows) {
    Map<String, Samples> values = new LinkedHashMap<>();
    for (String name : wanted) {
      int width =
          switch (name) {
            case LOGP, TRACE -> 1;
            case RESPONSIBILITIES -> posterior.components();
            default -> posterior.dim();
          };
      values.put(name, posterior.engine().samples(rows, width));
    }
    return values;
  }

  private void run(ExactPosterior posterior, Samples rows, Map<String, Samples> values) {
    int size = options.batch(posterior, rows.rows());
    Samples scaled = level.scale() == 1 ? null : posterior.engine().samples(size, posterior.dim());
    try (Progress progress = new Progress(options, "evaluate", rows.rows())) {
      Batches.forEach(
          rows.rows(),
          size,
          (begin, count) -> {
            Samples x = level.scale(rows.slice(begin, count), scaled);
            posterior.evaluate(x, level.level(), outputs(values, begin, count));
            progress.step(count);
          });
    }
  }

  private static Outputs outputs(Map<String, Samples> values, long begin, long count) {
    return new Outputs(
        slice(values.get(LOGP), begin, count),
        slice(values.get(MEAN), begin, count),
        slice(values.get(SCORE), begin, count),
        slice(values.get(TRACE), begin, count),
        slice(values.get(DIAGONAL), begin, count),
        slice(values.get(RESPONSIBILITIES), begin, count));
  }

  private static Samples slice(Samples samples, long begin, long count) {
    return samples == null ? null : samples.slice(begin, count);
  }

  /** What has the shape of complex rows is written as they are, but for variances. */
  private void write(Map<String, Samples> values, boolean complexRows) throws IOException {
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    values.forEach(
        (name, samples) -> {
          boolean scalar = name.equals(LOGP) || name.equals(TRACE);
          boolean complex = complexRows && (name.equals(MEAN) || name.equals(SCORE));
          int width = complex ? samples.dim() / 2 : samples.dim();
          arrays.put(
              name,
              new NdArray(
                  complex
                      ? ElementType.complexOf(samples.precision())
                      : ElementType.of(samples.precision()),
                  scalar ? new long[] {samples.rows()} : new long[] {samples.rows(), width},
                  samples.elements()));
        });
    Npz.write(out, arrays);
  }
}
