package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options of a command: annotated fields of type {@link Given}, in the command's class and in
 * those that it mixes in, whose {@link Section} is their heading in the help.
 */
final class Options {
  /** Heading of the options that have none. */
  static final String OWN = "Options";

  /** Heading of those that only change what is said. */
  static final String SHOWN = "What is shown";

  private static final String HELP = "Help";

  private static final ITypeConverter<?>[] PATH = {(ITypeConverter<Path>) Path::of};

  private Options() {}

  /** Gives picocli in place of each field of type {@link Given} an option of what it holds. */
  static CommandSpec record(CommandSpec spec) {
    for (OptionSpec option : List.copyOf(spec.options())) {
      if (option.userObject() instanceof Field field && field.getType() == Given.class) {
        spec.remove(option);
        spec.addOption(recording(option, field));
      }
    }
    return spec;
  }

  private static OptionSpec recording(OptionSpec option, Field field) {
    Class<?> type =
        (Class<?>) ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
    OptionSpec.Builder made =
        OptionSpec.builder(option.names())
            .type(type)
            .arity(type == Boolean.class ? "0" : type.isArray() ? option.arity().toString() : "1")
            .description(escaped(option.description()))
            .required(option.required())
            .hidden(option.hidden())
            .converters(type == Path.class || type == Path[].class ? PATH : option.converters())
            .defaultValue(option.defaultValue())
            .completionCandidates(option.completionCandidates());
    if (type != Boolean.class) {
      made.paramLabel(option.paramLabel());
    }
    Binding binding = new Binding(option.getValue(), section(field.getDeclaringClass()));
    return made.getter(binding).setter(binding).build();
  }

  /** What picocli gives is formatted, and it formats what it gets. */
  private static String[] escaped(String... lines) {
    return Arrays.stream(lines).map(line -> line.replace("%", "%%")).toArray(String[]::new);
  }

  private static String section(Class<?> holder) {
    Section section = holder.getAnnotation(Section.class);
    return section == null ? OWN : section.value();
  }

  /** Between picocli and a field. */
  private record Binding(Given<Object> given, String section) implements IGetter, ISetter {
    @Override
    @SuppressWarnings("unchecked")
    public <T> T get() {
      return (T) given.value();
    }

    @Override
    public <T> T set(T value) {
      T before = get();
      given.set(value);
      return before;
    }
  }

  /**
   * Refuses an option that was given and that nothing has asked for: to be called when the work is
   * planned and before any of it is done.
   *
   * @throws InvalidInputException with the option, its value, and what would use it
   */
  static void refuseUnused(ParseResult parsed) {
    for (OptionSpec option : parsed.commandSpec().options()) {
      if (option.setter() instanceof Binding binding) {
        Given<?> given = binding.given();
        if (parsed.hasMatchedOption(option) && !given.consulted()) {
          String value = String.join(" ", option.originalStringValues());
          throw new InvalidInputException(
              "%s: found%s, which has no effect here, allowed: %s"
                  .formatted(
                      option.longestName(),
                      option.arity().max() == 0 ? "" : " " + value,
                      given.use()));
        }
        given.plan();
      }
    }
  }

  /** The options of a command by the headings of its help; those without a heading come first. */
  static SequencedMap<String, List<OptionSpec>> sections(CommandSpec spec) {
    LinkedHashMap<String, List<OptionSpec>> sections = new LinkedHashMap<>();
    sections.put(OWN, new ArrayList<>());
    List<OptionSpec> help = new ArrayList<>();
    for (OptionSpec option : spec.options()) {
      if (option.hidden()) {
        continue;
      }
      if (option.setter() instanceof Binding binding) {
        sections.computeIfAbsent(binding.section(), _ -> new ArrayList<>()).add(option);
      } else {
        help.add(option);
      }
    }
    if (sections.containsKey(SHOWN)) {
      sections.putLast(SHOWN, sections.get(SHOWN));
    }
    sections.putLast(HELP, help);
    sections.values().removeIf(List::isEmpty);
    return sections;
  }
}
