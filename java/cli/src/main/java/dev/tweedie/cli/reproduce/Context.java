package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.prior.GaussianMixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * What an experiment runs on. It asks for no more than it says it uses ({@link Experiment#uses}),
 * since what was given to it beside that is refused before it runs.
 *
 * @param full the sizes that the expected numbers were taken with, instead of quick ones
 * @param seed of all noise
 * @param given the user's mixture for experiments on a random one; null where there is none
 * @param data folder of real data; null where there is none
 * @param uses what may be asked for
 */
public record Context(
    Engine engine, boolean full, long seed, GaussianMixture given, Path data, Set<Input> uses) {
  @Override
  public long seed() {
    require(Input.SEED);
    return seed;
  }

  @Override
  public GaussianMixture given() {
    require(Input.MIXTURE);
    return given;
  }

  /** The same, for one experiment. */
  public Context of(Experiment experiment) {
    return new Context(engine, full, seed, given, data, experiment.uses());
  }

  private void require(Input input) {
    if (!uses.contains(input)) {
      throw new IllegalStateException("an experiment asks for " + input + ", which it did not say");
    }
  }

  /** A file or folder of the real data; null where it is missing. */
  public Path data(String name) {
    require(Input.DATA);
    Path path = data == null ? null : data.resolve(name);
    return path != null && Files.exists(path) ? path : null;
  }

  /** A number of samples, steps or points. */
  public int size(int quick, int full) {
    return this.full ? full : quick;
  }

  /** A tolerance: quick sizes have a wider one, since they spread more. */
  public double tolerance(double quick, double full) {
    return this.full ? full : quick;
  }
}
