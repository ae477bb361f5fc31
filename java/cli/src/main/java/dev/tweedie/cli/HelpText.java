package dev.tweedie.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The options of a command in its help, under their headings. Lines are broken at spaces only:
 * picocli breaks them within {@code sigma=0.6} and {@code .png} too.
 */
final class HelpText {
  /** Columns of a line. */
  static final int WIDTH = 100;

  private static final int NAMES = 27;
  private static final int INDENT = 2; // of lines that go on

  private HelpText() {}

  /** For picocli's map of sections. */
  static String options(Help help) {
    CommandSpec spec = help.commandSpec();
    StringBuilder text = new StringBuilder();
    Options.sections(spec)
        .forEach(
            (heading, options) -> {
              text.append(String.format("%n%s:%n", heading));
              options.forEach(option -> append(option, text));
            });
    return text.toString();
  }

  private static void append(OptionSpec option, StringBuilder text) {
    String names = "  " + names(option);
    List<String> lines = wrap(String.join(" ", option.description()), WIDTH - NAMES - INDENT);
    boolean beside = names.length() < NAMES;
    if (!beside) {
      text.append(String.format("%s%n", names));
    }
    for (int i = 0; i < lines.size(); i++) {
      String before = i == 0 && beside ? names : "";
      String indent = " ".repeat(NAMES - before.length() + (i == 0 ? 0 : INDENT));
      text.append(String.format("%s%s%s%n", before, indent, lines.get(i)));
    }
  }

  /** Short name, long name and what it takes, long names below each other. */
  static String names(OptionSpec option) {
    String longest = option.longestName();
    String shortest = option.shortestName();
    String first = longest.equals(shortest) ? "    " : shortest + ", ";
    return first + longest + (option.arity().max() == 0 ? "" : "=" + option.paramLabel());
  }

  /** Lines of at most so many columns, but for words that are longer. */
  static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
