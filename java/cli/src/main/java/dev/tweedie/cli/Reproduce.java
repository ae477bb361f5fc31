package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.cli.reproduce.Context;
import dev.tweedie.cli.reproduce.Experiment;
import dev.tweedie.cli.reproduce.ExperimentFiles;
import dev.tweedie.cli.reproduce.Experiments;
import dev.tweedie.cli.reproduce.HtmlReport;
import dev.tweedie.cli.reproduce.Input;
import dev.tweedie.cli.reproduce.Result;
import dev.tweedie.cli.reproduce.ResultTable;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.OutputFile;
import dev.tweedie.prior.GaussianMixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tweedie reproduce}: the papers' figures and tables, computed anew. */
@Command(
    name = "reproduce",
    description = {
      "Compute a figure or table of a paper anew, and print it beside the expected numbers.",
      "Without NAME: the list of experiments. A difference outside its tolerance ends with !."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  tweedie reproduce --out figures li-grid",
      "  tweedie reproduce all --quick --report report.html"
    })
final class Reproduce extends ReportingCommand {
  private static final String NAMED = "with the NAME of an experiment";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAME",
      description = "An experiment, or all.")
  private String name;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "tweedie-reproduce",
      description =
          "Where NAME.csv, NAME.png and NAME.svg go; made if missing (default: ${DEFAULT-VALUE}).")
  private final Given<Path> folder = Given.only(NAMED);

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "One page with every table and plot in it.")
  private final Given<Path> page = Given.only(NAMED);

  @Option(
      names = "--mixture",
      paramLabel = "FILE.npz",
      description =
          "For fesl-gmm, -mismatch, -resampling and -steps: a mixture instead of the random one,"
              + " shifted to mean zero and scaled to unit power.")
  private final Given<Path> mixture =
      Given.only("with fesl-gmm, fesl-mismatch, fesl-resampling, fesl-steps or all");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Real data for fesl-mnist (mnist/t10k-images-idx3-ubyte.gz) and fesl-speech"
              + " (spoken-digits/*.wav), which are skipped without it.")
  private final Given<Path> data = Given.only("with fesl-mnist, fesl-speech or all");

  @Option(names = "--quick", description = "Small sizes, wider tolerances.")
  private final Given<Boolean> quick = Given.only(NAMED);

  @Option(names = "--full", description = "The sizes of the expected numbers (default).")
  private final Given<Boolean> full = Given.only(NAMED);

  @Mixin private ComputeOptions options;

  @Mixin private SeedOption seed;

  @Override
  int run(Report report) throws IOException {
    if (name == null) {
      planned();
      list(report);
      return ExitStatus.OK;
    }
    if (quick.on() && full.on()) {
      throw new InvalidInputException("--quick: found with --full, allowed: one of them");
    }
    List<Experiment> experiments = Experiments.parse(name);
    // Nothing here has a window, and a machine may have no screen.
    System.setProperty("java.awt.headless", "true");
    if (page.get() != null) {
      OutputFile.check(page.get());
    }
    Set<Input> uses = EnumSet.noneOf(Input.class);
    experiments.forEach(one -> uses.addAll(one.uses()));
    Path real = uses.contains(Input.DATA) ? data.get() : null;
    if (real != null && !Files.isDirectory(real)) {
      throw new InvalidInputException("--data: found " + real + ", allowed: a directory");
    }
    long key = uses.contains(Input.SEED) ? seed.get() : 0;
    try (Engine engine = options.open()) {
      Path file = uses.contains(Input.MIXTURE) ? mixture.get() : null;
      GaussianMixture given = file == null ? null : readMixture(file);
      Path into = folder.get();
      planned();
      OutputFolder.prepare(into);
      run(experiments, new Context(engine, !quick.on(), key, given, real, uses), into, report);
    }
    return ExitStatus.OK;
  }

  private static GaussianMixture readMixture(Path mixture) throws IOException {
    MixtureFile file = MixtureFile.read(mixture);
    try {
      return file.parameters().toPrior().standardised();
    } catch (InvalidInputException e) {
      throw new InvalidInputException("--mixture " + mixture + ": " + e.getMessage(), e);
    }
  }

  private static void list(Report report) {
    Table table = new Table("name", "paper", "what");
    Experiments.list().forEach(one -> table.row(one.name(), one.item(), one.summary()));
    report.tableOfText("experiments", table);
  }

  private void run(List<Experiment> experiments, Context context, Path into, Report report)
      throws IOException {
    String setting =
        "backend %s, %d threads, %s sizes, %s"
            .formatted(
                context.engine().backend().name(),
                options.threads(),
                quick.on() ? "quick" : "full",
                context.uses().contains(Input.SEED) ? "seed " + context.seed() : "no seed");
    report.text(setting);
    report.fact("setting", setting);
    HtmlReport html = new HtmlReport(setting);
    long judged = 0;
    long outside = 0;
    for (Experiment experiment : experiments) {
      long start = System.nanoTime();
      report.text(
          "%n%s: %s: %s".formatted(experiment.name(), experiment.item(), experiment.summary()));
      Result result = experiment.run(context.of(experiment));
      List<String> files = ExperimentFiles.write(experiment.name(), result, into);
      double seconds = (System.nanoTime() - start) * 1e-9;
      print(experiment, result, report);
      report.text(
          String.format(Locale.ROOT, "%s in %s, %.1f s", String.join(", ", files), into, seconds));
      html.add(experiment, result, seconds);
      judged += result.judged();
      outside += result.outside();
    }
    if (page.get() != null) {
      byte[] bytes = html.html().getBytes(StandardCharsets.UTF_8);
      OutputFile.write(page.get(), stream -> stream.write(bytes));
    }
    report.text("%n%d of %d figures within their tolerance".formatted(judged - outside, judged));
    report.fact("judged", judged);
    report.fact("outside", outside);
  }

  private static void print(Experiment experiment, Result result, Report report) {
    for (ResultTable results : result.tables()) {
      report.text("%n%s".formatted(results.caption()));
      Table table = new Table(results.header().toArray(String[]::new));
      results.shownRows().forEach(row -> table.row(row.toArray(String[]::new)));
      report.table("tables", experiment.name() + ": " + results.caption(), table);
    }
    for (String note : result.notes()) {
      report.text(note);
      report.entry("notes", experiment.name() + ": " + note);
    }
  }
}
