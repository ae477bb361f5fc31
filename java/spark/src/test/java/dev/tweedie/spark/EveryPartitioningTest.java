package dev.tweedie.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;

import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** However rows lie, every operation has the bits of one engine. */
class EveryPartitioningTest {
  @Test
  void itChangesNoBit() {
    EveryOperation every = new EveryOperation();
    List<UnaryOperator<Dataset<Row>>> ways =
        List.of(
            rows -> rows.repartition(1).sort(col("id").desc()),
            rows -> rows.repartition(7),
            rows -> rows.repartition(64).sortWithinPartitions(rand(3)));
    SparkSession spark = Cluster.local();
    try {
      ways.forEach(way -> every.require(spark, way));
    } finally {
      spark.stop();
    }
  }
}
