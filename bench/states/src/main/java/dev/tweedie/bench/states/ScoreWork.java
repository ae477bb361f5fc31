package dev.tweedie.bench.states;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Outputs;
import dev.tweedie.Precision;
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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A posterior mean of a given size, written {@code
 * kind:ROWSxDIMxCOMPONENTS[@ALPHA/SIGMA|@snrs][@dense]}; dense: {@link Pruning#OFF}. Ours and the
 * peers' benchmarks take their numbers from here, so that they compute the same.
 *
 * @param kind points; pixels: of bytes over 255, most of them 0; clustered: in an order for balls;
 *     mnist, isotropic, diagonal, lowrank, full, or random: the full covariances of {@link
 *     Builtin#randomMixture}
 * @param levels one; or those of 11 SNRs, -20 to 30 dB, at unit power
 * @param pruning of the engine
 */
public record ScoreWork(
    String kind, int rows, int dim, int components, List<Level> levels, Pruning pruning) {
  private static final String DENSE = "@dense";

  private static final Level DEFAULT = Level.of(0.8, 0.6);

  private static final List<String> KINDS =
      List.of(
          "points",
          "pixels",
          "clustered",
          "mnist",
          "isotropic",
          "diagonal",
          "lowrank",
          "full",
          "random");

  private static final Pattern TEXT =
      Pattern.compile("([a-z]+):(\\d{1,9})x(\\d{1,9})x(\\d{1,9})(?:@(.+))?");

  /** Of low-rank covariances. */
  public static final int RANK = 8;

  /**
   * @throws InvalidInputException where there is no such kind, a size is below 1, or there are not
   *     so many images
   */
  public ScoreWork {
    if (!KINDS.contains(kind)) {
      throw new InvalidInputException(
          "work: found %s, allowed: %s".formatted(kind, String.join(", ", KINDS)));
    }
    if (Math.min(rows, Math.min(dim, components)) < 1) {
      throw new InvalidInputException(
          "work: found %dx%dx%d, allowed: sizes from 1 on".formatted(rows, dim, components));
    }
    if (kind.equals("mnist")) {
      Mnist.check(rows, components);
    }
    levels = List.copyOf(levels);
  }

  /** The same work with {@link Pruning#OFF}. */
  public static String dense(String text) {
    return text + DENSE;
  }

  /**
   * @throws InvalidInputException where the text is not of the form above
   */
  public static ScoreWork parse(String text) {
    if (text.endsWith(DENSE)) {
      ScoreWork same = parse(text.substring(0, text.length() - DENSE.length()));
      return new ScoreWork(
          same.kind, same.rows, same.dim, same.components, same.levels, Pruning.OFF);
    }
    Matcher fields = TEXT.matcher(text);
    if (!fields.matches()) {
      throw new InvalidInputException(
          "work: found %s, allowed: kind:ROWSxDIMxCOMPONENTS[@ALPHA/SIGMA|@snrs][@dense]"
              .formatted(text));
    }
    return new ScoreWork(
        fields.group(1),
        Integer.parseInt(fields.group(2)),
        Integer.parseInt(fields.group(3)),
        Integer.parseInt(fields.group(4)),
        fields.group(5) == null ? List.of(DEFAULT) : levels(fields.group(5)),
        Pruning.AUTO);
  }

  private static List<Level> levels(String text) {
    if (!text.equals("snrs")) {
      try {
        String[] pair = text.split("/", 2);
        return List.of(Level.of(Double.parseDouble(pair[0]), Double.parseDouble(pair[1])));
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new InvalidInputException(
            "work: found level %s, allowed: ALPHA/SIGMA, snrs".formatted(text));
      }
    }
    List<Level> levels = new ArrayList<>();
    for (int decibels = -20; decibels <= 30; decibels += 5) {
      double snr = Math.pow(10, decibels / 10.0);
      levels.add(Level.of(Math.sqrt(snr / (1 + snr)), Math.sqrt(1 / (1 + snr))));
    }
    return levels;
  }

  private boolean isDataSet() {
    return kind.equals("points") || kind.equals("pixels") || kind.equals("clustered");
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
    if (kind.equals("clustered")) {
      return clusters().clustered();
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
          default -> throw new AssertionError(kind);
        };
    return new GaussianMixture(weights, means, dim, covariance);
  }

  /**
   * About sqrt(N) clusters with centres of unit variance, a tenth as wide in every coordinate, in
   * turn.
   */
  private DataSet clusters() {
    SplittableRandom random = new SplittableRandom(1);
    int clusters = (int) Math.sqrt(components);
    float[] centres = new float[clusters * dim];
    for (int i = 0; i < centres.length; i++) {
      centres[i] = (float) random.nextGaussian();
    }
    float[] point = new float[dim];
    MemorySegment points = Arena.ofAuto().allocate((long) components * dim * Float.BYTES, 64);
    for (int k = 0; k < components; k++) {
      for (int j = 0; j < dim; j++) {
        point[j] = centres[k % clusters * dim + j] + (float) (0.1 * random.nextGaussian());
      }
      long at = (long) k * dim * Float.BYTES;
      MemorySegment.copy(point, 0, points, ValueLayout.JAVA_FLOAT, at, dim);
    }
    return new DataSet(points, Precision.FLOAT32, components, dim);
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
        prior.copyMean((int) ((long) i * components / rows), point);
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
   * {@link #inputs} as arrays, and {@code reference}'s posterior of their first rows.
   *
   * @param inputs one a level, rows x dim
   * @param means one a level, few rows x dim
   * @param responsibilities one a level, few rows x components
   */
  public record Known(
      Prior prior, List<float[]> inputs, List<double[]> means, List<double[]> responsibilities) {}

  /** For peers: what they are given, and what they must find. */
  public Known known() {
    int few = few();
    Prior prior = prior();
    List<float[]> inputs = new ArrayList<>();
    List<double[]> means = new ArrayList<>();
    List<double[]> responsibilities = new ArrayList<>();
    try (Engine engine = Engine.open("auto");
        Engine reference = Engine.open("reference")) {
      inputs(engine, prior).forEach(x -> inputs.add(x.toFloats()));
      var posterior = ExactPosterior.of(reference, prior);
      for (int i = 0; i < levels.size(); i++) {
        Samples x = reference.samples(Arrays.copyOf(inputs.get(i), few * dim), few);
        Samples mean = reference.samples(few, dim);
        Samples weights = reference.samples(few, components);
        posterior.evaluate(x, levels.get(i), Outputs.of().mean(mean).responsibilities(weights));
        means.add(mean.toDoubles());
        responsibilities.add(weights.toDoubles());
      }
    }
    return new Known(prior, inputs, means, responsibilities);
  }

  /** Rows that a check computes: a tile and a part of one, or some where a row takes seconds. */
  public int few() {
    return Math.min(rows, (long) components * dim * levels.size() > 10_000_000 ? 5 : 33);
  }
}
