package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.prior.GaussianMixture;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What an experiment runs on.
 *
 * @param full the sizes that the expected numbers were taken with, instead of quick ones
 * @param seed of all noise
 * @param given the user's mixture for experiments on a random one; null where there is none
 * @param data folder of real data; null where there is none
 */
public record Context(Engine engine, boolean full, long seed, GaussianMixture given, Path data) {
  /** A file or folder of the real data; null where it is missing. */
  public Path data(String name) {
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
