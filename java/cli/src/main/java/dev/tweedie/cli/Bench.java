package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.cli.reproduce.ExperimentFiles;
import dev.tweedie.io.OutputFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tweedie bench}: each op beside what this machine can do, and beside its peers. */
@Command(
    name = "bench",
    description = {
      "Time each op with JMH, beside the machine's measured rates of fma and of memory.",
      "Each benchmark first checks that its result agrees with java:scalar, or reference.",
      "Without --backend and --threads: java:vector, cpu:avx2 and cpu:avx512, on 1 and 2 threads.",
      "The launcher builds the benchmarks first; --goals also fetches the peers, some 300 MB."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  tweedie bench score --quick --plot roofs.png",
      "  tweedie bench --json run.json --report report.html",
      "  tweedie bench --goals --json goals.json",
      "  tweedie bench --scale --plot scale.png",
      "  tweedie bench --compare old.json new.json",
      "  tweedie bench gemm --against ../before"
    })
final class Bench extends PlannedCommand {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "FAMILY",
      description =
          "Only its ops: noise, step, gemm, score, draw, curvature, blind or sampler (default:"
              + " all).")
  private String family;

  @Option(
      names = "--goals",
      description =
          "Only the goals of this project, beside the peers; status 1 where one is not met.")
  private final Given<Boolean> goals = Given.always();

  @Option(
      names = "--scale",
      description =
          "Only how the time of evaluate grows with B, N, K and d; status 1 where a slope is not 1"
              + " within 5 %%.")
  private final Given<Boolean> scale = Given.always();

  @Option(
      names = "--compare",
      arity = "2",
      paramLabel = "OLD.json NEW.json",
      description =
          "Time nothing; compare two files of --json: ratios with intervals of 95 %%, and what"
              + " moved beyond the noise; status 1 where something is slower.")
  private final Given<Path[]> compare = Given.always();

  @Option(
      names = "--baseline",
      paramLabel = "OLD.json",
      description = "Compare this run with a file of --json, as --compare does.")
  private final Given<Path> baseline = Given.only("with a run of the ops");

  @Option(
      names = "--against",
      paramLabel = "TREE",
      description =
          "Compare this build with that of another source tree in which bench was built: processes"
              + " of both, whose iterations take turns; status 1 where this one is slower.")
  private final Given<Path> against = Given.always();

  @Option(names = "--other-machine", description = "Compare though the files are of two machines.")
  private final Given<Boolean> otherMachine = Given.only("with --compare or --baseline");

  @Option(names = "--no-peers", description = "With --goals: do not fetch the peers.")
  private final Given<Boolean> noPeers = Given.only("with --goals"); // the launcher's

  @Option(
      names = "--peers",
      description =
          "Also what others take: plain loops of Java, EJML, Smile, MLlib, libtorch, numpy,"
              + " scikit-learn (posterior means), oneMKL (products), and how far their"
              + " responsibilities are off. The launcher fetches what is fetched for --goals.")
  private final Given<Boolean> peers = Given.only("with a run of the ops");

  @Option(
      names = "--quick",
      description = "Short runs and few sizes: for a look, not for a record.")
  private final Given<Boolean> quick = Given.only("where something is timed");

  @Option(
      names = "--forks",
      paramLabel = "COUNT",
      converter = Converters.Size.class,
      description =
          "Processes of each case, each with some iterations (default: 1; 5 with --json or"
              + " --baseline; 1 with --quick). From two on runs can be compared.")
  private final Given<Integer> forks = Given.only("without --goals and --scale");

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write every iteration, the roofs and what the machine is.")
  private final Given<Path> json = Given.only("where something is timed");

  @Option(
      names = "--plot",
      paramLabel = "FILE.png",
      description = "Also draw flops against intensity, under the roofs; or time against size.")
  private final Given<Path> plot = Given.only("where something is timed");

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description =
          "Also write one page: roofs and ops as a plot, every case with its share of the roof, the"
              + " machine, and whether it was noisy.")
  private final Given<Path> page = Given.only("with a run of the ops, or --from");

  @Option(
      names = "--from",
      paramLabel = "FILE.json",
      description = "With --report: time nothing; of a file of --json.")
  private final Given<Path> from = Given.only("with --report");

  /** Without --backend and --threads: java:vector, cpu:avx2 and cpu:avx512, on 1 and 2 threads. */
  @Mixin private ComputeOptions options;

  @Override
  int run(Report shown) throws IOException {
    Benchmarks benchmarks =
        ServiceLoader.load(Benchmarks.class)
            .findFirst()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "bench: found no benchmarks"
                            + (family == null ? "" : " of '" + family + "'")
                            + " in this program, allowed: the launcher of a"
                            + " source tree, which builds them"));
    if (compare.get() != null) {
      return compare(benchmarks, shown);
    }
    if (page.value() != null && from.get() != null) {
      return page(benchmarks);
    }
    Benchmarks.Request request = request(benchmarks);
    Benchmarks.Recorded before = before(benchmarks, request);
    boolean progressing = show().progress();
    planned();
    System.setProperty("java.awt.headless", "true"); // a machine may have no screen
    PrintWriter progress =
        progressing ? spec().commandLine().getErr() : new PrintWriter(Writer.nullWriter());
    Benchmarks.Report report = benchmarks.run(request, progress);
    print(report, shown);
    Map<String, Object> file = new LinkedHashMap<>(report.facts());
    file.put("rows", report.rows());
    if (json.get() != null) {
      write(json.get(), Json.of(file) + "\n");
    }
    if (plot.get() != null && report.plot() != null) {
      ExperimentFiles.writePng(report.plot(), plot.get());
    }
    Object read = JsonReader.parse("this run", Json.of(file));
    Benchmarks.Recorded after = new Benchmarks.Recorded("this run", read);
    if (request.table() == Benchmarks.Table.OPS && page.get() != null) {
      write(page.get(), benchmarks.page(after));
    }
    if (before != null) {
      report = benchmarks.compare(before, after, otherMachine.on());
      print(report, shown);
    }
    return report.met() ? ExitStatus.OK : ExitStatus.INTERNAL_FAILURE;
  }

  private static void write(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    OutputFile.write(file, out -> out.write(bytes));
  }

  private int page(Benchmarks benchmarks) throws IOException {
    if (family != null || goals.on() || scale.on() || against.get() != null) {
      throw new InvalidInputException(
          "--from: found with a family, --goals, --scale or --against, allowed: without");
    }
    checkPage();
    Benchmarks.Recorded found = recorded(from.get());
    planned();
    write(page.get(), benchmarks.page(found));
    return ExitStatus.OK;
  }

  private void checkPage() throws IOException {
    if (!page.get().toString().endsWith(".html")) {
      throw new InvalidInputException(
          "--report: found '" + page.get() + "', allowed: a name that ends in .html");
    }
    OutputFile.check(page.get());
  }

  private int compare(Benchmarks benchmarks, Report shown) throws IOException {
    if (family != null || goals.on() || scale.on() || against.get() != null) {
      throw new InvalidInputException(
          "--compare: found with a family, --goals, --scale or --against, allowed: without");
    }
    Benchmarks.Recorded before = recorded(compare.get()[0]);
    Benchmarks.Recorded after = recorded(compare.get()[1]);
    boolean others = otherMachine.on();
    planned();
    Benchmarks.Report report = benchmarks.compare(before, after, others);
    print(report, shown);
    return report.met() ? ExitStatus.OK : ExitStatus.INTERNAL_FAILURE;
  }

  /** The run to compare with, or null; checked before anything is timed. */
  private Benchmarks.Recorded before(Benchmarks benchmarks, Benchmarks.Request request)
      throws IOException {
    if (request.table() != Benchmarks.Table.OPS || baseline.get() == null) {
      return null;
    }
    if (request.forks() < 2) {
      throw new InvalidInputException(
          "--baseline: found one process of each case, allowed: --forks of 2 or more");
    }
    Benchmarks.Recorded before = recorded(baseline.get());
    benchmarks.checkBaseline(before, request.quick(), otherMachine.on());
    return before;
  }

  private static Benchmarks.Recorded recorded(Path file) throws IOException {
    return new Benchmarks.Recorded(
        file.toString(), JsonReader.parse(file.toString(), Files.readString(file)));
  }

  /**
   * What is asked for.
   *
   * @throws InvalidInputException where options contradict each other, before anything is timed
   */
  Benchmarks.Request request(Benchmarks benchmarks) throws IOException {
    if (family != null && !benchmarks.families().contains(family)) {
      throw new InvalidInputException(
          "FAMILY: found '%s', allowed: %s"
              .formatted(family, String.join(", ", benchmarks.families())));
    }
    List<String> backends =
        options.backend().equals("auto") ? List.of() : List.of(options.backend());
    List<Integer> threads = options.givenThreads().stream().boxed().toList();
    List<Numerics> numerics = options.givenNumerics();
    if (!backends.isEmpty()) {
      ComputeOptions.Subject subject = options.subject();
      backends = List.of(subject.backend());
      numerics = subject.numerics();
    }
    boolean given = family != null || !backends.isEmpty() || !threads.isEmpty();
    if (goals.on() && given) {
      throw new InvalidInputException(
          "--goals: found with a family, --backend or --threads, allowed: without");
    }
    if (against.get() != null && (goals.on() || scale.on() || plot.get() != null)) {
      throw new InvalidInputException(
          "--against: found with --goals, --scale or --plot, allowed: without");
    }
    if (scale.on() && (goals.on() || family != null)) {
      throw new InvalidInputException("--scale: found with --goals or a family, allowed: without");
    }
    Path drawing = plot.get();
    if (goals.on() && drawing != null) {
      throw new InvalidInputException("--plot: found with --goals, allowed: without");
    }
    if (goals.on()) {
      noPeers.on();
    }
    if (drawing != null && !drawing.toString().endsWith(".png")) {
      throw new InvalidInputException(
          "--plot: found '" + drawing + "', allowed: a name that ends in .png");
    }
    if (table() == Benchmarks.Table.OPS && page.get() != null) {
      checkPage();
    }
    for (Path file : new Path[] {json.get(), drawing}) {
      if (file != null) {
        OutputFile.check(file);
      }
    }
    return new Benchmarks.Request(
        table(),
        family,
        backends,
        threads,
        numerics,
        quick.on(),
        table() == Benchmarks.Table.OPS && peers.on(),
        processes(),
        against.get());
  }

  private int processes() {
    if (goals.on() || scale.on()) {
      return 1; // with rules of their own
    }
    Integer given = forks.get();
    if (table() == Benchmarks.Table.AGAINST) {
      if (given != null && given < 2) {
        throw new InvalidInputException("--forks: found 1 with --against, allowed: 2 or more");
      }
      return given != null ? given : quick.on() ? 2 : 5;
    }
    boolean kept = json.get() != null || baseline.get() != null;
    return given != null ? given : kept && !quick.on() ? 5 : 1;
  }

  private Benchmarks.Table table() {
    return goals.on()
        ? Benchmarks.Table.GOALS
        : scale.on()
            ? Benchmarks.Table.SCALE
            : against.get() != null ? Benchmarks.Table.AGAINST : Benchmarks.Table.OPS;
  }

  private static void print(Benchmarks.Report report, Report shown) {
    report.machine().forEach(shown::text);
    Table table = new Table(report.header().toArray(String[]::new));
    report.table().forEach(row -> table.row(row.toArray(String[]::new)));
    shown.table("table", table);
  }
}
