package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Numerics;
import dev.tweedie.backend.Backends;
import dev.tweedie.check.Checks;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** An option that has no effect is refused before any work, with what would give it one. */
class UnusedOptionsTest {
  private static final String DENOISE = "denoise --prior builtin:grid49 --in in.npy --out out.npy ";
  private static final String TOLD = DENOISE + "--level sigma=1 ";
  private static final String SAMPLE = "sample --prior builtin:grid49 --out out.npy ";
  private static final String DRAW = SAMPLE + "--count 2 --schedule vp-cosine:4 ";
  private static final String BEGIN = SAMPLE + "--start in.npy --sampler ";
  private static final String RESTORE =
      "restore --prior picture.npy --in picture.npy --out out.npy --operator superres:2 --simulate"
          + " ";

  @TempDir private Path folder;

  @BeforeEach
  void files() throws IOException {
    Npy.write(folder.resolve("in.npy"), NdArray.of(new double[] {.2, 1.3, 1, -.1}, 2, 2));
    Npy.write(folder.resolve("picture.npy"), NdArray.of(new double[16], 1, 16));
  }

  private Run run(String line) {
    return Run.of(
        Arrays.stream(line.strip().split(" +"))
            .map(word -> word.endsWith(".npy") ? folder.resolve(word).toString() : word)
            .toList());
  }

  private void unused(String line, String option, String use) {
    List<String> words = List.of(line.split(" +"));
    int at = words.indexOf(option);
    String value =
        at + 1 < words.size() && !words.get(at + 1).startsWith("--") ? words.get(at + 1) : "";
    run(line)
        .refused(
            (option + ": found " + value).strip() + (value.isEmpty() ? "" : ","),
            "which has no effect here",
            "allowed: ",
            use);
    assertTrue(!Files.exists(folder.resolve("out.npy")), "something was written");
  }

  @ParameterizedTest
  @CsvSource({
    "--schedule, fesl:5, --method truncated",
    "--match, dB, --method truncated",
    "--re-sampling, '', --method truncated",
    "--level-prior, power:1:0.1:1, --blind",
    "--level-estimate, residual, --blind",
    "--level-estimate, grid, --blind",
    "--seed, 3, random",
    "--network, told=nothing, .onnx",
  })
  void ofTheMean(String option, String value, String use) {
    unused(TOLD + option + " " + value, option, use);
  }

  @ParameterizedTest
  @CsvSource({
    "--schedule, fesl:5, --method truncated",
    "--match, dB, --method truncated",
    "--level, sigma=1, without --blind",
    "--method, mean, without --blind",
    "--method, blind, without --blind",
    "--seed, 3, random",
  })
  void ofABlindDenoiser(String option, String value, String use) {
    unused(DENOISE + "--blind " + option + " " + value, option, use);
  }

  @Test
  void ofATruncatedChain() {
    unused(TOLD + "--method truncated --schedule fesl:5 --seed 3", "--seed", "random");
    run(TOLD + "--method truncated --schedule fesl:5 --seed 3 --re-sampling").good();
  }

  @ParameterizedTest
  @CsvSource({
    "--schedule, vp-cosine:5, not blind",
    "--seed, 3, random", // from given rows, without noise put back
  })
  void ofABlindChain(String option, String value, String use) {
    unused(BEGIN + "blind:exponential:0.1:0 " + option + " " + value, option, use);
  }

  @ParameterizedTest
  @CsvSource({
    "--blind-levels, 5:1, --sampler blind",
    "--level-prior, power:1:0.1:1, --sampler blind",
    "--level-estimate, residual, --sampler blind",
    "--network, told=nothing, .onnx",
  })
  void ofASamplerThatFollowsASchedule(String option, String value, String use) {
    unused(DRAW + option + " " + value, option, use);
  }

  @ParameterizedTest
  @CsvSource({"euler", "heun", "dpm2", "dpmpp-2m", "truncated", "ddim", "ddim:0"})
  void aSeedWhereNothingIsRandom(String sampler) {
    unused(BEGIN + sampler + " --schedule karras:0.1:1 --steps 3 --seed 3", "--seed", "random");
    run(DRAW.replace("vp-cosine:4", "karras:0.1:1") + "--sampler " + sampler + " --seed 3").good();
  }

