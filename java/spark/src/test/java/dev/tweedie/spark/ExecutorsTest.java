package dev.tweedie.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.ScheduleSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors in processes of their own, tasks that fail or die with their process. Tasks that run
 * twice are in {@link SeveralMachinesTest}.
 */
class ExecutorsTest {
  private static final int ROWS = 2000;
  private static final Level LEVEL = Level.of(0.8, 0.6);
  private static final NoiseAddress AT = NoiseAddress.of(5, 1, 2);

  @TempDir private static Path folder;

  private static SparkSession spark;
  private static SparkPosterior posterior;
  private static Dataset<Row> rows;
  private static float[] means;
  private static float[] draws;
  private static float[] samples;

  @BeforeAll
  static void start() {
    try (Engine engine = Engine.open()) {
      ExactPosterior here = ExactPosterior.of(engine, Builtin.parse("rings"));
      float[] values = Rows.normal(ROWS, 2, 2);
      means = here.denoise(engine.samples(values, ROWS), LEVEL).toFloats();
      Samples drawn = engine.samples(ROWS, 2);
      here.draw(engine.samples(values, ROWS), LEVEL, Level.CLEAN, AT, drawn);
      draws = drawn.toFloats();
      Chain chain = new Chain(here, ScheduleSpec.parse("vp-cosine:10"), 3, 500);
      chain.startMean(here.prior().mean());
      samples = chain.sample(Samplers.parse("ddpm"), 0, 500).toFloats();
      spark = Cluster.executors(2);
      rows = Rows.dataset(spark, values, 2);
      posterior = SparkPosterior.of(spark, "builtin:rings");
    }
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** What happens to a task in the middle of its rows, in its first attempt alone. */
  private interface Mishap extends java.io.Serializable {
    void happen() throws Exception;
  }

  private static Dataset<Row> after(Dataset<Row> rows, Mishap mishap) {
    MapPartitionsFunction<Row, Row> task =
        part -> {
          int attempt = TaskContext.get().attemptNumber();
          int id = TaskContext.getPartitionId();
          return new Iterator<Row>() {
            private int seen;

            @Override
            public boolean hasNext() {
              return part.hasNext();
            }

            @Override
            public Row next() {
              if (++seen == 100 && attempt == 0 && id == 1) {
                try {
                  mishap.happen();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }
              return part.next();
            }
          };
        };
    return rows.repartition(4).mapPartitions(task, Encoders.row(rows.schema()));
  }

  private static void assertAll(Dataset<Row> from) {
    assertArrayEquals(means, Rows.collect(posterior.denoise(from, LEVEL, "x", "out"), "out"));
    assertArrayEquals(
        draws, Rows.collect(posterior.draw(from, LEVEL, Level.CLEAN, AT, "id", "x", "out"), "out"));
  }

  @Test
  void twoProcessesGiveTheBitsOfOne() {
    long[] processes =
        spark
            .range(0, 8, 1, 8)
            .as(Encoders.LONG())
            .mapPartitions(
                (MapPartitionsFunction<Long, Long>)
                    _ -> List.of(ProcessHandle.current().pid()).iterator(),
                Encoders.LONG())
            .distinct()
            .collectAsList()
            .stream()
            .mapToLong(Long::longValue)
            .toArray();
    assertEquals(2, processes.length, "executors");
    for (long process : processes) {
      assertTrue(process != ProcessHandle.current().pid(), "an executor is this process");
    }
    for (int parts : new int[] {1, 7, 64}) {
      assertAll(rows.repartition(parts));
    }
    assertArrayEquals(
        samples, Rows.collect(posterior.sample(500, "ddpm", "vp-cosine:10", 0, 3, 7), "x"));
  }

  @Test
  void tasksThatFailInTheirFirstAttempt() {
    assertAll(
        after(
            rows,
            () -> {
              throw new IllegalStateException("killed by the test");
            }));
  }

  @Test
  void anExecutorThatIsLostInTheMiddle() throws Exception {
    Path died = folder.resolve("died");
    String mark = died.toString();
    Dataset<Row> lost =
        after(
            rows,
            () -> {
              if (!Files.exists(Path.of(mark))) { // once: the stage begins again behind it
                Files.writeString(Path.of(mark), "");
                Runtime.getRuntime().halt(1);
              }
            });
    Dataset<Row> done = posterior.draw(lost, LEVEL, Level.CLEAN, AT, "id", "x", "out");
    String out = folder.resolve("out").toString();
    done.write().parquet(out);
    assertTrue(Files.exists(died), "no executor died");
    assertArrayEquals(draws, Rows.collect(spark.read().parquet(out), "out"));
  }
}
