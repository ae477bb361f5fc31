package dev.tweedie.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.schedule.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilled;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that run twice beside each other, tasks that are killed, and tasks with a device. */
class SeveralMachinesTest {
  private static final Map<String, String> SPECULATING =
      Map.of(
          "spark.speculation", "true",
          "spark.speculation.interval", "50ms",
          "spark.speculation.quantile", "0.25",
          "spark.speculation.multiplier", "1.1",
          "spark.speculation.minTaskRuntime", "50ms");

  @TempDir Path folder;

  /** Counts tasks; kills first attempts where it is told to. */
  private static final class Watch extends SparkListener {
    private final SparkSession spark;
    private final boolean killing;
    private final AtomicInteger speculative = new AtomicInteger();
    private final AtomicInteger killed = new AtomicInteger();

    Watch(SparkSession spark, boolean killing) {
      this.spark = spark;
      this.killing = killing;
      spark.sparkContext().addSparkListener(this);
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
      if (start.taskInfo().speculative()) {
        speculative.incrementAndGet();
      }
      if (killing && start.taskInfo().attemptNumber() == 0) {
        spark.sparkContext().killTaskAttempt(start.taskInfo().taskId(), true, "by the test");
      }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (end.reason() instanceof TaskKilled) {
        killed.incrementAndGet();
      }
    }
  }

  /** Rows whose second partition stops in the middle, in its first attempt alone. */
  private static Dataset<Row> stuck(Dataset<Row> rows, int millis) {
    MapPartitionsFunction<Row, Row> task =
        part -> {
          boolean first = TaskContext.get().attemptNumber() == 0;
          boolean second = TaskContext.getPartitionId() == 1;
          return new Iterator<>() {
            private int seen;

            @Override
            public boolean hasNext() {
              return part.hasNext();
            }

            @Override
            public Row next() {
              if (++seen == 20 && first && second) {
                try {
                  Thread.sleep(millis);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
              return part.next();
            }
          };
        };
    return rows.mapPartitions(task, Encoders.row(rows.schema()));
  }

  @Test
  void tasksThatRunTwice() {
    EveryOperation every = new EveryOperation();
    try (Machines machines = new Machines(2, Map.of(), SPECULATING)) {
      Watch watch = new Watch(machines.spark(), false);
      every.require(machines.spark(), rows -> stuck(rows.repartition(4), 60_000));
      assertTrue(watch.speculative.get() >= 7, "found " + watch.speculative + " second tasks");
    }
  }

  @Test
  void tasksThatAreKilledInTheirFirstAttempt() {
    EveryOperation every = new EveryOperation();
    try (Machines machines = new Machines(2, Map.of(), Map.of())) {
      Watch watch = new Watch(machines.spark(), true);
      every.require(machines.spark(), rows -> stuck(rows, 300)); // time to be killed in the middle
      assertTrue(watch.killed.get() >= 7, "found " + watch.killed + " killed tasks");
    }
  }

  /** Two GPUs are offered, which may not exist: a task is given one, and asks for no other. */
  @Test
  void theDeviceIsThatOfTheTask() throws Exception {
    Path finds = folder.resolve("gpus");
    Files.writeString(finds, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"0\"]}'\n");
    Files.setPosixFilePermissions(finds, PosixFilePermissions.fromString("rwxr-xr-x"));
    Map<String, String> offered =
        Map.of(
            "spark.worker.resource.gpu.amount",
            "1",
            "spark.worker.resource.gpu.discoveryScript",
            finds.toString());
    Map<String, String> wanted =
        Map.of("spark.executor.resource.gpu.amount", "1", "spark.task.resource.gpu.amount", "1");
    float[] values = Rows.normal(50, 2, 1);
    try (Machines machines = new Machines(1, offered, wanted)) {
      SparkSession spark = machines.spark();
      SparkPosterior posterior = SparkPosterior.of(spark, "builtin:rings");
      Dataset<Row> done =
          posterior.denoise(Rows.dataset(spark, values, 2), Level.ofSigma(1), "x", "out");
      try (Engine device = Engine.open("cuda:0")) {
        assertArrayEquals(
            dev.tweedie.posterior.ExactPosterior.of(
                    device, dev.tweedie.prior.Builtin.parse("rings"))
                .denoise(device.samples(values, 50), Level.ofSigma(1))
                .toFloats(),
            Rows.collect(done, "out"));
      } catch (InvalidInputException absent) {
        String found = assertThrows(Exception.class, done::collectAsList).getMessage();
        assertTrue(found.contains(absent.getMessage()), found);
        assertTrue(found.contains("cuda:0"), found);
      }
    }
  }
}
