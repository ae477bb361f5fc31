package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/**
 * A command that plans its work, which asks for every option that has an effect, then calls {@link
 * #planned()}, which refuses the others, then works.
 */
abstract class PlannedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ShowOptions show;

  private boolean planned;

  /**
   * Plans and works.
   *
   * @param report gets what there is to say
   * @return an {@link ExitStatus}
   */
  abstract int run(Report report) throws Exception;

  @Override
  public final Integer call() throws Exception {
    boolean quiet = show.quiet();
    if (quiet && json()) {
      throw new InvalidInputException("--json: found with --quiet, allowed: one of them");
    }
    Report.Form form = quiet ? Report.Form.QUIET : json() ? Report.Form.JSON : Report.Form.TEXT;
    PrintWriter err = spec.commandLine().getErr();
    Report report = new Report(writesRowsToOut() ? err : spec.commandLine().getOut(), err, form);
    int status = run(report);
    if (!planned) {
      throw new IllegalStateException(spec.name() + " has worked without a plan");
    }
    report.end();
    return status;
  }

  /** Whether standard output is for the rows, and what there is to say for the error stream. */
  private boolean writesRowsToOut() {
    OptionSpec out = spec.findOption("--out");
    return out != null && out.stringValues().stream().anyMatch(OutputRows::isStandard);
  }

  /**
   * The work is planned, and nothing of it done.
   *
   * @throws dev.tweedie.InvalidInputException where an option was given that has no effect
   */
  final void planned() {
    Options.refuseUnused(spec.commandLine().getParseResult());
    planned = true;
  }

  /** Whether one JSON object is to be printed in place of lines and tables. */
  boolean json() {
    return false;
  }

  final CommandSpec spec() {
    return spec;
  }

  final ShowOptions show() {
    return show;
  }
}
