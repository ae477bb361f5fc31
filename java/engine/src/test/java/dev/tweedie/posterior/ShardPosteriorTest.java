package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Matrix;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.PartialState;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shards that know of one another only what a summary says give the bits of the whole. */
class ShardPosteriorTest {
  private static final int DIM = 5;
  private static final int SIZE = 2 * Kind.SHARD + 1234;
  private static final int ROWS = 70;

  /** Far from the origin, so that logits lose digits and are refined. */
  private static float[] points() {
    Random random = new Random(1);
    float[] points = new float[SIZE * DIM];
    for (int i = 0; i < points.length; i++) {
      points[i] = (float) (30 + 4 * random.nextGaussian());
    }
    return points;
  }

  private static List<DataSet> shards(float[] points) {
    List<DataSet> shards = new ArrayList<>();
    for (int first = 0; first < SIZE; first += Kind.SHARD) {
      int last = Math.min(SIZE, first + Kind.SHARD);
      shards.add(DataSet.of(Arrays.copyOfRange(points, first * DIM, last * DIM), DIM));
    }
    return shards;
  }

  private static DataSetSummary summary(List<DataSet> shards) {
    double[] mean = new double[DIM];
    for (DataSet shard : shards) {
      double[] sum = DataSetSummary.sum(shard);
      for (int j = 0; j < DIM; j++) {
        mean[j] += sum[j];
      }
    }
    for (int j = 0; j < DIM; j++) {
      mean[j] /= SIZE;
    }
    DataSetSummary.Squares squares = null;
    for (DataSet shard : shards) {
      DataSetSummary.Squares own = DataSetSummary.squares(shard, mean);
      squares = squares == null ? own : squares.with(own);
    }
    return new DataSetSummary(SIZE, mean, squares);
  }

