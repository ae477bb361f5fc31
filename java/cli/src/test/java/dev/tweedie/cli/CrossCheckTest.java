package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.tweedie.Engine;
import dev.tweedie.backend.Op;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.export.CaseSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The worked examples of {@code examples/cross-check}: kernels in numpy, PyTorch and C that are
 * right within the bounds, then bit for bit; and with one fault each, which the exported cases must
 * catch.
 */
@Tag("long")
class CrossCheckTest {
  private static final Path EXAMPLES = Path.of("../../examples/cross-check").toAbsolutePath();
  private static final Path DOCUMENT = Path.of("../../docs/cross-check.md");

  @TempDir Path folder;

  private static void export(Path to, List<CheckCase> cases) throws IOException {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    try (Engine exact = Engine.open("java:scalar", 2);
        Engine reference = Engine.open("reference", 2)) {
      new CheckExport(to)
          .write(
              cases,
              exact.backend(),
              reference.backend(),
              new Report(nowhere, nowhere, Report.Form.QUIET));
    }
  }

  /** Runs an example and judges what it made: plainly within the bounds, then bit for bit. */
  private void judge(List<CheckCase> cases, String first, Object... command) throws Exception {
    Path exported = folder.resolve("cases");
    export(exported, cases);
    for (String form : List.of("plain", "exact")) {
      Path results = folder.resolve(form);
      List<Object> words = new ArrayList<>(List.of(command));
      words.addAll(List.of(exported, results, form));
      Python.run(words.toArray());
      boolean exact = form.equals("exact");
      Run run =
          exact
              ? Run.of("check", "--results", results.toString(), "--bits")
              : Run.of("check", "--results", results.toString());
      String last = run.good().out().lines().toList().getLast();
      assertTrue(last.contains(" of " + cases.size() + " cases: "), last);
      assertTrue(last.endsWith("all pass"), run.out());
      // what is right within the bound is not yet bit equal, or the second form would show nothing
      assertEquals(exact, !run.out().contains("\nok "), run.out());
      assertTrue(run.out().contains(" " + first + ":"), run.out());
    }
  }

  private static List<CheckCase> small(String op) {
    return CaseSize.SMALL.cases(Op.parse(op));
  }

  @Test
  void evaluateInNumpyIsRightThenBitEqual() throws Exception {
    String python = Python.with("numpy");
    Set<String> kinds = Set.of("points", "isotropic");
    List<CheckCase> cases =
        small("evaluate").stream()
            .filter(check -> kinds.contains(check.kind()) && !check.input().equals("huge"))
            .filter(check -> (long) check.rows() * check.dim() * check.components() < 12_000)
            .toList();
    judge(cases, "evaluate", python, EXAMPLES.resolve("evaluate.py"));
  }

  @Test
  void productsInPyTorchAreRightThenBitEqual() throws Exception {
    String python = Python.with("numpy", "torch");
    List<CheckCase> cases = new ArrayList<>(small("gemm"));
    cases.addAll(small("residual"));
    judge(cases, "gemm", python, EXAMPLES.resolve("products.py"));
  }

  @Test
  void noiseInCIsRightThenBitEqual() throws Exception {
    Python.compiler();
    judge(small("normal"), "normal", "sh", EXAMPLES.resolve("normal.sh"));
  }

  /** Written from the manifest alone: bit-equal at once. */
  @ParameterizedTest
  @ValueSource(strings = {"uniform", "normal", "apply", "step", "stepRows"})
  void elementsInNumpyAreBitEqual(String op) throws Exception {
    String python = Python.with("numpy");
    List<CheckCase> cases = small(op);
    Path exported = folder.resolve("cases");
    Path results = folder.resolve("results");
    export(exported, cases);
    Python.run(python, EXAMPLES.resolve("elements.py"), exported, results);
    Run run = Run.of("check", "--results", results.toString(), "--bits").good();
    assertTrue(run.out().contains(" of " + cases.size() + " cases: "), run.out());
  }

  /** Every kind of prior and every output, from the manifest alone. */
  @ParameterizedTest
  @ValueSource(strings = {"evaluate", "covarianceTimes", "hessianTimes", "draw"})
  void posteriorsInNumpyAreBitEqual(String op) throws Exception {
    String python = Python.with("numpy");
    List<CheckCase> cases =
        small(op).stream()
            .filter(check -> !check.input().equals("huge") && !check.kind().equals("pixels"))
            .filter(
                check -> // few, or points of three shards
                (long) check.rows() * check.dim() * check.components() < 6_000
                        || op.equals("draw") && check.components() > 2 * 8_064)
            .toList();
    assertEquals(6, cases.stream().map(CheckCase::kind).distinct().count());
    Path exported = folder.resolve("cases");
    Path results = folder.resolve("results");
    export(exported, cases);
    Python.run(python, EXAMPLES.resolve("posteriors.py"), exported, results);
    Run run = Run.of("check", "--results", results.toString(), "--bits").good();
    assertTrue(run.out().contains(" of " + cases.size() + " cases: "), run.out());
    assertTrue(!op.equals("evaluate") || run.out().contains("hessianDiagonal"), run.out());
  }

