package dev.tweedie.names;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Named;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/**
 * One map of names, which lookup, help and errors are made of: ours in their order, then those that
 * {@link ServiceLoader} finds through this class's loader (which has the engine's own, whatever
 * loader a thread was given) and the thread's, looked for at each call.
 *
 * @param kind what they are, as errors begin: {@code sampler}
 * @param service what jars provide; this module's descriptor says that it uses it
 */
public record Names<P extends Named>(String kind, Class<P> service, List<P> ours) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

  /** Every name as help shows it. */
  public List<String> forms() {
    return byName().values().stream().map(Named::form).toList();
  }

  /** Every name. */
  public List<String> names() {
    return List.copyOf(byName().keySet());
  }

  /**
   * What {@code spec}, a name and arguments after colons, stands for.
   *
   * @param make of the one that has the name, and the arguments
   * @throws InvalidInputException for an unknown name; what {@code make} refuses names the spec
   */
  public <T> T find(String spec, BiFunction<P, List<String>, T> make) {
    List<String> words = Arrays.asList(spec.split(":", -1));
    P found = byName().get(words.getFirst());
    if (found == null) {
      throw new InvalidInputException(
          kind + ": found " + spec + ", allowed: " + String.join(", ", forms()));
    }
    T made;
    try {
      made = make.apply(found, words.subList(1, words.size()));
    } catch (InvalidInputException e) {
      throw new InvalidInputException(kind + " " + spec + ": " + e.getMessage(), e);
    }
    if (made == null) {
      throw new InvalidInputException(
          kind + " " + spec + ": found null from " + maker(found) + ", allowed: a " + kind);
    }
    return made;
  }

  private Map<String, P> byName() {
    Map<String, P> all = new LinkedHashMap<>();
    ours.forEach(each -> all.put(each.name(), each));
    try {
      ClassLoader own = Names.class.getClassLoader();
      ClassLoader threads = Thread.currentThread().getContextClassLoader();
      Set<Class<?>> seen = new HashSet<>();
      for (ClassLoader loader : own == threads ? List.of(own) : Arrays.asList(own, threads)) {
        for (P each : ServiceLoader.load(service, loader)) {
          if (seen.add(each.getClass())) {
            add(each, all);
          }
        }
      }
    } catch (ServiceConfigurationError e) {
      throw new InvalidInputException(
          kind + "s on the path: found one that cannot be used: " + e.getMessage(), e);
    }
    return all;
  }

  private void add(P each, Map<String, P> all) {
    String name = each.name();
    if (name == null || !NAME.matcher(name).matches()) {
      throw new InvalidInputException(
          "%ss on the path: found the name '%s' of %s, allowed: lower-case letters, digits, hyphens"
              .formatted(kind, name, maker(each)));
    }
    P other = all.putIfAbsent(name, each);
    if (other != null) {
      throw new InvalidInputException(
          "%ss on the path: found %s of %s and of %s, allowed: each name once"
              .formatted(kind, name, maker(other), maker(each)));
    }
  }

  private static String maker(Named each) {
    return each.getClass().getName();
  }
}