  private static float[] rows(float[] points, double sigma) {
    Random random = new Random(2);
    float[] rows = new float[ROWS * DIM];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) (points[i * 7] + sigma * random.nextGaussian());
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "java:vector", "java:scalar"})
  void mergedInOrderTheyAreTheWhole(String backend) {
    float[] points = points();
    List<DataSet> shards = shards(points);
    DataSetSummary summary = summary(shards);
    try (Engine engine = Engine.open(backend, 2)) {
      DataSet all = DataSet.of(points, DIM);
      assertArrayEquals(all.mean(), summary.mean());
      ExactPosterior whole = ExactPosterior.of(engine, all);
      for (Level level : List.of(Level.ofSigma(0.05), Level.of(0.8, 0.6), Level.ofSigma(20))) {
        Samples x = engine.samples(rows(points, level.sigma()), ROWS);
        Outputs expected = whole.evaluate(x, level, Output.EVIDENCE, Output.MEAN, Output.SCORE);
        PartialState merged = PartialState.empty(ROWS, DIM + 1);
        PartialState sparing = PartialState.empty(ROWS, DIM + 1);
        int dropped = 0;
        Outputs found =
            Outputs.of()
                .evidence(engine.samples(ROWS, 1))
                .mean(engine.samples(ROWS, DIM))
                .score(engine.samples(ROWS, DIM));
        for (DataSet shard : shards) {
          try (ShardPosterior part = ShardPosterior.of(engine, shard.shardOf(summary))) {
            PartialState state = part.accumulate(x, level, true);
            for (int i = 0; i < ROWS; i++) {
              PartialState before = sparing.row(i);
              if (ShardPosterior.adds(state.top()[i], before.top()[0])) {
                ShardPosterior.merge(before, state.row(i));
                sparing.set(i, before);
              } else {
                dropped++;
              }
            }
            ShardPosterior.merge(merged, state);
            part.finish(merged, x, level, found); // the last time is the one that counts
          }
        }
        for (Output output : List.of(Output.EVIDENCE, Output.MEAN, Output.SCORE)) {
          assertArrayEquals(
              expected.get(output).orElseThrow().toFloats(),
              found.get(output).orElseThrow().toFloats(),
              backend + " " + level + " " + output);
        }
        assertArrayEquals(merged.acc(), sparing.acc());
        assertArrayEquals(merged.sum(), sparing.sum());
        assertEquals(level.sigma() < 1, dropped > 0, "states that were dropped at " + level);
      }
    }
  }

  /** Every tier that has shards. */
  static Stream<String> hosts() {
    return Matrix.tiers().filter(name -> name.startsWith("cpu") || name.startsWith("java"));
  }

  @ParameterizedTest
  @MethodSource("hosts")
  void aSecondPassWithTheMergedStatesIsTheWholes(String tier) {
    float[] points = points();
    List<DataSet> shards = shards(points);
    DataSetSummary summary = summary(shards);
    try (Engine engine = Matrix.open(tier, 2)) {
      ExactPosterior whole = ExactPosterior.of(engine, DataSet.of(points, DIM));
      for (Level level : List.of(Level.ofSigma(0.05), Level.of(0.8, 0.6), Level.ofSigma(20))) {
        Samples x = engine.samples(rows(points, level.sigma()), ROWS);
        Outputs expected =
            whole.evaluate(x, level, Output.TRACE, Output.DIAGONAL, Output.RESPONSIBILITIES);
        float[] weights = expected.get(Output.RESPONSIBILITIES).orElseThrow().toFloats();
        PartialState merged = PartialState.empty(ROWS, DIM + 1);
        for (DataSet shard : shards) {
          try (ShardPosterior part = ShardPosterior.of(engine, shard.shardOf(summary))) {
            ShardPosterior.merge(merged, part.accumulate(x, level, true));
          }
        }
        float[][] diagonals = new float[ROWS][DIM];
        int without = 0;
        for (int s = 0; s < shards.size(); s++) {
          try (ShardPosterior part = ShardPosterior.of(engine, shards.get(s).shardOf(summary))) {
            float[] spread = part.spread(merged, x, level);
            for (int i = 0; i < ROWS; i++) {
              float[] own = Arrays.copyOfRange(spread, i * DIM, (i + 1) * DIM);
              ShardPosterior.addSpread(own, merged.sum()[i], diagonals[i]);
              without += Arrays.equals(own, new float[DIM]) ? 1 : 0;
            }
            int size = shards.get(s).components();
            Samples own = engine.samples(ROWS, size);
            part.finish(merged, x, level, Outputs.of().responsibilities(own));
            float[] found = own.toFloats();
            for (int i = 0; i < ROWS; i++) {
              int at = i * SIZE + s * Kind.SHARD;
              assertArrayEquals(
                  Arrays.copyOfRange(weights, at, at + size),
                  Arrays.copyOfRange(found, i * size, (i + 1) * size),
                  tier + " " + level + " weights of shard " + s + ", row " + i);
            }
          }
        }
        for (int i = 0; i < ROWS; i++) {
          String at = tier + " " + level + " row " + i;
          assertArrayEquals(
              Arrays.copyOfRange(
                  expected.get(Output.DIAGONAL).orElseThrow().toFloats(), i * DIM, (i + 1) * DIM),
              diagonals[i],
              at);
          assertEquals(
              expected.get(Output.TRACE).orElseThrow().toFloats()[i],
              ShardPosterior.trace(diagonals[i]),
              at);
        }
        assertEquals(level.sigma() < 1, without > 0, "parts without weight at " + level);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("hosts")
  void aDrawOfShardsIsTheWholes(String tier) {
    float[] points = points();
    List<DataSet> shards = shards(points);
    DataSetSummary summary = summary(shards);
    NoiseAddress at = NoiseAddress.of(7, Streams.STEP, 3).skipRows(1000);
    try (Engine engine = Matrix.open(tier, 2)) {
      ExactPosterior whole = ExactPosterior.of(engine, DataSet.of(points, DIM));
      for (Level level : List.of(Level.ofSigma(0.5), Level.of(0.8, 0.6), Level.ofSigma(20))) {
        Samples x = engine.samples(rows(points, level.sigma()), ROWS);
        PartialState merged = PartialState.undrawn(ROWS);
        for (int s = 0; s < shards.size(); s++) {
          try (ShardPosterior part = ShardPosterior.of(engine, shards.get(s).shardOf(summary))) {
            ShardPosterior.merge(merged, part.choose(x, level, s, at), s, at);
          }
        }
        long[] distinct =
            Arrays.stream(merged.chosen()).map(k -> k / Kind.SHARD).distinct().toArray();
        assertEquals(shards.size(), distinct.length, "shards that were chosen from");
        float[] chosen = new float[ROWS * DIM];
        long[] order = new long[ROWS];
        for (int i = 0; i < ROWS; i++) {
          System.arraycopy(points, (int) merged.chosen()[i] * DIM, chosen, i * DIM, DIM);
          order[i] = i;
        }
        DataSet few = DataSet.of(chosen, DIM).shardOf(summary);
        try (ShardPosterior last = ShardPosterior.of(engine, few)) {
          for (Level to : List.of(Level.CLEAN, Level.ofSigma(0.1))) {
            if (level.snr() >= to.snr()) {
              continue;
            }
            Samples expected = engine.samples(ROWS, DIM);
            Samples found = engine.samples(ROWS, DIM);
            whole.draw(x, level, to, at, expected);
            last.draw(x, level, to, order, at, found);
            assertArrayEquals(expected.toFloats(), found.toFloats(), tier + " " + level + " " + to);
          }
        }
      }
    }
  }

  @Test
  void statesWithoutSumsHaveTheEvidence() {
    float[] points = points();
    List<DataSet> shards = shards(points);
    DataSetSummary summary = summary(shards);
    Level level = Level.ofSigma(2);
    try (Engine engine = Engine.open("cpu", 1)) {
      Samples x = engine.samples(rows(points, 2), ROWS);
      Samples evidence = engine.samples(ROWS, 1);
      PartialState merged = PartialState.empty(ROWS, 0);
      for (DataSet shard : shards) {
        try (ShardPosterior part = ShardPosterior.of(engine, shard.shardOf(summary))) {
          ShardPosterior.merge(merged, part.accumulate(x, level, false));
          part.finish(merged, x, level, Outputs.of().evidence(evidence));
        }
      }
      assertArrayEquals(
          ExactPosterior.of(engine, DataSet.of(points, DIM)).logEvidence(x, level).toFloats(),
          evidence.toFloats());
    }
  }

  @Test
  void whatIsNoShardIsRefused() {
    DataSet some = DataSet.of(new float[] {1, 2, 3, 4}, 2);
    double[] mean = {2, 3};
    DataSetSummary summary = new DataSetSummary(2, mean, DataSetSummary.squares(some, mean));
    assertThrows(
        InvalidInputException.class, () -> some.withWeights(new double[] {1, 2}).shardOf(summary));
    assertThrows(InvalidInputException.class, () -> new DataSetSummary(0, mean, null));
    try (Engine engine = Engine.open("cpu", 1);
        Engine oracle = Engine.open("reference", 1)) {
      Samples x = engine.samples(new float[] {1, 2}, 1);
      Level level = Level.ofSigma(1);
      ShardPosterior whole = ShardPosterior.of(engine, some);
      assertThrows(InvalidInputException.class, () -> whole.accumulate(x, level, true));
      ShardPosterior part = ShardPosterior.of(engine, some.shardOf(summary));
      PartialState state = part.accumulate(x, level, false);
      Outputs mean2 = Outputs.of().mean(engine.samples(1, 2));
      assertThrows(InvalidInputException.class, () -> part.finish(state, x, level, mean2));
      Outputs trace = Outputs.of().trace(engine.samples(1, 1));
      assertThrows(InvalidInputException.class, () -> part.finish(state, x, level, trace));
      ShardPosterior absent = ShardPosterior.of(oracle, some.shardOf(summary));
      Samples y = oracle.samples(new float[] {1, 2}, 1);
      InvalidInputException e =
          assertThrows(InvalidInputException.class, () -> absent.accumulate(y, level, true));
      assertEquals("shards: found the back end reference, allowed: cpu or java", e.getMessage());
      assertThrows(InvalidInputException.class, () -> part.spread(state, x, level));
      NoiseAddress at = NoiseAddress.of(1, 1, 1);
      Samples out = engine.samples(1, 2);
      e =
          assertThrows(
              InvalidInputException.class,
              () -> part.draw(x, level, Level.CLEAN, new long[] {-1}, at, out));
      assertEquals("chosen: found [-1], allowed: 1 numbers from 0 to 1", e.getMessage());
    }
  }

  @Test
  void aStateOfNoWeightAddsNothing() {
    assertTrue(ShardPosterior.adds(-39, 0));
    assertFalse(ShardPosterior.adds(-41, 0));
    assertTrue(ShardPosterior.adds(5, 0));
  }
}
