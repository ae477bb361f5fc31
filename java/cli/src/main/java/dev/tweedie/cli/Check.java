package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.Precision;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Op;
import dev.tweedie.backend.Tier;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.Checks;
import dev.tweedie.check.Recall;
import dev.tweedie.check.export.CaseSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tweedie check}: the comparisons of the test suite, on the user's machine. */
@Command(
    name = "check",
    description = {
      "Check every op of every backend here: the same bits on all, and within the stated error of"
          + " reference; then fast mode, within that error alone.",
      "Prints a line a case, which --case runs again; status 1 where one fails. Devices have cases"
          + " of large sizes too."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {"", "Example:", "  tweedie check --backend cpu:avx2 --op evaluate"})
final class Check extends ReportingCommand {
  private static final String REFERENCE = "reference";

  /** Who the others must agree with bit for bit: the plainest tier that is there. */
  private static final List<String> PLAINEST = List.of("java:scalar", "cpu:scalar");

  /** For the help and for completion. */
  static final class OpNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Op.names().iterator();
    }
  }

  @Option(
      names = "--op",
      paramLabel = "OP",
      completionCandidates = OpNames.class,
      description = "Only this op: ${COMPLETION-CANDIDATES}.")
  private final Given<String> op = Given.only("without --case");

  @Option(
      names = "--case",
      paramLabel = "CASE",
      description = "Only this case, as check prints it.")
  private final Given<String> line = Given.always();

  @Option(names = "--quick", description = "Leave out the large sizes that devices have.")
  private final Given<Boolean> quick = Given.only("where all backends are checked, without --case");

  @Option(
      names = "--export",
      paramLabel = "DIR",
      description =
          "Write the cases for other people's kernels: inputs, the bits of exact mode, reference's"
              + " float64, the stated bounds, and a manifest with the order of operations.")
  private final Given<Path> export = Given.always();

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = Sizes.class,
      completionCandidates = Sizes.class,
      description =
          "Which cases to export: small (default), awkward (all that hosts are checked with) or"
              + " large (what devices are checked with).")
  private final Given<String> size = Given.only("with --export and without --case");

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description =
          "Judge what somebody's kernel made of exported cases: the same folders, with OUTPUT.npy"
              + " each, or OP/CASE.npz; status 1 where an error is beyond its bound.")
  private final Given<Path> results = Given.always();

  @Option(
      names = "--again",
      paramLabel = "DIR",
      description = "A second run of that kernel, which must repeat the first bit by bit.")
  private final Given<Path> again = Given.only("with --results");

  @Option(names = "--bits", description = "Fail where bits are not those of exact mode.")
  private final Given<Boolean> bits = Given.only("with --results");

  @Option(
      names = "--pipe",
      paramLabel = "FUNCTION",
      converter = Functions.class,
      completionCandidates = Functions.class,
      description =
          "Judge somebody's exp, log, sinpi or cospi: a program that reads float32 until its input"
              + " ends and writes as many; status 1 where a bit differs.")
  private final Given<String> pipe = Given.always();

  @Option(
      names = "--program",
      paramLabel = "PROGRAM",
      description = "The program of --pipe, as a shell takes it.")
  private final Given<String> program = Given.only("with --pipe");

  @Option(
      names = "--floats",
      paramLabel = "WHICH",
      converter = Floats.class,
      completionCandidates = Floats.class,
      description =
          "What --pipe gives it: dense (default: some 18,000 floats of every exponent and where"
              + " functions go wrong) or all (2^32).")
  private final Given<String> floats = Given.only("with --pipe");

  static final class Functions extends Converters.Choice {
    Functions() {
      super(CheckPipe.FUNCTIONS.keySet().toArray(String[]::new));
    }
  }

  static final class Floats extends Converters.Choice {
    Floats() {
      super("dense", "all");
    }
  }

  static final class Sizes extends Converters.Choice {
    Sizes() {
      super("small", "awkward", "large");
    }
  }

  @Mixin private ComputeOptions options;

  @Override
  int run(Report report) throws IOException, InterruptedException {
    List<String> asked = new ArrayList<>();
    asked.addAll(export.get() == null ? List.of() : List.of("--export"));
    asked.addAll(results.get() == null ? List.of() : List.of("--results"));
    asked.addAll(pipe.get() == null ? List.of() : List.of("--pipe"));
    if (asked.size() > 1) {
      throw new InvalidInputException(
          asked.get(1) + ": found with " + asked.getFirst() + ", allowed: one of them");
    }
    return switch (asked.isEmpty() ? "" : asked.getFirst()) {
      case "--export" -> export(report);
      case "--results" -> results(report);
      case "--pipe" -> pipe(report);
      default -> check(report);
    };
  }

  private int pipe(Report report) throws IOException, InterruptedException {
    if (program.get() == null) {
      throw new InvalidInputException("--pipe: found no --program, allowed: with one");
    }
    CheckPipe to = new CheckPipe(pipe.get(), program.get(), "all".equals(floats.get()));
    try (Engine exact = exact();
        Engine reference = Engine.open(REFERENCE, options.threads())) {
      planned();
      return to.run(exact.backend(), reference.backend(), report);
    }
  }

  private int results(Report report) throws IOException {
    ResultFiles twice = again.get() == null ? null : new ResultFiles("--again", again.get());
    CheckResults judged =
        new CheckResults(new ResultFiles("--results", results.get()), twice, bits.on());
    List<CheckCase> known =
        line.get() != null
            ? cases()
            : ops().stream().flatMap(name -> CaseSize.all(Op.parse(name)).stream()).toList();
    List<CheckCase> present = judged.present(known);
    try (Engine exact = exact();
        Engine reference = Engine.open(REFERENCE, options.threads())) {
      planned();
      return judged.judge(present, exact.backend(), reference.backend(), report);
    }
  }

  private int export(Report report) throws IOException {
    CheckExport to = new CheckExport(export.get());
    List<CheckCase> cases = line.get() != null ? cases() : sized();
    try (Engine exact = exact();
        Engine reference = Engine.open(REFERENCE, options.threads())) {
      planned();
      to.check();
      to.write(cases, exact.backend(), reference.backend(), report);
    }
    return ExitStatus.OK;
  }

  private List<CheckCase> sized() {
    String given = size.get() == null ? "small" : size.get();
    CaseSize wanted = CaseSize.valueOf(given.toUpperCase(Locale.ROOT));
    return ops().stream().flatMap(name -> wanted.cases(Op.parse(name)).stream()).toList();
  }

  /** A float32 backend in exact mode; all give the same bits. */
  private Engine exact() {
    String wanted = options.backend();
    if (wanted.equals(REFERENCE)) {
      throw new InvalidInputException(
          "--backend: found reference, allowed: another; exact mode is that of the others");
    }
    String name = wanted.equals("auto") ? available().getFirst() : wanted;
    Engine engine = Engine.open(name, options.threads());
    if (engine.backend().precision() != Precision.FLOAT32) {
      engine.close();
      throw new InvalidInputException(
          "--backend: found " + name + ", which is not float32, allowed: " + available());
    }
    return engine;
  }

  private int check(Report report) {
    List<CheckCase> listed = cases();
    List<Subject> subjects = subjects();
    boolean large = line.get() == null && !quick.on();
    planned();
    int failures = 0;
    int count = 0;
    List<String> checked = new ArrayList<>();
    Recall recall = new Recall(); // of reference and exact, for all subjects
    try (Engine reference = Engine.open(REFERENCE, options.threads());
        Engine exact = Engine.open(plainest(), options.threads())) {
      for (Subject subject : subjects) {
        if (subject.absence().isPresent()) {
          skip(report, subject, listed.size(), subject.absence().get());
          continue;
        }
        try (Engine engine = Engine.open(subject.name(), options.threads(), subject.numerics())) {
          Backend found = engine.backend();
          if (!found.bound().isStated()) {
            skip(report, subject, listed.size(), "its errors are not stated for every op");
            continue;
          }
          checked.add(subject.toString());
          Backend same = subject.numerics() == Numerics.EXACT ? exact.backend() : found;
          List<CheckCase> cases = new ArrayList<>(listed);
          if (large && found.device().isPresent()) {
            ops().forEach(name -> cases.addAll(Checks.largeCases(name)));
          }
          count += cases.size();
          for (CheckCase check : cases) {
            Checks.Result result = Checks.run(check, found, same, reference.backend(), recall);
            failures += result.passed() ? 0 : 1;
            report.text(describe(subject, result));
            report.entry("cases", object(subject, result));
          }
        }
      }
    }
    String names = String.join(", ", checked);
    report.text(
        "%d cases on %s: %s"
            .formatted(count, names, failures == 0 ? "all pass" : failures + " fail"));
    report.fact("count", count);
    report.fact("failures", failures);
    return failures == 0 ? ExitStatus.OK : ExitStatus.INTERNAL_FAILURE;
  }

  private static void skip(Report report, Subject subject, int cases, String reason) {
    report.text("skip  %-12s all %d cases: %s".formatted(subject, cases, reason));
    report.entry("skipped", Map.of("backend", subject.toString(), "reason", reason));
  }

  private static String describe(Subject subject, Checks.Result result) {
    return result.passed()
        ? String.format(
            Locale.ROOT,
            "ok    %-12s %s  error %.2f of its bound",
            subject,
            result.check(),
            result.error())
        : String.format("FAIL  %-12s %s  %s", subject, result.check(), result.failure().get());
  }

  private static Map<String, Object> object(Subject subject, Checks.Result result) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("backend", subject.toString());
    object.put("case", result.check().toString());
    object.put("passed", result.passed());
    object.put("error", result.error());
    result.failure().ifPresent(failure -> object.put("failure", failure));
    return object;
  }

  private List<CheckCase> cases() {
    if (line.get() != null) {
      CheckCase check = CheckCase.parse(line.get());
      requireListed("kind", check, CheckCase::kind);
      requireListed("in", check, CheckCase::input);
      return List.of(check);
    }
    List<CheckCase> cases = new ArrayList<>();
    for (String name : ops()) {
      cases.addAll(Checks.cases(name));
    }
    return cases;
  }

  private List<String> ops() {
    return op.get() == null ? Checks.ops() : List.of(op.get());
  }

  /** Sizes and levels are free; names must be ones that a listed case of the op has. */
  private static void requireListed(
      String field, CheckCase check, Function<CheckCase, String> name) {
    List<String> known = Checks.cases(check.op()).stream().map(name).distinct().toList();
    if (!known.contains(name.apply(check))) {
      throw new InvalidInputException(
          "--case: %s: found '%s', allowed of %s: %s"
              .formatted(field, name.apply(check), check.op(), String.join(", ", known)));
    }
  }

  /**
   * A tier in one mode.
   *
   * @param absence why it cannot run here; empty where it can
   */
  private record Subject(String name, Numerics numerics, Optional<String> absence) {
    @Override
    public String toString() {
      return numerics == Numerics.EXACT ? name : name + " " + numerics;
    }
  }

  /** Tiers that are here, or those of {@code --backend}, in every mode or that of the option. */
  private List<Subject> subjects() {
    String wanted = options.backend();
    if (wanted.equals(REFERENCE)) {
      throw new InvalidInputException(
          "--backend: found reference, allowed: another; it is what they are checked against");
    }
    ComputeOptions.Subject asked = options.subject();
    if (!asked.stated()) {
      throw new InvalidInputException(
          "--numerics: found %s on %s, allowed: what has errors stated for every op"
              .formatted(asked.numerics().getFirst(), asked.backend()));
    }
    return subjects(asked.backend(), asked.numerics());
  }

  private static List<Subject> subjects(String wanted, List<Numerics> modes) {
    List<String> here = available();
    List<Subject> subjects = new ArrayList<>();
    for (Numerics numerics : modes) {
      Backends.tiers(numerics).stream()
          .filter(tier -> here.contains(tier.name()))
          .filter(tier -> wanted.equals("auto") || (tier.name() + ":").startsWith(wanted + ":"))
          .forEach(tier -> subjects.add(new Subject(tier.name(), numerics, tier.reason())));
    }
    return subjects;
  }

  private static String plainest() {
    List<String> available = available();
    return PLAINEST.stream().filter(available::contains).findFirst().orElse(available.getLast());
  }

  private static List<String> available() {
    List<String> names =
        Backends.tiers().stream()
            .filter(tier -> tier.reason().isEmpty())
            .map(Tier::name)
            .filter(name -> !name.equals(REFERENCE))
            .toList();
    if (names.isEmpty()) {
      throw new InvalidInputException(
          "check: found no backend but reference, allowed: one to check ('tweedie info' says why)");
    }
    return names;
  }
}