  @ParameterizedTest
  @CsvSource({"ddpm", "ddpm:beta", "ancestral", "mixture", "ddim:0.5", "blind:exponential:0.3:0.5"})
  void aSeedOfStepsThatAddNoise(String sampler) throws IOException {
    String schedule = sampler.startsWith("blind") ? "" : " --schedule vp-cosine:4";
    run(BEGIN + sampler + schedule + " --seed 3").good();
    byte[] three = Files.readAllBytes(folder.resolve("out.npy"));
    run(BEGIN + sampler + schedule + " --seed 4").good();
    assertEquals(false, Arrays.equals(three, Files.readAllBytes(folder.resolve("out.npy"))));
  }

  @ParameterizedTest
  @CsvSource({
    "--steps 100, --steps: found 100",
    "--steps foo, --steps: found foo",
    "--steps implicit:0.1:1 --start picture.npy --seed 3, --seed: found 3",
    "--clean picture.npy, --clean: found",
  })
  void ofRestoring(String options, String found) {
    run(RESTORE + options).refused(found, "allowed: ");
  }

  @ParameterizedTest
  @CsvSource({
    "reproduce li-kl --quick --mixture in.npy, --mixture, fesl-gmm",
    "reproduce li-kl --quick --data in.npy, --data, fesl-mnist",
    "reproduce liang-fig6 --quick --seed 3, --seed, random",
    "reproduce --quick, --quick, NAME",
    "reproduce --out out.npy, --out, NAME",
    "info --batch 3, --batch, batches",
    "demo --batch 3 --out out.npy, --batch, batches",
  })
  void ofOtherCommands(String line, String option, String use) {
    run(line).refused(option + ": ", use);
    assertTrue(!Files.exists(folder.resolve("out.npy")), "something was written");
  }

  @Test
  void ofACaseThatNamesItsOp() {
    Run.of("check", "--op", "step", "--case", Checks.cases("step").getFirst().toString())
        .refused("--op: found step", "--case");
  }

  @ParameterizedTest
  @CsvSource({
    "evaluate --prior builtin:grid49 --at in.npy --level sigma=1 --what mean --out out.npz --seed"
        + " 3",
    "evaluate --prior builtin:grid49 --at in.npy --level sigma=1 --what mean --out out.npz"
        + " --network a=b",
    "info --seed 3",
    "check --seed 3",
    "bench --seed 3",
  })
  void whatACommandNeverUsesItDoesNotHave(String line) {
    run(line).refused("unknown option");
  }

  /** Fast mode takes the products of data sets and of isotropic mixtures, and no others. */
  @Test
  void fastModeWhereNothingIsFast() {
    Numerics fast =
        Arrays.stream(Numerics.values())
            .filter(numerics -> numerics != Numerics.EXACT)
            .filter(
                numerics -> Backends.tiers(numerics).stream().anyMatch(t -> t.reason().isEmpty()))
            .findFirst()
            .orElse(null);
    Assumptions.assumeTrue(fast != null, "no backend has a fast mode here");
    String mode = " --numerics " + fast;
    run(TOLD + mode).refused("--numerics: found " + fast, "data set", "dimension 32");
    run(DRAW + mode).refused("--numerics: found " + fast, "data set", "dimension 32");
    run("sample --prior builtin:glyphs --count 2 --schedule vp-cosine:4 --out out.npy" + mode)
        .good();
  }

  /** By construction: whoever adds an option adds one that knows whether it was asked for. */
  @Test
  void everyOptionIsRecorded() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    for (CommandLine command : Tweedie.commandLine(nowhere, nowhere).getSubcommands().values()) {
      for (OptionSpec option : command.getCommandSpec().options()) {
        assertTrue(
            option.usageHelp() || option.versionHelp() || !(option.userObject() instanceof Field),
            command.getCommandName() + " " + option.longestName() + " is no Given");
      }
    }
  }

  @Test
  void anOptionThatIsAskedForTooLateIsAFaultOfTheProgram() {
    Given<String> given = Given.always();
    given.plan();
    assertThrows(IllegalStateException.class, given::get);
    Given<String> early = Given.always();
    early.get();
    early.plan();
    assertEquals(null, early.get());
  }
}
