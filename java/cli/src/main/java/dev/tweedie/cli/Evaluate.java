package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.curvature.Curvature;
import dev.tweedie.curvature.TopEigenvalue;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.NdArray;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
      "  tweedie evaluate --prior mixture.npz --at rows.npy --level alpha=0.8,sigma=0.6 \\",
      "    --what logp,score --out values.npz"
    })
final class Evaluate extends ReportingCommand {
  private static final String COVARIANCE = "covariance";
  private static final String HESSIAN = "hessian";
  private static final String EIGENVALUE = "eigenvalue";
  private static final String LOCALISATION = "localisation";

  /** What the posterior writes by itself. */
  private static final Map<String, Output> OUTPUTS = new LinkedHashMap<>();

  private static final List<String> QUANTITIES;

  static {
    for (Output output : Output.values()) {
      OUTPUTS.put(name(output), output);
    }
    List<String> quantities = new ArrayList<>(OUTPUTS.keySet());
    quantities.addAll(List.of(COVARIANCE, HESSIAN, EIGENVALUE, LOCALISATION));
    QUANTITIES = List.copyOf(quantities);
  }

  @Mixin private ExactPriorOption prior;

  @Option(
      names = "--at",
      required = true,
      paramLabel = "FILE",
      description = "Rows to evaluate at: " + Inputs.FORMS)
  private final Given<Path> at = Given.always();

  @Option(
      names = "--level",
      required = true,
      paramLabel = "L",
      converter = LevelSyntax.Converter.class,
      description = LevelSyntax.HELP)
  private final Given<Level> level = Given.always();

