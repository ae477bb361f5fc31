package dev.tweedie.reverse;

import dev.tweedie.InvalidInputException;
import java.util.List;

/** The samplers by the names of the command line. */
public final class Samplers {
  private static final List<String> NAMES =
      List.of(
          "ddpm[:beta]",
          "ddim[:ETA]",
          "euler",
          "heun",
          "dpm2",
          "dpmpp-2m",
          "ancestral",
          "truncated",
          "mixture");

  private Samplers() {}

  /** Every name, with the options it takes in brackets. */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * A sampler by name. {@code ddpm:beta} takes the transition's variance instead of the
   * posterior's; {@code ddim:ETA} a noise share in 0 .. 1, by default 0.
   *
   * @throws InvalidInputException for an unknown name or option
   */
  public static Sampler of(String name) {
    return switch (name) {
      case "ddpm" -> new Ddpm(Ddpm.Variance.POSTERIOR);
      case "ddpm:beta" -> new Ddpm(Ddpm.Variance.TRANSITION);
      case "ddim" -> new Ddim(0);
      case "euler" -> new Euler();
      case "heun" -> new Heun();
      case "dpm2" -> new Dpm2();
      case "dpmpp-2m" -> new DpmPlusPlus2M();
      case "ancestral" -> new Ancestral();
      case "truncated" -> new Truncated();
      case "mixture" -> new Mixture();
      default -> {
        if (name.startsWith("ddim:")) {
          yield ddim(name);
        }
        throw new InvalidInputException(
            "sampler: found " + name + ", allowed: " + String.join(", ", NAMES));
      }
    };
  }

  private static Sampler ddim(String name) {
    String eta = name.substring("ddim:".length());
    try {
      return new Ddim(Double.parseDouble(eta));
    } catch (IllegalArgumentException e) { // no number, or one outside
      throw new InvalidInputException(
          "sampler " + name + ": eta: found '" + eta + "', allowed: 0 to 1", e);
    }
  }
}
