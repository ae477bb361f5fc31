package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Pruning;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * A posterior mean of a given size, written {@code
 * kind:ROWSxDIMxCOMPONENTS[@ALPHA/SIGMA|@snrs][@dense]}; dense: {@link Pruning#OFF}. Ours and the
 * peers' benchmarks take their numbers from here, so that they compute the same.
 *
 * @param kind points; pixels: of bytes over 255, most of them 0; mnist, isotropic, diagonal,
 *     lowrank, full, or random: the full covariances of {@link Builtin#randomMixture}
 * @param levels one; or those of 11 SNRs, -20 to 30 dB, at unit power
 * @param pruning of the engine
 */
public record ScoreWork(
    String kind, int rows, int dim, int components, List<Level> levels, Pruning pruning) {
  private static final String DENSE = "@dense";

  private static final Level DEFAULT = Level.of(0.8, 0.6);
  static final int RANK = 8;

  /** The same work with {@link Pruning#OFF}. */
  static String dense(String text) {
    return text + DENSE;
  }

  public static ScoreWork parse(String text) {
    if (text.endsWith(DENSE)) {
      ScoreWork same = parse(text.substring(0, text.length() - DENSE.length()));
      return new ScoreWork(
          same.kind, same.rows, same.dim, same.components, same.levels, Pruning.OFF);
    }
    String[] fields = text.split("[:@]|(?<=\\d)x"); // pixels has an x of its own
    return new ScoreWork(
        fields[0],
        Integer.parseInt(fields[1]),
        Integer.parseInt(fields[2]),
        Integer.parseInt(fields[3]),
        fields.length < 5 ? List.of(DEFAULT) : levels(fields[4]),
        Pruning.AUTO);
  }

  private static List<Level> levels(String text) {
    if (!text.equals("snrs")) {
      String[] pair = text.split("/");
      return List.of(Level.of(Double.parseDouble(pair[0]), Double.parseDouble(pair[1])));
    }
    List<Level> levels = new ArrayList<>();
    for (int decibels = -20; decibels <= 30; decibels += 5) {
      double snr = Math.pow(10, decibels / 10.0);
      levels.add(Level.of(Math.sqrt(snr / (1 + snr)), Math.sqrt(1 / (1 + snr))));
    }
    return levels;
  }

  private boolean isDataSet() {
    return kind.equals("points") || kind.equals("pixels");
  }

  /** Over all levels; the figures of the card of {@code evaluate}. */
  Cost cost() {
    double pairs = (double) rows * components * levels.size();
    double flops =
        switch (kind) {
          case "diagonal" -> 8.0 * dim;
          case "lowrank" -> 6.0 * dim * RANK;
          case "full", "random" -> 4.0 * dim * dim;
          default -> 4.0 * dim;
        };
    double numbers =
        switch (kind) {
          case "diagonal" -> 4.0 * dim; // of each component: mean, scale, shift, slope and pull
          case "lowrank" -> (RANK + 1.0) * dim;
          case "full", "random" -> (dim + 1.0) * dim;
          default -> dim;
        };
    double bytes = Float.BYTES * levels.size() * (components * numbers + 2.0 * rows * dim);
    return new Cost(pairs, pairs * (flops + 20), bytes);
  }

  /** The same numbers at every call. */
  public Prior prior() {
    if (kind.equals("random")) {
      return Builtin.randomMixture(components, dim, 1);
    }
    if (kind.equals("mnist")) {
      return DataSet.of(Mnist.shifted(components, dim), dim);
    }
    SplittableRandom random = new SplittableRandom(1);
    if (kind.equals("points")) {
      float[] points = new float[components * dim];
      for (int i = 0; i < points.length; i++) {
        points[i] = 2 * (random.nextInt() >>> 8) * 0x1p-24f - 1;
      }
      return DataSet.of(points, dim);
    }
    if (kind.equals("pixels")) {
      float[] points = new float[components * dim];
      for (int i = 0; i < points.length; i++) {
        points[i] = random.nextInt(5) == 0 ? random.nextInt(256) / 255f : 0;
      }
      return DataSet.of(points, dim);
    }
    double[] weights = new double[components];
    Arrays.fill(weights, 1);
    double[] means = random.doubles((long) components * dim, -1, 1).toArray();
    IntFunction<double[]> uniform = each -> random.doubles((long) components * each).toArray();
    Covariance covariance =
        switch (kind) {
          case "isotropic" -> new Covariance.Isotropic(uniform.apply(1));
          case "diagonal" -> new Covariance.Diagonal(uniform.apply(dim));
          case "lowrank" ->
              new Covariance.LowRank(uniform.apply(dim * RANK), RANK, uniform.apply(1));
          case "full" -> new Covariance.Full(tridiagonal());
          default -> throw new IllegalArgumentException(kind);
        };
    return new GaussianMixture(weights, means, dim, covariance);
  }

  private double[] tridiagonal() {
    double[] matrices = new double[components * dim * dim];
    for (int k = 0; k < components; k++) {
      for (int j = 0; j < dim; j++) {
        matrices[(k * dim + j) * dim + j] = 1;
        if (j > 0) {
          matrices[(k * dim + j) * dim + j - 1] = 0.4;
          matrices[(k * dim + j - 1) * dim + j] = 0.4;
        }
      }
    }
    return matrices;
  }

  /**
   * Noisy rows of each level, {@code alpha x_0 + sigma z}: x_0 drawn from the prior, of MNIST
   * images that the prior does not hold. The same bits on every exact backend.
   */
  public List<Samples> inputs(Engine engine, Prior prior) {
    Samples clean = engine.samples(rows, dim);
    if (kind.equals("mnist")) {
      float[] images = Mnist.rows(dim);
      int from = Math.min(components, Mnist.PRIOR) * dim;
      clean = engine.samples(Arrays.copyOfRange(images, from, from + rows * dim), rows);
    } else if (isDataSet()) { // of points all alike, so the first ones are as good as drawn
      double[] point = new double[dim];
      float[] points = new float[rows * dim];
      for (int i = 0; i < rows; i++) {
        prior.copyMean(i % components, point);
        for (int j = 0; j < dim; j++) {
          points[i * dim + j] = (float) point[j];
        }
      }
      clean.write(points);
    } else {
      new PriorSampler(ExactPosterior.of(engine, prior)).draw(NoiseAddress.of(1, 0, 0), clean);
    }
    List<Samples> inputs = new ArrayList<>();
    for (Level level : levels) {
      Samples x = engine.samples(rows, dim);
      var add = new Coefficients(level.alpha(), 0, 0, level.sigma());
      var noise = NoiseAddress.of(2, inputs.size(), 0);
      engine.backend().step(add, StepTerms.of(clean, x).noise(noise));
      inputs.add(x);
    }
    return inputs;
  }

  /**
   * {@link #inputs} as arrays, and {@code reference}'s posterior means of their first rows.
   *
   * @param inputs one a level, rows x dim
   * @param means one a level, few rows x dim
   */
  public record Known(Prior prior, List<float[]> inputs, List<double[]> means) {}

  /** For peers: what they are given, and what they must find. */
  public Known known() {
    int few = few();
    Prior prior = prior();
    List<float[]> inputs = new ArrayList<>();
    List<double[]> means = new ArrayList<>();
    try (Engine engine = Engine.open("auto");
        Engine reference = Engine.open("reference")) {
      inputs(engine, prior).forEach(x -> inputs.add(x.toFloats()));
      var posterior = ExactPosterior.of(reference, prior);
      for (int i = 0; i < levels.size(); i++) {
        Samples x = reference.samples(Arrays.copyOf(inputs.get(i), few * dim), few);
        means.add(posterior.denoise(x, levels.get(i)).toDoubles());
      }
    }
    return new Known(prior, inputs, means);
  }

  /** Rows that a check computes: a tile and a part of one, or some where a row takes seconds. */
  public int few() {
    return Math.min(rows, (long) components * dim * levels.size() > 10_000_000 ? 5 : 33);
  }
}
