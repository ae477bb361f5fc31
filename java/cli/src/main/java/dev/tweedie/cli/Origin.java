package dev.tweedie.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Where an output comes from: what is stored beside its numbers, so that it can be made again. */
final class Origin {
  private Origin() {}

  /** Version, command and seed as JSON of ASCII letters, which every file's texts can hold. */
  static String of(CommandLine command) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("version", String.valueOf(Version.number()));
    facts.put("command", words(command));
    OptionSpec seed = command.getCommandSpec().findOption("--seed");
    if (seed != null) {
      facts.put("seed", seed.getValue());
    }
    StringBuilder ascii = new StringBuilder();
    for (char letter : Json.of(facts).toCharArray()) {
      ascii.append(letter < 0x7f ? letter : String.format("\\u%04x", (int) letter));
    }
    return ascii.toString();
  }

  private static List<String> words(CommandLine command) {
    CommandLine top = command;
    while (top.getParent() != null) {
      top = top.getParent();
    }
    return top.getParseResult().originalArgs();
  }
}
