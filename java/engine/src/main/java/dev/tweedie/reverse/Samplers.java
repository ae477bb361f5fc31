package dev.tweedie.reverse;

import dev.tweedie.InvalidInputException;
import dev.tweedie.names.Names;
import java.util.List;

/** The samplers by the names of the command line; a {@link SamplerProvider} adds to them. */
public final class Samplers {
  private static final Names<SamplerProvider> NAMES =
      new Names<>("sampler", SamplerProvider.class, BuiltinSamplers.ALL);

  private Samplers() {}

  /** Every name. */
  public static List<String> names() {
    return NAMES.names();
  }

  /** Every name, with the arguments it takes in brackets. */
  public static List<String> forms() {
    return NAMES.forms();
  }

  /**
   * A sampler by name. {@code ddpm:beta} takes the transition's variance instead of the
   * posterior's; {@code ddim:ETA} a noise share in 0 .. 1, by default 0.
   *
   * @throws InvalidInputException for an unknown name or argument
   */
  public static Sampler parse(String spec) {
    return NAMES.find(spec, SamplerProvider::sampler);
  }
}
