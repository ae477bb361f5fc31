package dev.tweedie.cli.reproduce;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Handwritten digits: a mixture of principal components, d = 784. */
final class FeslMnist implements Experiment {
  private static final String FILE = "mnist/t10k-images-idx3-ubyte.gz";
  private static final int RANK = 8;

  @Override
  public String name() {
    return "fesl-mnist";
  }

  @Override
  public String item() {
    return FeslComparison.PAPER + "mixture fitted to MNIST";
  }

  @Override
  public String summary() {
    return "truncated chains of T levels beside the conditional mean, d = 784 (needs --data)";
  }

  @Override
  public Set<Input> uses() {
    return EnumSet.of(Input.SEED, Input.DATA);
  }

  @Override
  public Result run(Context context) {
    Path file = context.data(FILE);
    if (file == null) {
      return Result.skipped("--data names no folder with " + FILE);
    }
    Engine engine = context.engine();
    try (Arena arena = Arena.ofShared()) {
      Rows images = DataFiles.readRows(file, engine.backend().precision(), arena);
      if (images.count() < 2) {
        throw new InvalidInputException(file + ": found no digits, allowed: 2 or more");
      }
      Samples rows = engine.wrap(images.values(), images.count(), images.dim());
      int components = context.size(4, 128);
      FitOptions options =
          FitOptions.lowRank(components, RANK)
              .withSeed(context.seed())
              .withFloor(1e-3)
              .withIterations(context.size(3, 20));
      return FittedMixture.compare(
          context,
          "MNIST",
          rows.slice(0, Math.min(rows.rows(), context.size(1000, 10_000))),
          options,
          List.of(
              components
                  + " Gaussians of 8 principal directions each and an isotropic rest: ten thousand"
                  + " digits cannot fill full covariances in 784 dimensions."));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
