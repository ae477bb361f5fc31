package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.cli.reproduce.Context;
import dev.tweedie.cli.reproduce.Experiment;
import dev.tweedie.cli.reproduce.Experiments;
import dev.tweedie.cli.reproduce.HtmlReport;
import dev.tweedie.cli.reproduce.Result;
import dev.tweedie.cli.reproduce.ResultFiles;
import dev.tweedie.cli.reproduce.ResultTable;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.OutputFile;
import dev.tweedie.prior.GaussianMixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

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
final class Reproduce implements Callable<Integer> {
  @Spec private CommandSpec spec;

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
  private Path folder;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "One page with every table and plot in it.")
  private Path report;

  @Option(
      names = "--mixture",
      paramLabel = "FILE.npz",
      description =
          "For the fesl experiments: a mixture instead of the random one, shifted to mean zero and"
              + " scaled to unit power.")
  private Path mixture;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Real data for fesl-mnist (mnist/t10k-images-idx3-ubyte.gz) and fesl-speech"
              + " (spoken-digits/*.wav), which are skipped without it.")
  private Path data;

  @Option(names = "--quick", description = "Small sizes, wider tolerances.")
  private boolean quick;

  @Option(names = "--full", description = "The sizes of the expected numbers (default).")
  private boolean full;

  @Mixin private EngineOptions options;

  @Override
  public Integer call() throws IOException {
    if (quick && full) {
      throw new InvalidInputException("--quick: found with --full, allowed: one of them");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (name == null) {
      list(out);
      return ExitStatus.OK;
    }
    List<Experiment> experiments = Experiments.of(name);
    // Nothing here has a window, and a machine may have no screen.
    System.setProperty("java.awt.headless", "true");
    if (report != null) {
      OutputFile.check(report);
    }
    if (data != null && !Files.isDirectory(data)) {
      throw new InvalidInputException("--data: found " + data + ", allowed: a directory");
    }
    try (Engine engine = options.open()) {
      GaussianMixture given = mixture == null ? null : readMixture();
      OutputFolder.prepare(folder);
      run(experiments, new Context(engine, !quick, options.seed(), given, data), out);
    }
    return ExitStatus.OK;
  }

  private GaussianMixture readMixture() throws IOException {
    MixtureFile file = MixtureFile.read(mixture);
    try {
      return file.toPrior().standardised();
    } catch (InvalidInputException e) {
      throw new InvalidInputException("--mixture " + mixture + ": " + e.getMessage(), e);
    }
  }

  private static void list(PrintWriter out) {
    Table table = new Table("name", "paper", "what");
    Experiments.list().forEach(one -> table.row(one.name(), one.item(), one.summary()));
    table.printLeft(out);
  }

  private void run(List<Experiment> experiments, Context context, PrintWriter out)
      throws IOException {
    String setting =
        "backend %s, %d threads, %s sizes, seed %d"
            .formatted(
                context.engine().backend().name(),
                options.threads(),
                quick ? "quick" : "full",
                context.seed());
    out.println(setting);
    out.flush();
    HtmlReport page = new HtmlReport(setting);
    long judged = 0;
    long outside = 0;
    for (Experiment experiment : experiments) {
      long start = System.nanoTime();
      out.printf("%n%s: %s: %s%n", experiment.name(), experiment.item(), experiment.summary());
      out.flush();
      Result result = experiment.run(context);
      List<String> files = ResultFiles.write(experiment.name(), result, folder);
      double seconds = (System.nanoTime() - start) * 1e-9;
      print(result, out);
      out.printf(Locale.ROOT, "%s in %s, %.1f s%n", String.join(", ", files), folder, seconds);
      out.flush();
      page.add(experiment, result, seconds);
      judged += result.judged();
      outside += result.outside();
    }
    if (report != null) {
      byte[] html = page.html().getBytes(StandardCharsets.UTF_8);
      OutputFile.write(report, stream -> stream.write(html));
    }
    out.printf("%n%d of %d figures within their tolerance%n", judged - outside, judged);
  }

  private static void print(Result result, PrintWriter out) {
    for (ResultTable results : result.tables()) {
      out.printf("%n%s%n", results.caption());
      Table table = new Table(results.header().toArray(String[]::new));
      results.shownRows().forEach(row -> table.row(row.toArray(String[]::new)));
      table.print(out);
    }
    result.notes().forEach(out::println);
  }
}
