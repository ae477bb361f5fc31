package dev.tweedie.cli;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * What a command says when it is done: one fact a line, name first, so that scripts can read it.
 */
final class Report {
  private final PrintWriter out;

  Report(PrintWriter out) {
    this.out = out;
  }

  void line(String name, String format, Object... values) {
    out.println("%-10s%s".formatted(name, String.format(Locale.ROOT, format, values)));
  }

  /** Seconds since {@code startNanos}, of {@link System#nanoTime}. */
  void time(long startNanos) {
    line("time", "%.3f s", (System.nanoTime() - startNanos) * 1e-9);
  }
}
