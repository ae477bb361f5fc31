package dev.tweedie.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.fit.MixtureFit;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.MixtureParameters;
import dev.tweedie.schedule.Level;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import py4j.reflection.MethodInvoker;
import py4j.reflection.ReflectionEngine;
import scala.tools.nsc.MainClass;

/** What docs/spark.md says in Scala and in Python does what it says in Java. */
class DocumentedSnippetsTest {
  private static final int DIM = 2;

  @TempDir private static Path folder;

  private static SparkSession spark;
  private static Path prior;
  private static Dataset<Row> rows;
  private static float[] means;
  private static float[] samples;

  @BeforeAll
  static void start() throws Exception {
    spark = Cluster.local();
    prior = folder.resolve("mixture.npz");
    new MixtureFile(MixtureParameters.of(Builtin.randomMixture(3, DIM, 5))).write(prior);
    rows = Rows.dataset(spark, Rows.normal(100, DIM, 1), DIM).repartition(3).cache();
    SparkPosterior posterior = SparkPosterior.of(spark, prior.toString());
    means = Rows.collect(posterior.denoise(rows, Level.ofSigma(0.5), "x", "out"), "out");
    samples = Rows.collect(posterior.sample(1000, "heun", "karras:0.02:20", 20, 1, 4), "x");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static String documented(String language) throws Exception {
    return allDocumented(language).getFirst();
  }

  /** The programs of a language, one after the other. */
  private static List<String> allDocumented(String language) throws Exception {
    String page = Files.readString(Path.of("../../docs/spark.md"));
    String begin = "```" + language + "\n";
    List<String> found = new ArrayList<>();
    for (int at = page.indexOf(begin); at >= 0; at = page.indexOf(begin, at)) {
      at += begin.length();
      found.add(page.substring(at, page.indexOf("```", at)));
    }
    assertFalse(found.isEmpty(), "docs/spark.md has no " + language);
    return found;
  }

  /** Each compiles with the names that the page speaks of; the same calls run as Scala. */
  @Test
  void java() throws Exception {
    StringBuilder methods = new StringBuilder();
    int number = 0;
    for (String program : allDocumented("java")) {
      String body =
          program.startsWith("new ") // stages of a pipeline, a line each
              ? program.replaceAll("(?m)$", ";").replaceAll("(?m)^;$", "")
              : program;
      methods.append(
          """
            static void of%d(SparkSession spark, Dataset<Row> rows, Dataset<Row> table,
                Dataset<Row> queries, SparkDataSet points, Level level, long seed) throws Exception {
              %s
            }
          """
              .formatted(
                  number++,
                  body.replace("try (SparkDataSet points =", "try (SparkDataSet all =")
                      .replace("= points.denoise(queries, Level", "= all.denoise(queries, Level")));
    }
    Path source = folder.resolve("Snippets.java");
    Files.writeString(
        source,
"""
        import dev.tweedie.Output;
        import dev.tweedie.fit.*;
        import dev.tweedie.io.MixtureFile;
        import dev.tweedie.noise.*;
        import dev.tweedie.prior.Kind;
        import dev.tweedie.schedule.Level;
        import dev.tweedie.spark.*;
        import java.nio.file.Path;
        import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
        import org.apache.spark.sql.*;

        class Snippets {
        %s}
"""
            .formatted(methods));
    String[] arguments = {
      "-proc:none",
      "-classpath",
      System.getProperty("java.class.path"),
      "-d",
      folder.toString(),
      source.toString()
    };
    StringWriter said = new StringWriter();
    PrintWriter to = new PrintWriter(said);
    int status = ToolProvider.findFirst("javac").orElseThrow().run(to, to, arguments);
    assertEquals(0, status, said::toString);
  }

  @Test
  @SuppressWarnings("unchecked") // what the program returns
  void scala() throws Exception {
    String program =
        """
        import dev.tweedie.Output
        import dev.tweedie.fit.FitOptions
        import dev.tweedie.prior.Kind
        import dev.tweedie.schedule.Level
        import dev.tweedie.spark._
        import org.apache.spark.sql._

        object Documented {
          def run(spark: SparkSession, rows: Dataset[Row]): java.util.Map[String, AnyRef] = {
            %s
            java.util.Map.of("clean", clean, "more", more, "fit", fit, "made", made)
          }
        }
        """
            .formatted(documented("scala").replace("mixture.npz", prior.toString()));
    Path source = folder.resolve("Documented.scala");
    Files.writeString(source, program);
    Path classes = Files.createDirectory(folder.resolve("classes"));
    String[] arguments = {
      "-usejavacp",
      "-classpath",
      System.getProperty("java.class.path"),
      "-d",
      classes.toString(),
      source.toString()
    };
    assertTrue(new MainClass().process(arguments), "the Scala of docs/spark.md does not compile");
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader())) {
      Map<String, Object> found =
          (Map<String, Object>)
              loader
                  .loadClass("Documented")
                  .getMethod("run", SparkSession.class, Dataset.class)
                  .invoke(null, spark, rows);
      assertArrayEquals(means, Rows.collect((Dataset<Row>) found.get("clean"), "clean"));
      assertArrayEquals(samples, Rows.collect((Dataset<Row>) found.get("made"), "x"));
      assertEquals(100, ((Dataset<Row>) found.get("more")).select("logp", "score").count());
      assertEquals(2, ((MixtureFit) found.get("fit")).parameters().components());
    }
  }

  /** A call as Python's gateway makes it: by name, of what Python's numbers and texts become. */
  private static Object call(Object target, String name, Object... arguments) {
    ReflectionEngine engine = new ReflectionEngine();
    if (target instanceof Class<?> type) {
      MethodInvoker method = engine.getMethod(type.getName(), name, arguments);
      return engine.invoke(null, method, arguments);
    }
    return engine.invoke(target, engine.getMethod(target, name, arguments), arguments);
  }

  /**
   * PySpark itself comes by no repository of Maven: what its gateway does on this side is py4j's,
   * which is here. A whole number of Python is an Integer where it fits.
   */
  @Test
  @SuppressWarnings("unchecked") // what the gateway returns
  void callsOfPython() throws Exception {
    String page = documented("python");
    assertTrue(page.contains("posterior.denoise(rows._jdf, tweedie.schedule.Level.ofSigma(0.5)"));
    Object posterior = call(SparkPosterior.class, "of", spark, prior.toString());
    Object level = call(Level.class, "ofSigma", 0.5);
    Object clean = call(posterior, "denoise", rows, level, "x", "clean");
    assertArrayEquals(means, Rows.collect((Dataset<Row>) clean, "clean"));
    Object made = call(posterior, "sample", 1000, "heun", "karras:0.02:20", 20, 1, 4);
    assertArrayEquals(samples, Rows.collect((Dataset<Row>) made, "x"));
  }
}
