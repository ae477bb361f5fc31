package dev.tweedie.cli;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page tweedie(1) in the macros of man(7), made of the same descriptions as the help.
 * picocli's own generator writes AsciiDoc, which needs a converter of some 60 MB at build time to
 * become a page.
 */
final class ManualPage {
  private final StringBuilder page = new StringBuilder();

  private ManualPage() {}

  /** The page of a command line with all its commands. */
  static String of(CommandLine line) {
    ManualPage made = new ManualPage();
    made.write(line);
    return made.page.toString();
  }

  private void write(CommandLine line) {
    CommandSpec root = line.getCommandSpec();
    macro("TH TWEEDIE 1 \"\" \"tweedie " + Version.number() + "\" \"User Commands\"");
    macro("SH NAME");
    text(root.name() + " - scores, posteriors and reverse steps of diffusion denoising");
    macro("SH SYNOPSIS");
    macro("B " + root.name());
    text("COMMAND [OPTION]...");
    macro("SH DESCRIPTION");
    text(String.join(" ", root.usageMessage().description()));
    text("Each command has the options that are listed with it.");
    options(root);
    macro("SH COMMANDS");
    line.getSubcommands().values().forEach(command -> command(command.getCommandSpec()));
    macro("SH EXIT STATUS");
    status(ExitStatus.OK, "Done.");
    status(ExitStatus.INTERNAL_FAILURE, "Something failed inside, or a check or a goal failed.");
    status(
        ExitStatus.BAD_INPUT,
        "The input, a file or the command line cannot be used: one line says what was found and"
            + " what is allowed, and nothing is written.");
  }

  private void status(int status, String means) {
    macro("TP");
    macro("B " + status);
    text(means);
  }

  private void command(CommandSpec command) {
    macro("SS " + command.qualifiedName(" "));
    for (String line : command.usageMessage().description()) {
      text(line);
    }
    for (PositionalParamSpec argument : command.positionalParameters()) {
      entry(argument.paramLabel(), argument.description());
    }
    options(command);
    List<String> lines = Arrays.stream(command.usageMessage().footer()).map(String::strip).toList();
    macro("PP");
    macro("nf");
    lines.stream().dropWhile(String::isEmpty).forEach(this::text);
    macro("fi");
  }

  private void options(CommandSpec command) {
    Options.sections(command)
        .values()
        .forEach(
            options ->
                options.forEach(
                    option -> entry(HelpText.names(option).strip(), option.description())));
  }

  private void entry(String names, String... description) {
    macro("TP");
    macro("B " + escaped(names));
    text(String.join(" ", description));
  }

  private void macro(String line) {
    page.append('.').append(line).append('\n');
  }

  /** A line that is no macro, whatever it begins with. */
  private void text(String line) {
    boolean special = line.startsWith(".") || line.startsWith("'");
    page.append(special ? "\\&" : "").append(escaped(line)).append('\n');
  }

  private static String escaped(String text) {
    return text.chars()
        .mapToObj(
            c ->
                switch (c) {
                  case '\\' -> "\\e";
                  case '-' -> "\\-";
                  case '^' -> "\\(ha";
                  case '~' -> "\\(ti";
                  default -> String.valueOf((char) c);
                })
        .collect(Collectors.joining());
  }
}
