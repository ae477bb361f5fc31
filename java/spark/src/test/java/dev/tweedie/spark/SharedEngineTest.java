package dev.tweedie.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.schedule.Level;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One engine for all tasks and jobs of a process. */
class SharedEngineTest {
  private static final Level LEVEL = Level.ofSigma(0.5);

  private static SparkSession spark;
  private static Dataset<Row> rows;

  @BeforeAll
  static void start() {
    spark = Cluster.local();
    rows = Rows.dataset(spark, Rows.normal(200, 2, 4), 2).repartition(4).cache();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static float[] denoised(String prior) {
    return Rows.collect(SparkPosterior.of(spark, prior).denoise(rows, LEVEL, "x", "out"), "out");
  }

  @Test
  void jobsAtTheSameTimeShareIt() throws Exception {
    float[] rings = denoised("builtin:rings");
    float[] grid = denoised("builtin:grid49");
    try (ExecutorService jobs = Executors.newFixedThreadPool(4)) {
      List<Future<float[]>> found = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String prior = i % 2 == 0 ? "builtin:rings" : "builtin:grid49";
        found.add(jobs.submit(() -> denoised(prior)));
      }
      for (int i = 0; i < found.size(); i++) {
        assertArrayEquals(i % 2 == 0 ? rings : grid, found.get(i).get());
      }
    }
    assertEquals(1, ExecutorEngine.count());
  }

  /** Spark gives each session that brings jars of its own a class loader of its own. */
  @Test
  void aSecondClassLoaderHasItsOwn() throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    try (URLClassLoader other =
            new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
        Engine mine = Engine.open("cpu")) {
      Class<?> type = other.loadClass(Engine.class.getName());
      assertNotSame(Engine.class, type);
      try (AutoCloseable its =
          (AutoCloseable) type.getMethod("open", String.class).invoke(null, "cpu")) {
        Object samples =
            type.getMethod("samples", float[].class, int.class).invoke(its, new float[] {1, 2}, 1);
        assertEquals("1 x 2", samples.toString());
        assertEquals("1 x 2", mine.samples(new float[] {1, 2}, 1).toString());
      }
    }
  }

  @Test
  @Tag("slow")
  void manyJobsLeaveNothingBehind() {
    Engine engine = ExecutorEngine.of(new EngineChoice("cpu", true)).engine();
    spark.conf().set(EngineChoice.SETTING, "cpu");
    long before = 0;
    for (int job = 0; job < 500; job++) {
      SparkPosterior posterior =
          SparkPosterior.of(spark, job % 2 == 0 ? "builtin:rings" : "builtin:grid49");
      assertEquals(200, posterior.denoise(rows, LEVEL, "x", "out").collectAsList().size());
      if (job == 250) { // by then two tasks have met at each prior: working memory for both
        before = engine.memory().total();
      }
    }
    assertEquals(0, engine.memory().samples());
    long after = engine.memory().total();
    assertTrue(
        after <= before, "found " + after + " bytes after 500 jobs, " + before + " after 250");
    spark.conf().unset(EngineChoice.SETTING);
    ExecutorEngine.closeAll(); // this back end's, which no other test asks for
  }
}
