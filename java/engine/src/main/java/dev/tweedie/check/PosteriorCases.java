package dev.tweedie.check;

import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.prior.Prior;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Cases and rows that evaluate and draw share. */
final class PosteriorCases {
  private PosteriorCases() {}

  static List<CheckCase> of(Op op) {
    List<CheckCase> cases = new ArrayList<>();
    for (String kind : CheckPriors.KINDS) {
      // rows around a tile of 8, 16 and 32 lanes, dimensions around vectors, components around a
      // block
      int[][] shapes = {
        {1, 1, 1},
        {7, 2, 3},
        {15, 3, 5},
        {16, 16, 2},
        {17, 17, 7},
        {31, 5, 83},
        {32, 2, 84},
        {33, 4, 85},
        {65, 33, 4},
        {103, 3, 169},
        {0, 4, 3}
      };
      for (int[] shape : shapes) {
        CheckCase at = CheckCase.of(op, kind, shape[0], shape[1]).components(shape[2]);
        cases.add(at.level(0.8, 0.6));
      }
      CheckCase base = CheckCase.of(op, kind, 19, 23).components(6);
      cases.add(base.level(1, 0.01)); // products of norms lose the digits of a distance
      cases.add(base.level(1, 1e-3));
      cases.add(base.level(0.05, 1)); // all weights alike
      cases.add(base.level(1, 50)); // far beyond the data
      cases.add(base.level(0.8, 0.6).input("ties"));
      cases.add(base.level(0.8, 0.6).input("weightless")); // log 0 among the logits
      cases.add(base.level(0.8, 0.6).input("singular")); // nothing may divide by a covariance
      cases.add(base.level(1, 0.5).input("far")); // weights that underflow beside one that is 1
      cases.add(base.level(1, 0.5).input("huge")); // logits that overflow
    }
    // shards: their states merge in order
    cases.add(CheckCase.of(op, "points", 5, 2).components(8064 * 2 + 85).level(1, 0.7));
    cases.add(CheckCase.of(op, "isotropic", 17, 2).components(8065).level(0.9, 0.3));
    cases.add(CheckCase.of(op, "diagonal", 5, 2).components(8100).level(0.9, 0.3));
    // real widths
    cases.add(CheckCase.of(op, "points", 33, 784).components(150).level(1, 1));
    cases.add(CheckCase.of(op, "points", 33, 784).components(150).level(1, 0.01));
    cases.add(CheckCase.of(op, CheckPriors.PIXELS, 17, 784).components(600).level(1, 1));
    // more components than a block of fast mode, weights that fade and components that weigh
    // nothing
    cases.add(CheckCase.of(op, "points", 37, 144).components(1100).level(1, 3));
    cases.add(CheckCase.of(op, "isotropic", 37, 33).components(1100).level(0.8, 1));
    cases.add(CheckCase.of(op, "full", 33, 64).components(16).level(0.8, 0.6));
    // enough points and rows for a filter that is chosen automatically, in two shards
    cases.add(CheckCase.of(op, "points", 70, 48).components(8064 + 85).level(1, 0.2));
    cases.add(CheckCase.of(op, "shared", 34, 33).components(8064 + 85).level(1, 0.1));
    // bytes: rows of 16 bits and of 24, one pixel and one point over, many points that weigh
    // nothing; a rest of 16 pixels after vectors of 64, as 784 leaves
    CheckCase images = CheckCase.of(op, CheckPriors.PIXELS, 37, 144).components(600);
    cases.add(images.level(1, 20));
    cases.add(images.level(1, 1));
    cases.add(images.level(1, 0.3));
    cases.add(images.level(1, 0.01));
    cases.add(
        CheckCase.of(op, CheckPriors.PIXELS, 17, 33)
            .components(CheckPriors.PIXEL_BLOCK + 1)
            .level(0.8, 0.6));
    return cases;
  }

  /**
   * Rows {@code alpha m + sigma z} near means of the prior; far: thousands of sigmas away from all.
   */
  static Samples rows(CheckCase check, Prior prior, Backend backend) {
    Samples x = backend.allocate(check.rows(), check.dim());
    SplittableRandom random = new SplittableRandom(21);
    float[] values = new float[check.rows() * check.dim()];
    for (int i = 0; i < check.rows(); i++) {
      int k = random.nextInt(prior.components());
      for (int j = 0; j < check.dim(); j++) {
        double value = check.alpha() * prior.mean(k, j) + check.sigma() * random.nextGaussian();
        values[i * check.dim() + j] = (float) (value * stretch(check.input(), i));
      }
    }
    x.write(values);
    return x;
  }

  private static double stretch(String input, int row) {
    return switch (input) {
      case "far" -> 3000;
      case "huge" -> row % 3 == 0 ? 1e25 : 1;
      default -> 1;
    };
  }
}
