package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Every failure as one line on the error stream and an {@link ExitStatus}, never a usage page. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    print(failure.getCommandLine().getErr(), describe(failure, List.of(args)));
    return ExitStatus.BAD_INPUT;
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
    boolean trace = parsed != null && parsed.expandedArgs().contains(ShowOptions.TRACE);
    return handle(failure, trace, command.getErr());
  }

  /** One line for whatever was thrown, and the status that it means. */
  static int handle(Throwable failure, boolean trace, PrintWriter err) {
    String said = Causes.ofBadInput(failure);
    if (trace) {
      failure.printStackTrace(err);
    }
    if (said != null) {
      print(err, said);
      return ExitStatus.BAD_INPUT;
    }
    if (!trace) {
      print(err, "internal failure: " + failure + " (" + ShowOptions.TRACE + " shows where)");
    }
    return ExitStatus.INTERNAL_FAILURE;
  }

  private static String describe(ParameterException failure, List<String> args) {
    if (failure.getCause() instanceof InvalidInputException invalid) {
      return name(failure.getArgSpec()) + ": " + invalid.getMessage();
    }
    if (failure.getCause() instanceof InvalidPathException path) {
      return name(failure.getArgSpec()) + ": " + Causes.ofBadInput(path);
    }
    List<String> unmatched = failure.getCommandLine().getUnmatchedArguments();
    if (!unmatched.isEmpty()) { // more telling than what picocli complains about first
      return describe(new UnmatchedArgumentException(failure.getCommandLine(), unmatched));
    }
    return switch (failure) {
      case MissingParameterException missing -> describe(missing, args);
      default -> failure.getMessage();
    };
  }

  private static String describe(UnmatchedArgumentException failure) {
    CommandLine command = failure.getCommandLine();
    String found = failure.getUnmatched().getFirst();
    if (!found.startsWith("-") && command.getParent() == null) {
      return "command: found '%s', allowed: %s"
          .formatted(found, String.join(", ", command.getSubcommands().keySet()));
    }
    String name = command.getCommandSpec().qualifiedName(" ");
    if (!found.startsWith("-")) {
      return "%s: found '%s', allowed: options only (%s --help)"
          .formatted(command.getCommandName(), found, name);
    }
    List<String> close =
        failure.getSuggestions().stream().filter(option -> option.startsWith("--")).toList();
    return "%s: found %s, allowed: %s"
        .formatted(
            "unknown option of " + command.getCommandName(),
            found,
            close.isEmpty()
                ? "the options that " + name + " --help lists"
                : String.join(", ", close) + " (" + name + " --help lists all)");
  }

  private static String describe(MissingParameterException failure, List<String> args) {
    CommandLine command = failure.getCommandLine();
    List<ArgSpec> missing = failure.getMissing();
    if (missing.isEmpty()) {
      return failure.getMessage();
    }
    if (missing.getFirst() instanceof OptionSpec option
        && Arrays.stream(option.names()).anyMatch(args::contains)) {
      return "%s: found no value, allowed: %s %s (%s --help says which)"
          .formatted(
              option.longestName(),
              option.longestName(),
              option.paramLabel(),
              command.getCommandSpec().qualifiedName(" "));
    }
    List<String> names = missing.stream().map(Failures::name).toList();
    List<String> syntax = missing.stream().map(arg -> name(arg) + " " + arg.paramLabel()).toList();
    return "%s: found no %s, required: %s"
        .formatted(command.getCommandName(), String.join(", ", names), String.join(" ", syntax));
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  /** One line, whatever the message holds. */
  static void print(PrintWriter err, String message) {
    err.println("tweedie: " + Printable.line(message));
  }
}
