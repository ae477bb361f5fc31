package dev.tweedie.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.Engine;
import dev.tweedie.Precision;
import dev.tweedie.io.DataFiles;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.Tuple2;
import scala.reflect.ClassTag$;

/**
 * Noisy handwritten digits by points that four executors hold, a part each: the bits of one engine
 * with all of them. The points are MNIST's 10,000 test digits and the same moved by a pixel.
 */
class MnistOnExecutorsTest {
  private static final int SIDE = 28;
  private static final int DIM = SIDE * SIDE;
  private static final int DIGITS = 10_000;
  private static final int[][] MOVES = {{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}};
  private static final double SIGMA = 0.5;

  @Test
  void someDigits() throws Exception {
    requireTheBitsOfOneEngine(200, 40_000);
  }

  @Test
  @Tag("slow")
  void allDigits() throws Exception {
    requireTheBitsOfOneEngine(DIGITS, 60_000);
  }

  /** A digit in [0, 1], moved; pixels that leave on one side come in on the other. */
  private static float[] point(byte[] pixels, int id) {
    int[] move = MOVES[id / DIGITS];
    float[] x = new float[DIM];
    for (int j = 0; j < DIM; j++) {
      int row = Math.floorMod(j / SIDE - move[0], SIDE);
      int column = Math.floorMod(j % SIDE - move[1], SIDE);
      int at = id % DIGITS * DIM + row * SIDE + column;
      x[j] = Byte.toUnsignedInt(pixels[at]) / 255f;
    }
    return x;
  }

  private static float[] noisy(byte[] pixels, int id) {
    float[] x = point(pixels, id);
    Random random = new Random(id);
    for (int j = 0; j < DIM; j++) {
      x[j] += (float) (SIGMA * random.nextGaussian());
    }
    return x;
  }

  private static byte[] pixels() throws Exception {
    Path file = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null && file == null; at = at.getParent()) {
      Path there = at.resolve("shared/data/mnist/t10k-images-idx3-ubyte.gz");
      file = Files.exists(there) ? there : null;
    }
    assumeTrue(file != null, "MNIST: no folder shared/data above this one");
    try (Arena arena = Arena.ofConfined()) {
      float[] all =
          DataFiles.readRows(file, Precision.FLOAT32, arena)
              .values()
              .toArray(ValueLayout.JAVA_FLOAT);
      byte[] pixels = new byte[all.length];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) Math.round(all[i] * 255);
      }
      return pixels;
    }
  }

  private static void requireTheBitsOfOneEngine(int count, int size) throws Exception {
    byte[] pixels = pixels();
    float[] expected = expected(pixels, count, size);
    SparkSession spark = Cluster.executors(4);
    try {
      Broadcast<byte[]> sent =
          spark.sparkContext().broadcast(pixels, ClassTag$.MODULE$.apply(byte[].class));
      MapFunction<Long, Tuple2<Long, float[]>> point =
          id -> new Tuple2<>(id, point(sent.value(), id.intValue()));
      MapFunction<Long, Tuple2<Long, float[]>> noisy =
          id -> new Tuple2<>(id, noisy(sent.value(), id.intValue()));
      Dataset<Row> queries = table(spark, count, noisy);
      try (SparkDataSet points = SparkDataSet.of(table(spark, size, point), "id", "x")) {
        List<Row> found =
            points
                .denoise(queries, Level.ofSigma(SIGMA), "id", "x", "clean")
                .select("id", "clean")
                .collectAsList();
        assertEquals(count, found.size());
        for (Row row : found) {
          int at = Math.toIntExact(row.getLong(0)) * DIM;
          scala.collection.Seq<Float> clean = row.getSeq(1);
          for (int j = 0; j < DIM; j++) {
            assertEquals(expected[at + j], clean.apply(j), "digit " + row.getLong(0));
          }
        }
      }
    } finally {
      spark.stop();
    }
  }

  private static Dataset<Row> table(
      SparkSession spark, int count, MapFunction<Long, Tuple2<Long, float[]>> make) {
    return spark
        .range(0, count, 1, 8)
        .as(Encoders.LONG())
        .map(make, Encoders.tuple(Encoders.LONG(), spark.implicits().newFloatArrayEncoder()))
        .toDF("id", "x");
  }

  private static float[] expected(byte[] pixels, int count, int size) {
    float[] points = new float[size * DIM];
    for (int id = 0; id < size; id++) {
      System.arraycopy(point(pixels, id), 0, points, id * DIM, DIM);
    }
    float[] x = new float[count * DIM];
    for (int id = 0; id < count; id++) {
      System.arraycopy(noisy(pixels, id), 0, x, id * DIM, DIM);
    }
    try (Engine engine = Engine.open();
        ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(points, DIM))) {
      float[] means = posterior.denoise(engine.samples(x, count), Level.ofSigma(SIGMA)).toFloats();
      return Arrays.copyOf(means, count * DIM);
    }
  }
}
