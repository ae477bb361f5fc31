package dev.tweedie.cli;

import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A bar for work beyond a second, on a terminal, wiped when the work is done; nothing in a pipe. It
 * is drawn from the first {@link #step} after that second on.
 */
final class ProgressDisplay implements AutoCloseable {
  private static final long PATIENCE_NANOS = 1_000_000_000;
  // Asking the terminal for its width would load native code for one number.
  private static final int WIDTH = 79;

  private final boolean shown;
  private final String task;
  private final long total;
  private final long start = System.nanoTime();
  private long done;
  private ProgressBar bar;

  /**
   * @param task one word for what is done
   * @param total how many steps the work has
   */
  ProgressDisplay(ShowOptions options, String task, long total) {
    this.shown = options.progress() && isTerminal();
    this.task = task;
    this.total = total;
  }

  /** {@code steps} more are done. */
  void step(long steps) {
    done += steps;
    if (!shown) {
      return;
    }
    if (bar == null && System.nanoTime() - start > PATIENCE_NANOS) {
      bar = draw();
    }
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  private ProgressBar draw() {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(total)
        .startsFrom(done, Duration.ofNanos(System.nanoTime() - start))
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        .setConsumer(new Line(System.out))
        .build();
  }

  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  /** One line of the terminal that is left empty at the end. */
  private static final class Line extends ConsoleProgressBarConsumer {
    private final PrintStream out;

    Line(PrintStream out) {
      super(out, WIDTH);
      this.out = out;
    }

    @Override
    public void close() {
      out.print("\r" + " ".repeat(WIDTH) + "\r");
      out.flush();
    }
  }
}
