package dev.tweedie.reverse;

import dev.tweedie.InvalidInputException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** The samplers that are here, in the order of help. */
final class BuiltinSamplers {
  static final List<SamplerProvider> ALL =
      List.of(
          new Optional("ddpm", "[:beta]", BuiltinSamplers::ddpm),
          new Optional("ddim", "[:ETA]", BuiltinSamplers::ddim),
          new Plain("euler", Euler::new),
          new Plain("heun", Heun::new),
          new Plain("dpm2", Dpm2::new),
          new Plain("dpmpp-2m", DpmPlusPlus2M::new),
          new Plain("ancestral", Ancestral::new),
          new Plain("truncated", Truncated::new),
          new Plain("mixture", Mixture::new));

  private BuiltinSamplers() {}

  /** One without arguments. */
  private record Plain(String name, Supplier<Sampler> make) implements SamplerProvider {
    @Override
    public Sampler sampler(List<String> arguments) {
      if (!arguments.isEmpty()) {
        throw new InvalidInputException(
            "found '" + String.join(":", arguments) + "', allowed: " + name + " alone");
      }
      return make.get();
    }
  }

  /** One with an argument or none, which is null to {@code make}. */
  private record Optional(String name, String option, Function<String, Sampler> make)
      implements SamplerProvider {
    @Override
    public String form() {
      return name + option;
    }

    @Override
    public Sampler sampler(List<String> arguments) {
      if (arguments.size() > 1) {
        throw new InvalidInputException(
            "found '" + String.join(":", arguments) + "', allowed: " + form());
      }
      return make.apply(arguments.isEmpty() ? null : arguments.getFirst());
    }
  }

  private static Sampler ddpm(String variance) {
    if (variance == null) {
      return new Ddpm(Ddpm.Variance.POSTERIOR);
    }
    if (!variance.equals("beta")) {
      throw new InvalidInputException("found '" + variance + "', allowed: beta");
    }
    return new Ddpm(Ddpm.Variance.TRANSITION);
  }

  private static Sampler ddim(String eta) {
    try {
      return new Ddim(eta == null ? 0 : Double.parseDouble(eta));
    } catch (IllegalArgumentException e) { // no number, or one outside
      throw new InvalidInputException("eta: found '" + eta + "', allowed: 0 to 1", e);
    }
  }
}