  @Option(
      names = "--what",
      required = true,
      paramLabel = "NAME,...",
      completionCandidates = Quantities.class,
      description =
          "Any of ${COMPLETION-CANDIDATES}, with commas between them. Of B rows, logp (B), mean (B,"
              + " d), score (B, d), responsibilities (B, K); of the posterior covariance trace (B),"
              + " diagonal (B, d), covariance (B, d, d), its largest eigenvalue (B) and"
              + " localisation (B), which is alpha^2 / sigma^2 times that; hessian (B, d, d) of"
              + " logp and hessian-diagonal (B, d).")
  private final Given<String> what = Given.always();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "An .npz file with an array of each name; - for standard output.")
  private final Given<Path> out = Given.always();

  @Mixin private Inputs inputs;

  @Mixin private ComputeOptions options;

  @Override
  int run(Report report) throws IOException {
    Set<String> wanted = checkWhat();
    OutputArchive file = new OutputArchive(out.get());
    try (Arena arena = Arena.ofShared();
        Engine engine = options.open()) {
      PriorOption.Bound bound = prior.bind(engine, arena, inputs);
      options.requireProducts(bound.hasProducts(), "--prior " + prior);
      ExactPosterior posterior = (ExactPosterior) bound.denoiser();
      InputRows in =
          inputs.fitInOrder(inputs.read("--at", at.get(), engine, arena), prior, bound, arena);
      Samples rows = in.samples();
      file.check();
      Level given = level.get();
      int batch = options.batch(posterior, rows.rows());
      planned();

      long start = System.nanoTime();
      Map<String, Samples> values = allocate(wanted, posterior, rows.rows());
      evaluate(posterior, given, rows, batch, values);
      report.line("backend", "%s", engine.backend().name());
      report.value("rows", List.of(rows.rows(), rows.dim()), "%s as they are, at %s", rows, given);
      report.level(given);
      report.time(start);
      report.pairs(engine.pairs());
      report.digits(posterior, rows, given, ofPosterior(wanted), Evaluate::name);
      write(file, values, in.complex());
      report.value("out", file.file(), "%s: %s", file.file(), String.join(", ", values.keySet()));
      report.fact("arrays", values.keySet());
    }
    return ExitStatus.OK;
  }

  /** As {@code --what} spells it. */
  static String name(Output output) {
    return switch (output) {
      case EVIDENCE -> "logp";
      case HESSIAN_DIAGONAL -> "hessian-diagonal";
      case MEAN, SCORE, TRACE, DIAGONAL, RESPONSIBILITIES -> output.toString();
    };
  }

  private static Set<Output> ofPosterior(Set<String> wanted) {
    return wanted.stream()
        .map(OUTPUTS::get)
        .filter(Objects::nonNull)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Output.class)));
  }

  private Set<String> checkWhat() {
    List<String> names = List.of(what.get().split(",", -1));
    for (String name : names) {
      if (!QUANTITIES.contains(name)) {
        throw new InvalidInputException(
            "--what: found '" + name + "', allowed: " + String.join(", ", QUANTITIES));
      }
    }
    return new LinkedHashSet<>(names);
  }

  /** Names for {@code --what}. */
  private static final class Quantities implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return QUANTITIES.iterator();
    }
  }

  private static Map<String, Samples> allocate(
      Set<String> wanted, ExactPosterior posterior, long rows) {
    Map<String, Samples> values = new LinkedHashMap<>();
    for (String name : wanted) {
      int width = width(name, posterior);
      values.put(name, posterior.engine().samples(rows, width));
    }
    return values;
  }

  private static int width(String name, ExactPosterior posterior) {
    Output output = OUTPUTS.get(name);
    if (output != null) {
      return output.columns(posterior.dim(), posterior.components());
    }
    return isMatrix(name) ? Curvature.matrixSize(posterior.dim()) : 1;
  }

  /** One number a row. */
  private static boolean isScalar(String name) {
    Output output = OUTPUTS.get(name);
    return output == null ? !isMatrix(name) : output == Output.EVIDENCE || output == Output.TRACE;
  }

  private static boolean isMatrix(String name) {
    return name.equals(COVARIANCE) || name.equals(HESSIAN);
  }

  private void evaluate(
      ExactPosterior posterior, Level at, Samples rows, int batch, Map<String, Samples> values) {
    try (ProgressDisplay progress = new ProgressDisplay(show(), "evaluate", rows.rows())) {
      Batches.forEach(
          rows.rows(),
          batch,
          (begin, count) -> {
            Samples x = rows.slice(begin, count);
            posterior.evaluate(x, at, outputs(values, begin, count));
            writeCurvature(new Curvature(posterior, at), x, values, begin);
            progress.step(count);
          });
    }
  }

  private static Outputs outputs(Map<String, Samples> values, long begin, long count) {
    Outputs out = Outputs.of();
    for (Map.Entry<String, Output> output : OUTPUTS.entrySet()) {
      Samples wanted = values.get(output.getKey());
      if (wanted != null) {
        out = out.with(output.getValue(), wanted.slice(begin, count));
      }
    }
    return out;
  }

  private static void writeCurvature(
      Curvature curvature, Samples x, Map<String, Samples> values, long begin) {
    Samples covariance = slice(values.get(COVARIANCE), begin, x.rows());
    if (covariance != null) {
      curvature.covariance(x, covariance);
    }
    Samples hessian = slice(values.get(HESSIAN), begin, x.rows());
    if (hessian != null) {
      curvature.hessian(x, hessian);
    }
    Samples eigenvalue = slice(values.get(EIGENVALUE), begin, x.rows());
    Samples localisation = slice(values.get(LOCALISATION), begin, x.rows());
    if (eigenvalue == null && localisation == null) {
      return;
    }
    double[] tops =
        curvature.topEigenvalues(x).stream().mapToDouble(TopEigenvalue::value).toArray();
    if (eigenvalue != null) {
      eigenvalue.write(tops);
    }
    if (localisation != null) {
      localisation.write(Arrays.stream(tops).map(top -> curvature.level().snr() * top).toArray());
    }
  }

  private static Samples slice(Samples samples, long begin, long count) {
    return samples == null ? null : samples.slice(begin, count);
  }

  private static boolean isOfRows(String name) {
    return OUTPUTS.get(name) == Output.MEAN || OUTPUTS.get(name) == Output.SCORE;
  }

  /** What has the shape of complex rows is written as they are, but for variances. */
  private void write(OutputArchive file, Map<String, Samples> values, boolean complexRows)
      throws IOException {
    values.forEach((name, value) -> FiniteOutputs.require("--what " + name, value));
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    values.forEach(
        (name, samples) -> {
          boolean complex = complexRows && isOfRows(name);
          long rows = samples.rows();
          long width = complex ? samples.dim() / 2 : samples.dim();
          long side = Math.round(Math.sqrt(width));
          long[] shape =
              isScalar(name)
                  ? new long[] {rows}
                  : isMatrix(name) ? new long[] {rows, side, side} : new long[] {rows, width};
          arrays.put(
              name,
              new NdArray(
                  complex
                      ? ElementType.complexOf(samples.precision())
                      : ElementType.of(samples.precision()),
                  shape,
                  samples.elements()));
        });
    file.write(arrays, Origin.of(spec().commandLine()));
  }
}
