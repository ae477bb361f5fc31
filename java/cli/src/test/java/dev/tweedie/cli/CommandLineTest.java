package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.prior.Builtin;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class CommandLineTest {
  static Stream<String> commands() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return Tweedie.commandLine(nowhere, nowhere).getSubcommands().keySet().stream();
  }

  @Test
  void withoutACommandEveryCommandIsListed() {
    String out = Run.of().good().out();
    assertEquals(
        0, commands().filter(command -> !out.contains("\n  " + command + " ")).count(), out);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aCommandIsMadeAloneAndHasTheNameItIsCalledBy(String command) {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    var made = Tweedie.commandLine(nowhere, nowhere, command, "--help").getSubcommands();
    assertEquals(Set.of(command), made.keySet());
    Command annotation =
        made.get(command).getCommandSpec().userObject().getClass().getAnnotation(Command.class);
    assertEquals(command, annotation.name());
  }

  @Test
  void theVersionIsTheBuildsAndNoPlaceholder() {
    String out = Run.of("--version").good().out();
    assertTrue(out.matches("tweedie \\d+\\.\\d+\\.\\d+\\S*\\s+"), out);
  }

  @Test
  void anUnknownCommandIsOneLineWithTheValidOnes() {
    Run.of("denose").refused("'denose'", "denoise", "sample", "evaluate", "info");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpOfACommandHasAnExampleAndTheOptionsOfAll(String command) {
    String out = Run.of(command, "--help").good().out();
    assertTrue(out.contains("Example"), out);
    assertTrue(out.contains("tweedie " + command + " --"), out);
    for (String option : EVERYWHERE) {
      assertTrue(out.contains(option), option + " is missing in\n" + out);
    }
  }

  private static final String[] EVERYWHERE = {
    "--backend", "--numerics", "--threads", "--progress", "--quiet", "--json", "--trace"
  };

  @ParameterizedTest
  @MethodSource("commands")
  void anUnknownOptionIsOneLineThatNamesItAndTheCommand(String command) {
    Run.of(command, "--frobnicate", "1").refused("--frobnicate", command);
  }

  @Test
  void aMisspeltOptionIsAnsweredWithTheOneMeant() {
    Run.of("info", "--bakend", "reference").refused("--bakend", "--backend");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void anOptionWithoutItsValueIsOneLine(String command) {
    Run.of(command, "--backend").refused("--backend");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aStrayWordIsOneLine(String command) {
    Run.of(command, "stray").refused("'stray'", command);
  }

  @ParameterizedTest
  @CsvSource({
    "--threads, 0, >= 1",
    "--threads, -3, >= 1",
    "--threads, two, >= 1",
    "--threads, 100000, <= 1024",
    "--numerics, quick, fast",
    "--progress, always, never",
    "--backend, gpu, reference",
    "--backend, Reference, auto",
  })
  void aBadValueOfACommonOptionIsNamedWithWhatIsAllowed(
      String option, String value, String allowed) {
    Run.of("info", option, value).refused(option.substring(2), value, allowed);
  }

  @Test
  void seedsAreTheWholeRangeOf64Bits() {
    Converters.Seed seed = new Converters.Seed();
    assertEquals(-1L, seed.convert("18446744073709551615"));
    assertEquals(Long.MIN_VALUE, seed.convert("-9223372036854775808"));
    for (String none : new String[] {"0x10", "18446744073709551616", "1.5", ""}) {
      Run.of("sample", "--prior", "builtin:rings", "--out", "a.npy", "--seed", none)
          .refused("--seed", "2^64");
    }
  }

  @Test
  void anInternalFailureIsStatusOneWithoutAStackTraceUnlessAskedFor() {
    StringWriter err = new StringWriter();
    int status =
        Failures.handle(new IllegalStateException("two\nlines"), false, new PrintWriter(err));
    assertEquals(ExitStatus.INTERNAL_FAILURE, status);
    assertEquals(1, err.toString().lines().count(), err.toString());
    assertTrue(err.toString().contains("--trace"), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
    Failures.handle(new IllegalStateException("two\nlines"), true, new PrintWriter(err));
    assertTrue(err.toString().contains("\tat "), err.toString());
  }

  @Test
  void everyOptionSaysWhatItIs() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    for (CommandLine command : Tweedie.commandLine(nowhere, nowhere).getSubcommands().values()) {
      command
          .getCommandSpec()
          .options()
          .forEach(
              option ->
                  assertTrue(
                      option.hidden() || option.description().length > 0, option.toString()));
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void noLineOfAHelpIsTooLongAndNoWordOfItIsBroken(String command) {
    String out = Run.of(command, "--help").good().out();
    out.lines().forEach(line -> assertTrue(line.length() <= HelpText.WIDTH, line));
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    CommandLine made = Tweedie.commandLine(nowhere, nowhere).getSubcommands().get(command);
    String words = " " + out.replaceAll("\\s+", " ");
    made.getCommandSpec().options().stream()
        .filter(option -> !option.hidden())
        .flatMap(option -> Stream.of(String.join(" ", option.description()).split(" ")))
        .forEach(word -> assertTrue(words.contains(" " + word + " "), word + "\n" + out));
    for (String line : made.getCommandSpec().usageMessage().footer()) {
      assertTrue(line.length() <= HelpText.WIDTH, "an example that breaks: " + line);
    }
  }

  @Test
  void theHelpHasSectionsAndNamesWhatItTakes() {
    String sample = Run.of("sample", "--help").good().out();
    List<String> headings = sample.lines().filter(line -> line.matches("\\w[\\w ]*:")).toList();
    assertEquals(
        List.of(
            "Options:",
            "The prior:",
            "Rows of unknown level:",
            "What computes:",
            "What is shown:",
            "Help:"),
        headings);
    Builtin.names().forEach(name -> assertTrue(sample.contains(name), name));
    assertTrue(sample.contains("blind[:exponential"), sample);
    String evaluate = Run.of("evaluate", "--help").good().out();
    assertTrue(evaluate.contains("trace, diagonal, hessian-diagonal,"), evaluate);
    assertFalse(evaluate.contains("onnx"), evaluate); // which it would refuse
    assertTrue(Run.of("bench", "--help").good().out().contains("within 5 %."));
  }

  @Test
  void helpIsACommandToo() {
    assertEquals(Run.of("denoise", "--help").good().out(), Run.of("help", "denoise").good().out());
    assertEquals(Run.of("--help").good().out(), Run.of("help").good().out());
    Run.of("help", "denose").refused("'denose'", "denoise");
  }

  @Test
  void anOptionWithoutItsValueIsNotOneThatIsMissing() {
    Run.of("denoise", "--prior", "a", "--in", "b", "--out", "c", "--level")
        .refused("--level: found no value", "--level L");
    Run.of("denoise", "--prior", "a", "--in", "--out", "c").refused("--in: found no value");
    Run.of("denoise", "--prior", "a", "--in", "b").refused("found no --out", "--out FILE");
  }

  @Test
  void theListOfSamplersHasAllOfThem() {
    Run.of("sample", "--prior", "builtin:rings", "--count", "1", "--out", "a.npy", "--sampler", "x")
        .refused("found x", "mixture", BlindSampling.FORMS);
  }

  @Test
  void jsonOrNothingIsPrintedWhereAskedFor() {
    String json = Run.of("reproduce", "--json").good().out();
    assertTrue(json.startsWith("{\"experiments\":{\"header\":[\"name\","), json);
    assertEquals(1, json.lines().count());
    assertEquals("", Run.of("reproduce", "--quiet").good().out());
    assertEquals("", Run.of("info", "-q").good().out());
    Run.of("info", "--json", "--quiet").refused("--json", "--quiet", "one of them");
    String check = Run.of("check", "--op", "residual", "--json").good().out();
    assertTrue(check.contains("\"failures\":0") && check.contains("\"case\":\"residual:"), check);
    assertEquals(1, check.lines().count());
  }
}
