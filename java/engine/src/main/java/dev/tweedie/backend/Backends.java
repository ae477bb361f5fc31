package dev.tweedie.backend;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Numerics;
import dev.tweedie.backend.cpu.CpuBackend;
import dev.tweedie.backend.cuda.CudaTiers;
import dev.tweedie.backend.java.JavaBackend;
import dev.tweedie.backend.reference.ReferenceBackend;
import dev.tweedie.threads.Workers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The backends of this program, in order of preference, then those that a {@link BackendProvider}
 * adds. Choice happens once, when one opens.
 */
public final class Backends {
  private Backends() {}

  /** Every tier that is known, best first; each says whether it can run here. */
  public static List<Tier> tiers() {
    return tiers(Numerics.EXACT);
  }

  /** The tiers that can compute in this mode; {@link Numerics#EXACT} is all of ours. */
  public static List<Tier> tiers(Numerics numerics) {
    List<Tier> ours = ours(numerics);
    List<Tier> tiers = new ArrayList<>(ours);
    tiers.addAll(provided(numerics));
    return tiers;
  }

  private static List<Tier> provided(Numerics numerics) {
    return ProvidedTiers.find(numerics, ours(Numerics.EXACT));
  }

  private static List<Tier> ours(Numerics numerics) {
    List<Tier> tiers = new ArrayList<>();
    tiers.addAll(CudaTiers.tiers(numerics));
    tiers.addAll(CpuBackend.tiers(numerics));
    if (numerics == Numerics.EXACT) {
      tiers.addAll(JavaBackend.tiers());
      tiers.add(new Tier("reference", Optional::empty, ReferenceBackend::new));
    }
    return tiers;
  }

  /** As {@link #open(String, int, Numerics)}, exact. */
  public static Backend open(String name, int threads) {
    return open(name, threads, Numerics.EXACT);
  }

  /**
   * Opens a backend. After that there is no fallback: what fails later is an exception.
   *
   * @param name {@code auto}, the best that can run here; a backend ({@code cpu}), its best tier;
   *     or a tier ({@code cpu:avx2}); with {@link Numerics#FAST} also the names of {@link
   *     NumericsInName}
   * @param threads at least 1
   * @throws InvalidInputException for an unknown name, with the valid ones, and for one that is
   *     absent here, with the reason
   */
  public static Backend open(String name, int threads, Numerics numerics) {
    Workers workers = Workers.of(threads);
    try {
      return open(name, workers, numerics);
    } catch (RuntimeException | Error e) {
      workers.close();
      throw e;
    }
  }

  /** As {@link #open(String, int, Numerics)}, on threads that the caller closes after it. */
  public static Backend open(String name, Workers workers, Numerics numerics) {
    return choose(NumericsInName.of(name, numerics)).opener().apply(workers);
  }

  /**
   * Why nothing of this name can run here; empty where something can.
   *
   * @param name of a backend or a tier; {@code auto} is refused, as it always can
   * @throws InvalidInputException for an unknown name, with the valid ones
   */
  public static Optional<String> whyAbsent(String name, Numerics numerics) {
    NumericsInName asked = NumericsInName.of(name, numerics);
    List<Tier> tiers = candidates(asked);
    List<Tier> meant = tiers.stream().filter(tier -> matches(tier, asked.name())).toList();
    if (name.equals("auto") || meant.isEmpty()) {
      List<String> allowed = names(tiers);
      allowed.remove("auto");
      throw new InvalidInputException(
          "backend: found '" + name + "', allowed: " + String.join(", ", allowed));
    }
    return meant.stream().anyMatch(tier -> tier.reason().isEmpty())
        ? Optional.empty()
        : meant.getFirst().reason();
  }

  /** Tiers that {@code name} stands for and prefers to what it opens, each with its reason. */
  public static Map<String, String> passedOver(String name, Numerics numerics) {
    Map<String, String> reasons = new LinkedHashMap<>();
    NumericsInName asked = NumericsInName.of(name, numerics);
    for (Tier tier : candidates(asked)) {
      if (matches(tier, asked.name())) {
        Optional<String> reason = tier.reason();
        if (reason.isEmpty()) {
          break;
        }
        reasons.put(tier.name(), reason.get());
      }
    }
    return reasons;
  }

  /** Ours; and where none of them has that name, what is provided. */
  private static List<Tier> candidates(NumericsInName asked) {
    List<Tier> tiers = new ArrayList<>(ours(asked.numerics()));
    if (tiers.stream().noneMatch(tier -> matches(tier, asked.name()))) {
      tiers.addAll(provided(asked.numerics())); // looked for where it matters: each jar can fail
    }
    return tiers;
  }

  private static Tier choose(NumericsInName asked) {
    List<Tier> tiers = candidates(asked);
    String name = asked.name();
    Numerics numerics = asked.numerics();
    Optional<String> reason = Optional.empty();
    for (Tier tier : tiers) {
      if (matches(tier, name)) {
        Optional<String> absence = tier.reason();
        if (absence.isEmpty()) {
          return tier;
        }
        reason = reason.or(() -> absence);
      }
    }
    String mode = numerics == Numerics.EXACT ? "" : " in " + numerics + " mode";
    if (reason.isEmpty()) {
      throw new InvalidInputException(
          "backend: found '" + name + "', allowed" + mode + ": " + String.join(", ", names(tiers)));
    }
    throw new InvalidInputException("backend: " + name + mode + " is absent here: " + reason.get());
  }

  private static boolean matches(Tier tier, String name) {
    return tier.name().equals(name) || name.equals("auto") || tier.name().startsWith(name + ":");
  }

  private static List<String> names(List<Tier> tiers) {
    List<String> names = new ArrayList<>(List.of("auto"));
    for (Tier tier : tiers) {
      if (!names.contains(tier.backend())) {
        names.add(tier.backend());
      }
      if (!names.contains(tier.name())) {
        names.add(tier.name());
      }
    }
    return names;
  }
}
