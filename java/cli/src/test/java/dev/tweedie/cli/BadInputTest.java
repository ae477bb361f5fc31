package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every bad input of every command: status 2, one line that names it, and nothing written. */
class BadInputTest {
  private static final String GOOD_PRIOR = "builtin:grid49";

  @TempDir Path folder;
  private List<Path> before;

  @BeforeEach
  void writeFiles() throws IOException {
    npy("good.npy", 2, 0, 1, 1, 0);
    npy("wide.npy", 3, 0, 1, 1, 0, 2, 2);
    npy("three.npy", 2, 0, 1, 1, 0, 2, 2);
    npy("nan.npy", 2, 0, 1, Double.NaN, 0);
    npy("inf.npy", 2, 0, 1, 1, Double.NEGATIVE_INFINITY);
    Npy.write(folder.resolve("none.npy"), NdArray.of(new double[0], 0, 2));
    byte[] good = Files.readAllBytes(folder.resolve("good.npy"));
    Files.write(folder.resolve("missing-bytes.npy"), Arrays.copyOf(good, good.length - 1));
    Files.write(folder.resolve("trailing-bytes.npy"), Arrays.copyOf(good, good.length + 8));
    Files.write(folder.resolve("cut-header.npy"), Arrays.copyOf(good, 9));
    Files.write(folder.resolve("empty.npy"), new byte[0]);
    Files.writeString(folder.resolve("text.npy"), "a note, not numbers\nof two lines\n");
    header("object.npy", "{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }");
    header(
        "overflow.npy",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967297), }");
    Files.createDirectory(folder.resolve("directory"));
    Files.createDirectory(folder.resolve("directory.npy"));
    Files.createDirectory(folder.resolve("directory.npz"));
    mixtures();
    before = listing();
  }

  @AfterEach
  void nothingWasWritten() throws IOException {
    assertEquals(before, listing());
  }

  private List<Path> listing() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }

  private void npy(String name, int dim, double... values) throws IOException {
    Npy.write(folder.resolve(name), NdArray.of(values, values.length / dim, dim));
  }

  /** A version 1.0 header and no data. */
  private void header(String name, String text) throws IOException {
    String padded = text + " ".repeat(117 - text.length()) + "\n";
    byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
    byte[] all = Arrays.copyOf(magic, 128);
    System.arraycopy(padded.getBytes(StandardCharsets.US_ASCII), 0, all, 10, 118);
    Files.write(folder.resolve(name), all);
  }

  private void mixtures() throws IOException {
    mixture("good.npz", new double[] {1, 1}, new double[] {0.1, 0.1}, 2);
    mixture("negative-weight.npz", new double[] {1, -1}, new double[] {0.1, 0.1}, 2);
    mixture("zero-weights.npz", new double[] {0, 0}, new double[] {0.1, 0.1}, 2);
    mixture("nan-weight.npz", new double[] {1, Double.NaN}, new double[] {0.1, 0.1}, 2);
    mixture("negative-variance.npz", new double[] {1, 1}, new double[] {0.1, -0.1}, 2);
    mixture("wrong-shape.npz", new double[] {1, 1}, new double[] {1, 1, 1}, 3);
    double[] askew = {1, 0.5, 0, 1, 1, 0, 0, 1};
    double[] indefinite = {1, 2, 2, 1, 1, 0, 0, 1};
    mixture("asymmetric.npz", new double[] {1, 1}, askew, 2, 2, 2);
    mixture("indefinite.npz", new double[] {1, 1}, indefinite, 2, 2, 2);
    Npz.write(folder.resolve("no-means.npz"), Map.of("weights", NdArray.of(new double[] {1}, 1)));
  }

  private void mixture(String name, double[] weights, double[] covariances, long... shape)
      throws IOException {
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    arrays.put("weights", NdArray.of(weights, 2));
    arrays.put("means", NdArray.of(new double[] {0, 0, 1, 1}, 2, 2));
    arrays.put("covariances", NdArray.of(covariances, shape));
    Npz.write(folder.resolve(name), arrays);
  }

  /** Names of files stand for files in {@link #folder}. */
  private Run run(String... args) {
    List<String> list = new ArrayList<>();
    for (String arg : args) {
      list.add(
          arg.matches("[^/:]*\\.(npy|npz|png|onnx|txt)") ? folder.resolve(arg).toString() : arg);
    }
    list.addAll(List.of("--threads", "1"));
    return Run.of(list);
  }

  private Run denoise(String... more) {
    return run(
        with(more, "denoise", "--prior", GOOD_PRIOR, "--in", "good.npy", "--out", "out.npy"));
  }

  private Run sample(String... more) {
    return run(with(more, "sample", "--prior", GOOD_PRIOR, "--out", "out.npy"));
  }

  private Run evaluate(String... more) {
    return run(
        with(more, "evaluate", "--prior", GOOD_PRIOR, "--at", "good.npy", "--out", "out.npz"));
  }

  /** {@code more} after {@code first}, an option of both replacing the first's. */
  private static String[] with(String[] more, String... first) {
    List<String> all = new ArrayList<>(List.of(first));
    for (int i = 0; i < more.length; i += 2) {
      int at = all.indexOf(more[i]);
      if (at < 0) {
        all.addAll(List.of(more[i], more[i + 1]));
      } else {
        all.set(at + 1, more[i + 1]);
      }
    }
    return all.toArray(String[]::new);
  }

  @ParameterizedTest
  @CsvSource({
    "absent.npy, no such file",
    "missing-bytes.npy, missing",
    "trailing-bytes.npy, trailing",
    "cut-header.npy, cut-header.npy",
    "empty.npy, empty",
    "text.npy, allowed",
    "object.npy, O",
    "overflow.npy, overflow.npy",
    "nan.npy, row 1",
    "inf.npy, row 1",
    "wide.npy, 3",
    "none.npy, no row",
    "directory.npy, directory",
  })
  void rowsThatCannotBeUsedAreRefusedWhereverTheyAreRead(String file, String word) {
    denoise("--level", "sigma=1", "--in", file).refused(file, word);
    denoise("--level", "sigma=1", "--clean", file).refused(file, word);
    evaluate("--level", "sigma=1", "--what", "mean", "--at", file).refused(file, word);
    sample("--start", file).refused(file, word);
  }

  @ParameterizedTest
  @CsvSource({
    "absent.npz, no such file",
    "missing-bytes.npy, missing",
    "trailing-bytes.npy, trailing",
    "text.npy, allowed",
    "object.npy, O",
    "overflow.npy, overflow.npy",
    "nan.npy, row 1",
    "none.npy, found 0",
    "negative-weight.npz, -1",
    "zero-weights.npz, weights",
    "nan-weight.npz, NaN",
    "negative-variance.npz, -0.1",
    "wrong-shape.npz, '(2, 2)'",
    "asymmetric.npz, symmetric",
    "indefinite.npz, definite",
    "no-means.npz, no-means.npz",
    "network.onnx, network.onnx",
    "directory.npy, .png",
  })
  void priorsThatCannotBeUsedAreRefusedByEveryCommand(String file, String word) {
    denoise("--level", "sigma=1", "--prior", file).refused(file, word);
    evaluate("--level", "sigma=1", "--what", "mean", "--prior", file).refused(file, word);
    sample("--count", "1", "--prior", file).refused(file, word);
  }

  @Test
  void anUnknownBuiltinIsRefusedWithTheKnownOnes() {
    sample("--count", "1", "--prior", "builtin:nothing").refused("'nothing'", "glyphs", "grid49");
  }

  @Test
  void differentDimensionsAreNamedBoth() {
    denoise("--level", "sigma=1", "--in", "wide.npy").refused("3", "2", GOOD_PRIOR);
    denoise("--level", "sigma=1", "--clean", "three.npy")
        .refused("--clean", "three.npy", "found 3", "2");
    sample("--start", "good.npy", "--count", "7").refused("found 7", "2", "good.npy");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sigma=0", "sigma=-1", "alpha=0,sigma=1", "alpha=-1,sigma=1", "loud"})
  void aLevelThatIsNoneIsRefused(String level) {
    denoise("--level", level).refused("--level", "allowed");
    evaluate("--what", "mean", "--level", level).refused("--level", "allowed");
  }

  @Test
  void denoisingNeedsALevelAndAKnownMethod() {
    denoise().refused("--level", "allowed");
    denoise("--method", "truncated").refused("--level", "allowed");
    denoise("--level", "sigma=1", "--method", "median").refused("'median'", "mean, truncated");
    denoise("--level", "sigma=1", "--method", "truncated", "--match", "power")
        .refused("--match", "'power'", "dB, linear");
    denoise("--level", "sigma=1", "--match", "dB").refused("--match", "--method truncated");
  }

  @Test
  void blindDenoisingTakesNoLevelAndAPriorOnLevelsWithMass() {
    denoise("--method", "blind", "--level-prior", "uniform").refused("uniform", "power:P:MIN:MAX");
    denoise("--method", "blind", "--level-prior", "power:1:2:1")
        .refused("level prior", "MIN < MAX");
    denoise("--method", "blind", "--level-prior", "power:1:0:1").refused("sigma 0", "> 0");
    denoise("--method", "blind", "--level-estimate", "best")
        .refused("--level-estimate", "'best'", "residual, likelihood, grid");
    denoise("--method", "blind", "--level", "sigma=1")
        .refused("--level: found sigma=1, which has no effect", "without --blind");
  }

  @Test
  void unknownQuantitiesAreRefusedWithTheKnownOnes() {
    evaluate("--level", "sigma=1", "--what", "mean,median")
        .refused(
            "'median'", "logp, mean, score, trace, diagonal, hessian-diagonal, responsibilities");
  }

  @ParameterizedTest
  @CsvSource({
    "--count, 0, >= 1",
    "--count, -1, >= 1",
    "--count, many, >= 1",
    "--steps, 0, >= 1",
    "--steps, 101, 1 to 100",
    "--sampler, blind:euler-frozen:1:0.5, 2 (1 - a)",
    "--sampler, blind:euler-frozen:0.3:0.9, below 2 (1 - a) = 0.2",
    "--sampler, blind:0.1:1, a < 1",
    "--sampler, blind:0.1:-0.5, a < 1",
    "--sampler, blind:0.1:0.5:2, H and A numbers",
    "--sampler, blind:newton, euler-frozen",
    "--sampler, blind:exponential:1e-12, at most",
    "--sampler, ddim:2, 0 to 1",
    "--schedule, sine, vp-cosine",
    "--schedule, vp-cosine:0, 1",
    "--schedule, karras:2:1, smallest",
    "--schedule, list:absent.npy, no such file",
    "--schedule, list:good.npy, good.npy",
  })
  void samplingOptionsAreRefusedWithWhatIsAllowed(String option, String value, String allowed) {
    String given = value.startsWith("list:") ? "list:" + folder.resolve(value.substring(5)) : value;
    String found = value.startsWith("list:") ? value.substring(5) : value;
    Run run =
        option.equals("--count") ? sample("--count", given) : sample("--count", "1", option, given);
    run.refused(option.substring(2), found.replace("blind:exponential:1e-12", "1.0E-12"), allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1:2", "1", "1:0", "a:b", "1:0.1:0.01"})
  void aBlindRunGoesFromMoreNoiseToLess(String levels) {
    sample("--count", "1", "--sampler", "blind", "--blind-levels", levels)
        .refused("--blind-levels", levels, "START > STOP > 0");
  }

  @Test
  void samplingNeedsACountOrAStart() {
    sample().refused("--count", "allowed");
  }

  @ParameterizedTest
  @CsvSource({
    "directory.npy, directory",
    "absent/out.npy, absent",
    "good.npy/out.npy, good.npy",
    "out.txt, .npy",
    "out, .npy",
  })
  void targetsThatCannotBeWrittenAreRefusedBeforeAnyWork(String target, String word) {
    String file = folder.resolve(target).toString();
    denoise("--level", "sigma=1", "--out", file).refused(word);
    sample("--count", "1", "--out", file).refused(word);
  }

  @ParameterizedTest
  @CsvSource({
    "directory.npz, directory",
    "absent/out.npz, absent",
    "good.npy/out.npz, good.npy",
    "out.npy, .npz",
  })
  void targetsOfEvaluateToo(String target, String word) {
    String file = folder.resolve(target).toString();
    evaluate("--level", "sigma=1", "--what", "mean", "--out", file).refused(word);
  }

  @Test
  void aDemoIntoAFileIsRefused() {
    Run.of("demo", "--out", folder.resolve("good.npy").toString()).refused("good.npy", "directory");
  }

  @Test
  void everyCommandRefusesABackendThatIsUnknown() {
    denoise("--level", "sigma=1", "--backend", "gpu").refused("'gpu'", "reference");
    sample("--count", "1", "--backend", "gpu").refused("'gpu'", "reference");
    evaluate("--level", "sigma=1", "--what", "mean", "--backend", "gpu")
        .refused("'gpu'", "reference");
    Run.of("demo", "--backend", "gpu", "--out", folder.resolve("demo").toString())
        .refused("'gpu'", "reference");
  }
}
