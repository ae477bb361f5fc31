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
    try {
      return Tweedie.commandLine(out, err, args).execute(args);
    } catch (Throwable failure) { // an Error, such as memory that has run out, is one line too
      return Failures.internal(failure, Arrays.asList(args).contains(EngineOptions.TRACE), err);
    } finally {
      out.flush();
      err.flush();
    }
  }
}
