package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.fit.FitRows;
import dev.tweedie.fit.RunPass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.Tuple3;
import scala.reflect.ClassTag$;

/**
 * Rows of a fit that Spark holds. The driver has parameters and sums, never rows: what runs make is
 * added up by tasks, one array in the order of the runs beside another.
 */
final class SparkFitRows implements FitRows {
  private final SparkSession spark;
  private final EngineChoice choice;
  private final PackedRows rows;
  private final JavaRDD<Tuple3<Long, float[], double[]>> runs;
  private final boolean weighted;
  private final int length;
  private final String name = UUID.randomUUID().toString();

  SparkFitRows(
      SparkSession spark, EngineChoice choice, PackedRows rows, boolean weighted, int length) {
    this.spark = spark;
    this.choice = choice;
    this.rows = rows;
    runs = rows.pieces().javaRDD();
    this.weighted = weighted;
    this.length = length;
  }

  @Override
  public Engine engine() {
    return ExecutorEngine.of(choice).engine();
  }

  @Override
  public long size() {
    return rows.size();
  }

  @Override
  public int dim() {
    return rows.dim();
  }

  @Override
  public int runLength() {
    return length;
  }

  @Override
  public boolean weighted() {
    return weighted;
  }

  private <T> FitTask<T> task(Broadcast<RunPass<T>> sent) {
    int capacity = (int) Math.min(length, rows.size());
    return new FitTask<>(choice, name, rows.dim(), length, capacity, sent);
  }

  private <T> Broadcast<RunPass<T>> send(RunPass<T> pass) {
    return spark.sparkContext().broadcast(pass, ClassTag$.MODULE$.apply(RunPass.class));
  }

  @Override
  public double[][] sum(RunPass<double[][]> pass) {
    Broadcast<RunPass<double[][]>> sent = send(pass);
    FitTask<double[][]> task = task(sent);
    List<Tuple2<Integer, double[]>> sums =
        new ArrayList<>(
            runs.mapPartitionsToPair(part -> arrays(task.of(part)))
                .repartitionAndSortWithinPartitions(
                    new ByArray(runs.context().defaultParallelism()))
                .mapPartitions(SparkFitRows::merged)
                .collect());
    sent.destroy();
    sums.sort(Comparator.comparing(Tuple2::_1));
    return sums.stream().map(Tuple2::_2).toArray(double[][]::new);
  }

  /** The number of an array, and behind it that of its run: the order in which arrays add up. */
  private static long key(int array, long run) {
    return (long) array << Integer.SIZE | run;
  }

  private static int array(long key) {
    return (int) (key >>> Integer.SIZE);
  }

  /** Arrays of one number to one task. */
  private static final class ByArray extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int partitions;

    ByArray(int partitions) {
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      return array((Long) key) % partitions;
    }
  }

  private static Iterator<Tuple2<Long, double[]>> arrays(Iterator<Tuple2<Long, double[][]>> runs) {
    return new Iterator<>() {
      private @Nullable Tuple2<Long, double[][]> run;
      private int next;

      @Override
      public boolean hasNext() {
        return run != null && next < run._2().length || runs.hasNext();
      }

      @Override
      public Tuple2<Long, double[]> next() {
        Tuple2<Long, double[][]> own = run;
        if (own == null || next == own._2().length) {
          own = runs.next();
          run = own;
          next = 0;
        }
        int array = next++;
        return new Tuple2<>(key(array, own._1()), own._2()[array]);
      }
    };
  }

  /** Adds up arrays of one number, which lie in the order of their runs. */
  private static Iterator<Tuple2<Integer, double[]>> merged(
      Iterator<Tuple2<Long, double[]>> parts) {
    List<Tuple2<Integer, double[]>> sums = new ArrayList<>();
    while (parts.hasNext()) {
      Tuple2<Long, double[]> part = parts.next();
      int array = array(part._1());
      if (!sums.isEmpty() && sums.getLast()._1() == array) {
        FitRows.add(part._2(), sums.getLast()._2());
      } else {
        sums.add(new Tuple2<>(array, part._2()));
      }
    }
    return sums.iterator();
  }

  @Override
  public <T> List<T> each(RunPass<T> pass) {
    return over(runs, pass);
  }

  @Override
  public <T> T one(int run, RunPass<T> pass) {
    return over(runs.filter(piece -> piece._1() == run), pass).getFirst();
  }

  private <T> List<T> over(JavaRDD<Tuple3<Long, float[], double[]>> some, RunPass<T> pass) {
    Broadcast<RunPass<T>> sent = send(pass);
    FitTask<T> task = task(sent);
    List<Tuple2<Long, T>> each = new ArrayList<>(some.mapPartitions(task::of).collect());
    sent.destroy();
    each.sort(Comparator.comparing(Tuple2::_1));
    return each.stream().map(Tuple2::_2).toList();
  }

  @Override
  public void close() {
    rows.release();
  }
}