  /** Every kind of prior on a grid of levels, rows that no level explains among them. */
  @Test
  void blindInNumpyIsBitEqual() throws Exception {
    String python = Python.with("numpy");
    List<CheckCase> cases =
        small("blind").stream()
            .filter(check -> (long) check.rows() * check.dim() * check.components() < 4_000)
            .toList();
    assertEquals(6, cases.stream().map(CheckCase::kind).distinct().count());
    Path exported = folder.resolve("cases");
    Path results = folder.resolve("results");
    export(exported, cases);
    Python.run(python, EXAMPLES.resolve("blind.py"), exported, results);
    Run run = Run.of("check", "--results", results.toString(), "--bits").good();
    assertTrue(run.out().contains(" of " + cases.size() + " cases: "), run.out());
  }

  /** By the C library right within a float, after the manifest bit-equal. */
  @ParameterizedTest
  @ValueSource(strings = {"exp", "log", "sinpi", "cospi"})
  void functionsInCAreRightThenBitEqual(String function) throws Exception {
    Python.compiler();
    Path program = folder.resolve("functions");
    Path source = EXAMPLES.resolve("functions.c");
    Python.run("cc", "-O2", "-ffp-contract=off", "-Wall", "-o", program, source, "-lm");
    String command = program + " " + function;
    Run.of("check", "--pipe", function, "--program", command + " exact").good();
    Run plain = Run.of("check", "--pipe", function, "--program", command);
    assertEquals(ExitStatus.INTERNAL_FAILURE, plain.status(), plain.out() + plain.err());
    double worst = Double.parseDouble(plain.fact("worst").split(" ")[0]);
    assertTrue(worst > 0.4 && worst < 1, plain.out());
  }

  /** Each fault alone, in a copy of the examples; without one the same cases find nothing. */
  @TestFactory
  Stream<DynamicTest> everyPlantedFaultIsCaught() throws IOException {
    Path all = folder.resolve("cases");
    export(all, PlantedFault.ALL.stream().map(PlantedFault::checkCase).distinct().toList());
    return Stream.concat(
        Stream.of(dynamicTest("none planted", () -> requireNoneFound(all))),
        PlantedFault.ALL.stream()
            .map(fault -> dynamicTest(fault.name(), () -> requireCaught(fault))));
  }

  private void requireNoneFound(Path exported) throws Exception {
    Path results = folder.resolve("unplanted");
    String python = Python.with("numpy", "torch");
    Python.compiler();
    Python.run(python, EXAMPLES.resolve("evaluate.py"), exported, results, "exact");
    Python.run(python, EXAMPLES.resolve("products.py"), exported, results, "exact");
    Python.run("sh", EXAMPLES.resolve("normal.sh"), exported, results, "exact");
    Run.of("check", "--results", results.toString(), "--bits").good();
  }

  private void requireCaught(PlantedFault fault) throws Exception {
    Path copy = Files.createTempDirectory(folder, "fault");
    Path exported = copy.resolve("cases");
    export(exported, List.of(fault.checkCase()));
    Path results = copy.resolve("results");
    for (String file : List.of("exact.py", "evaluate.py", "products.py", "npy.h", "normal.c")) {
      Files.copy(EXAMPLES.resolve(file), copy.resolve(file));
    }
    Files.copy(EXAMPLES.resolve("normal.sh"), copy.resolve("normal.sh"));
    Path file = copy.resolve(fault.file());
    String text = Files.readString(file);
    assertTrue(text.contains(fault.found()), "there is nothing to plant it in: " + fault.found());
    Files.writeString(file, text.replace(fault.found(), fault.planted()));
    if (fault.file().endsWith(".py")) {
      String[] modules =
          fault.file().equals("products.py")
              ? new String[] {"numpy", "torch"}
              : new String[] {"numpy"};
      Python.run(Python.with(modules), file, exported, results, fault.form());
    } else {
      Python.compiler();
      Python.run("sh", copy.resolve("normal.sh"), exported, results, fault.form());
    }
    Run run =
        fault.form().equals("exact")
            ? Run.of("check", "--results", results.toString(), "--case", fault.check(), "--bits")
            : Run.of("check", "--results", results.toString(), "--case", fault.check());
    assertEquals(ExitStatus.INTERNAL_FAILURE, run.status(), run.out() + run.err());
    assertTrue(run.out().contains("FAIL  " + fault.check()), run.out());
  }

  @Test
  void theDocumentSaysWhichCaseCatchesWhich() throws IOException {
    String document = Files.readString(DOCUMENT);
    for (PlantedFault fault : PlantedFault.ALL) {
      assertTrue(document.contains(fault.row()), "lacks the row\n" + fault.row());
    }
    assertNotEquals(0, PlantedFault.ALL.size());
  }
}
