package dev.tweedie.cli;

import java.io.PrintWriter;
import java.util.Arrays;

/** Entry point of the {@code tweedie} command. */
public final class Main {
  private Main() {}

  /** Runs a command and ends the process with its {@link ExitStatus}. */
  public static void main(String[] args) {
    int status = run(args, new PrintWriter(System.out), new PrintWriter(System.err));
    System.exit(status);
  }

  /**
   * Runs a command in this process.
   *
   * @param out what the command prints
   * @param err one line where it fails
   * @return an {@link ExitStatus}
   */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    int status;
    try {
      String[] words = helpLast(args);
      status = Tweedie.commandLine(out, err, words).execute(words);
    } catch (Throwable failure) { // an Error, such as memory that has run out, is one line too
      status = Failures.handle(failure, Arrays.asList(args).contains(ShowOptions.TRACE), err);
    }
    if (out.checkError() && status == ExitStatus.OK) { // which flushes first
      Failures.print(err, "standard output: found no way to write it, allowed: one that takes it");
      status = ExitStatus.BAD_INPUT;
    }
    err.flush();
    return status;
  }

  /** {@code help denoise} as {@code denoise --help}, as people try it. */
  private static String[] helpLast(String[] args) {
    if (args.length == 0 || !args[0].equals("help")) {
      return args;
    }
    if (args.length > 1 && !Tweedie.isCommand(args[1])) {
      return new String[] {args[1]}; // refused with the commands that there are
    }
    String[] words = Arrays.copyOfRange(args, 1, args.length + 1);
    words[args.length - 1] = "--help";
    return words;
  }
}
