package dev.tweedie.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.master.Master$;
import org.apache.spark.deploy.worker.Worker$;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * A standalone cluster whose workers have addresses of their own, 127.0.0.2 and on, of one core
 * each: several machines, as Spark sees it. Only then it starts a task a second time beside the
 * first.
 */
final class Machines implements AutoCloseable {
  private final List<RpcEnv> parts = new ArrayList<>();
  private final SparkSession spark;

  /**
   * @param offered settings of the workers
   * @param settings of the session
   */
  Machines(int count, Map<String, String> offered, Map<String, String> settings) {
    assertEquals(Cluster.home().toString(), System.getenv("SPARK_HOME"), "SPARK_HOME");
    SparkConf conf = new SparkConf(false).set("spark.master.rest.enabled", "false");
    offered.forEach(conf::set);
    RpcEnv master = Master$.MODULE$.startRpcEnvAndEndpoint("127.0.0.1", 0, 0, conf)._1();
    parts.add(master);
    String url = "spark://127.0.0.1:" + master.address().port();
    for (int i = 0; i < count; i++) {
      parts.add(
          Worker$.MODULE$.startRpcEnvAndEndpoint(
              "127.0.0." + (2 + i),
              0,
              0,
              1,
              1024,
              new String[] {url},
              Cluster.folder().resolve("spark-work").toString(),
              Option.apply(i),
              conf,
              Option.empty()));
    }
    Map<String, String> all = new HashMap<>(settings);
    all.put("spark.executor.memory", "1g");
    all.put("spark.executor.cores", "1");
    spark = Cluster.start(url, all);
  }

  SparkSession spark() {
    return spark;
  }

  @Override
  public void close() {
    spark.stop();
    for (RpcEnv part : parts.reversed()) {
      part.shutdown();
      part.awaitTermination();
    }
  }
}
