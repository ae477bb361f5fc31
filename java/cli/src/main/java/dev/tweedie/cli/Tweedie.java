package dev.tweedie.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command itself: its subcommands, and what holds for all of them. */
@Command(
    name = "tweedie",
    description = "Scores, posteriors and reverse steps of diffusion denoising.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "tweedie COMMAND --help, or tweedie help COMMAND, explains a command and shows an example.",
      "Status: 0 done; 2 where the input, a file or the command line cannot be used; 1 for a"
          + " failure inside."
    })
final class Tweedie implements Callable<Integer> {
  /** In the order of the help; each is made only where its name is asked for. */
  private static final SequencedMap<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("demo", Demo::new);
    COMMANDS.put("denoise", Denoise::new);
    COMMANDS.put("sample", Sample::new);
    COMMANDS.put("restore", Restore::new);
    COMMANDS.put("evaluate", Evaluate::new);
    COMMANDS.put("fit", Fit::new);
    COMMANDS.put("reproduce", Reproduce::new);
    COMMANDS.put("info", Info::new);
    COMMANDS.put("check", Check::new);
    COMMANDS.put("bench", Bench::new);
  }

  @Spec private CommandSpec spec;

  /**
   * The command line, printing to {@code out}, and one line to {@code err} where it fails.
   *
   * @param args what it will be given: where they begin with a command, it knows no other, since
   *     reading the options of all takes longer than much of the work
   */
  static CommandLine commandLine(PrintWriter out, PrintWriter err, String... args) {
    Failures failures = new Failures();
    CommandLine line = new CommandLine(new Tweedie());
    boolean named = args.length > 0 && COMMANDS.containsKey(args[0]);
    for (String name : named ? List.of(args[0]) : COMMANDS.keySet()) {
      CommandSpec made = CommandSpec.forAnnotatedObject(COMMANDS.get(name).get());
      line.addSubcommand(name, Options.record(made));
    }

    line.setResourceBundle(new HelpNames());
    line.setOut(out);
    line.setErr(err);
    line.setUsageHelpWidth(HelpText.WIDTH);
    line.setExpandAtFiles(false); // a file whose name begins with @ is a file
    for (CommandLine command : line.getSubcommands().values()) {
      var sections = command.getHelpSectionMap();
      sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpText::options);
      command.setHelpSectionMap(sections);
    }
    line.setParameterExceptionHandler(failures);
    line.setExecutionExceptionHandler(failures);
    return line;
  }

  @Option(
      names = "--completion",
      description =
          "Print what completes commands and options in bash and zsh; in a shell's start:"
              + " source <(tweedie --completion)")
  private boolean completion;

  @Option(
      names = "--man",
      description =
          "Print the manual page of all commands, to be read by man -l or kept in a man1.")
  private boolean manual;

  /** Whether there is a command of that name. */
  static boolean isCommand(String name) {
    return COMMANDS.containsKey(name);
  }

  /** Without a command: what there is. */
  @Override
  public Integer call() {
    CommandLine line = spec.commandLine();
    if (completion) {
      line.getOut().print(AutoComplete.bash(spec.name(), line));
    } else if (manual) {
      line.getOut().print(ManualPage.of(line));
    } else {
      line.usage(line.getOut());
    }
    return ExitStatus.OK;
  }
}
