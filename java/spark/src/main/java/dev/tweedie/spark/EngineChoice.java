package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.EngineOptions;
import java.io.Serializable;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.sql.SparkSession;

/**
 * Which engine tasks use.
 *
 * @param backend as {@code spark.tweedie.backend} says; empty for the best one on the processors,
 *     or the GPU where the task was given one
 * @param devices whether the work can be a GPU's
 */
record EngineChoice(String backend, boolean devices) implements Serializable {
  static final String SETTING = "spark.tweedie.backend";

  static EngineChoice of(SparkSession spark) {
    String backend = spark.conf().get(SETTING, "");
    if (!backend.isEmpty()) {
      // What is wrong here is wrong everywhere: a misspelt name is told before any task.
      Engine.open(EngineOptions.of().backend(backend).threads(1).announced(false)).close();
    }
    return new EngineChoice(backend, true);
  }

  /** The same for work that only host back ends can do. */
  EngineChoice onHost() {
    return new EngineChoice(backend, false);
  }

  /** An engine as wide as a task. */
  record Key(String backend, int threads) {
    Engine open() {
      EngineOptions options = EngineOptions.of().threads(threads);
      return backend.isEmpty()
          ? Engine.require(options, "cpu", "java")
          : Engine.open(options.backend(backend));
    }
  }

  /** What this task uses. A task alone knows its processors and devices. */
  Key key() {
    TaskContext task = TaskContext.get();
    int threads = task == null ? 1 : Math.max(1, task.cpus());
    return new Key(backend.isEmpty() && devices ? device(task) : backend, threads);
  }

  private static String device(TaskContext task) {
    Map<String, ResourceInformation> given = task == null ? Map.of() : task.resourcesJMap();
    ResourceInformation gpu = given.get("gpu");
    return gpu == null || gpu.addresses().length == 0 ? "" : "cuda:" + gpu.addresses()[0];
  }
}
