package dev.tweedie.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Spark for tests: in this process, or as a cluster of executors in processes of their own. Spark
 * starts executors from a distribution; of that it needs no more than a folder {@code jars}, made
 * here of links to this process's own class path.
 */
final class Cluster {
  private Cluster() {}

  /** Two tasks at a time in this process. */
  static SparkSession local() {
    return start("local[2,2]"); // a task may fail once
  }

  /** So many executors, of one core each. */
  static SparkSession executors(int count) {
    return executors(count, Map.of());
  }

  static SparkSession executors(int count, Map<String, String> settings) {
    // Workers take it from their environment, which this process cannot change.
    assertEquals(home().toString(), System.getenv("SPARK_HOME"), "SPARK_HOME");
    return start("local-cluster[" + count + ",1,1024]", settings);
  }

  private static SparkSession start(String master) {
    return start(master, Map.of());
  }

  static SparkSession start(String master, Map<String, String> settings) {
    SparkSession.getActiveSession().foreach(running -> stop(running));
    SparkSession.Builder builder =
        SparkSession.builder()
            .master(master)
            .appName("tweedie")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.warehouse.dir", folder().resolve("warehouse").toString())
            .config("spark.executor.extraJavaOptions", "-XX:+UseSerialGC")
            .config("spark.executor.extraClassPath", folders())
            .config("spark.executorEnv.SPARK_HOME", folder().resolve("spark-home").toString());
    settings.forEach(builder::config);
    return builder.getOrCreate();
  }

  private static Object stop(SparkSession running) {
    running.stop();
    return null;
  }

  /** The target folder of the module. */
  static Path folder() {
    return Path.of("target").toAbsolutePath();
  }

  static Path home() {
    Path home = folder().resolve("spark-home");
    Path jars = home.resolve("jars");
    try {
      Files.createDirectories(jars);
      try (Stream<Path> old = Files.list(jars)) {
        for (Path link : old.toList()) {
          Files.delete(link);
        }
      }
      int number = 0;
      for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator)) {
        Path path = Path.of(entry).toAbsolutePath();
        if (Files.isRegularFile(path)) {
          Files.createSymbolicLink(jars.resolve(number++ + "-" + path.getFileName()), path);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return home;
  }

  /** What of the class path is no jar: classes of modules that are being built. */
  private static String folders() {
    StringBuilder folders = new StringBuilder();
    for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator)) {
      Path path = Path.of(entry).toAbsolutePath();
      if (Files.isDirectory(path)) {
        folders.append(folders.isEmpty() ? "" : java.io.File.pathSeparator).append(path);
      }
    }
    return folders.toString();
  }
}
