package dev.tweedie.backend;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Tiers of jars on the path, none of which can pass for one of ours or for another's. */
final class ProvidedTiers {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*(:[a-z0-9_-]+)*");

  private ProvidedTiers() {}

  /**
   * The tiers of every provider that {@link ServiceLoader} finds through the thread's class loader.
   *
   * @param ours whose backends' names are taken
   */
  static List<Tier> find(Numerics numerics, List<Tier> ours) {
    Map<String, String> makers = new LinkedHashMap<>();
    List<Tier> tiers = new ArrayList<>();
    var taken = ours.stream().map(Tier::backend).collect(Collectors.toSet());
    taken.add("auto");
    try {
      for (BackendProvider provider : ServiceLoader.load(BackendProvider.class)) {
        String maker = provider.getClass().getName();
        for (Tier tier : provider.tiers(numerics)) {
          if (!NAME.matcher(tier.name()).matches() || taken.contains(tier.backend())) {
            throw new InvalidInputException(
                "backends on the path: found the name '%s' of %s, allowed: words of lower-case letters,"
                        .formatted(tier.name(), maker)
                    + " digits and hyphens, joined by colons, the first none of "
                    + String.join(", ", taken.stream().sorted().toList()));
          }
          String other = makers.putIfAbsent(tier.name(), maker);
          if (other != null) {
            throw new InvalidInputException(
                "backends on the path: found %s of %s and of %s, allowed: each name once"
                    .formatted(tier.name(), other, maker));
          }
          tiers.add(tier);
        }
      }
    } catch (ServiceConfigurationError e) {
      throw new InvalidInputException(
          "backends on the path: found one that cannot be used: " + e.getMessage(), e);
    }
    return tiers;
  }
}
