package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.Engine;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Op;
import dev.tweedie.backend.Tier;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.export.CaseSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code check --export} writes. */
class CheckExportTest {
  @TempDir static Path folder;

  /** Of every op and every kind some cases: of sizes that take no time. */
  private static List<CheckCase> some() {
    List<CheckCase> cases = new ArrayList<>();
    for (Op op : Op.values()) {
      Set<String> kinds = new HashSet<>();
      for (CheckCase check : CaseSize.SMALL.cases(op)) {
        boolean first = (long) check.rows() * check.dim() > 1 && kinds.add(check.kind());
        if (check.dim() * check.components() < 5000 && (first || check.input().equals("huge"))) {
          cases.add(check);
        }
      }
    }
    return cases;
  }

  private static void export(Path to, String backend) throws IOException {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    try (Engine exact = Engine.open(backend, 2);
        Engine reference = Engine.open("reference", 2)) {
      new CheckExport(to)
          .write(
              some(),
              exact.backend(),
              reference.backend(),
              new Report(nowhere, nowhere, Report.Form.QUIET));
    }
  }

  @BeforeAll
  static void export() throws IOException {
    export(folder.resolve("java"), "java:scalar");
  }

  private static Map<String, String> digests(Path folder) {
    Map<String, String> digests = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        digests.put(folder.relativize(file).toString(), HexFormat.of().formatHex(digest));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    return digests;
  }

  @Test
  void everyTierWritesTheSameBytes() throws IOException {
    List<String> others =
        Backends.tiers().stream()
            .filter(tier -> tier.reason().isEmpty())
            .map(Tier::name)
            .filter(name -> name.equals("java:vector") || name.startsWith("cpu"))
            .limit(2) // what all of them compute is compared by MatrixTest
            .toList();
    assumeTrue(!others.isEmpty(), "no other backend can run here");
    for (String other : others) {
      Path to = folder.resolve(other.replace(':', '-'));
      export(to, other);
      assertEquals(digests(folder.resolve("java")), digests(to), other);
    }
  }

  @Test
  void theManifestIsWhatItsSchemaSaysAndListsEveryFile() throws Exception {
    Path script = Path.of(CheckExportTest.class.getResource("cross/schema_of.py").toURI());
    String said = Python.run(Python.with(), script, folder.resolve("java"));
    assertTrue(said.endsWith("files\n"), said);
  }

  /** What the fields above cannot say: one folder for each case of all sizes. */
  @Test
  void foldersOfCasesAreUnique() {
    Set<String> folders = new HashSet<>();
    for (Op op : Op.values()) {
      for (CheckCase check : CaseSize.all(op)) {
        assertTrue(folders.add(CaseSize.folder(check)), check.toString());
      }
    }
  }

  @Test
  void optionsThatHaveNoEffectHereAreRefused() {
    String to = folder.resolve("new").toString();
    String line = some().getFirst().toString();
    Run.of("check", "--export", to, "--quick").refused("--quick", "no effect");
    Run.of("check", "--export", to, "--bits").refused("--bits", "--results");
    Run.of("check", "--export", to, "--case", line, "--size", "large").refused("--size", "--case");
    Run.of("check", "--export", to, "--numerics", "fast").refused("--numerics");
    Run.of("check", "--export", to, "--backend", "reference").refused("reference");
    Run.of("check", "--export", to, "--results", to).refused("--results", "--export");
    Run.of("check", "--export", to, "--size", "huge").refused("'huge'", "awkward");
    Run.of("check", "--size", "small").refused("--size", "--export");
    Run.of("check", "--export", folder.resolve("java").toString()).refused("not empty");
    assertTrue(Files.notExists(Path.of(to)));
  }

  @Test
  void oneCaseAloneIsExportedByItsLine() throws IOException {
    Path to = folder.resolve("one");
    String line = "step:kind=xdpzo,B=5,d=103,K=0,a=1.0,s=1.0,in=plain";
    Run.of("check", "--export", to.toString(), "--case", line).good();
    Path here = to.resolve("step/xdpzo-B5-d103-K0-a1.0-s1.0-plain");
    for (String file : List.of("in/x", "in/coefficients", "in/noise", "exact/out", "bound/out")) {
      assertTrue(Files.exists(here.resolve(file + ".npy")), file);
    }
    // x is what the op was given, and not what it wrote in its place
    assertTrue(Files.mismatch(here.resolve("in/x.npy"), here.resolve("exact/out.npy")) >= 0);
  }
}
