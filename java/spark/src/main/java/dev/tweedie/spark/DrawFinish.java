package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ShardPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import java.util.List;
import scala.Tuple2;
import scala.Tuple5;

/**
 * Draws about the points that are chosen, for runs of queries whose ids follow one another.
 *
 * @param place of the queries, for messages
 * @param single whether results are float32, else float64
 */
record DrawFinish(
    DataSetSummary summary,
    NoiseLevel from,
    NoiseLevel to,
    NoiseOfRows noise,
    Place place,
    boolean single)
    implements FinishWork {
  @Override
  public void finish(
      List<Tuple5<Integer, Double, Float, float[], float[]>> block,
      QueryBatch queries,
      Engine here,
      List<Tuple2<Long, Object>> results) {
    long[] ids = queries.ids();
    int begin = 0;
    for (int end = 1; end <= block.size(); end++) {
      if (end == block.size() || ids[block.get(end)._1()] != ids[block.get(end - 1)._1()] + 1) {
        draw(block.subList(begin, end), queries, here, results);
        begin = end;
      }
    }
  }

  private void draw(
      List<Tuple5<Integer, Double, Float, float[], float[]>> run,
      QueryBatch queries,
      Engine here,
      List<Tuple2<Long, Object>> results) {
    int rows = run.size();
    int dim = queries.dim();
    int first = run.getFirst()._1();
    float[] points = new float[rows * dim];
    long[] chosen = new long[rows];
    for (int i = 0; i < rows; i++) {
      float[] point = run.get(i)._4();
      if (point.length == 0) {
        throw place.wrong(
            queries.ids()[first + i], 0, "a row that no point explains", "rows nearer to them");
      }
      System.arraycopy(point, 0, points, i * dim, dim);
      chosen[i] = i;
    }
    Samples x = here.samples(queries.rows(first, rows), rows);
    Samples out = here.samples(rows, dim);
    DataSet own = DataSet.of(points, dim).shardOf(summary);
    try (ShardPosterior posterior = ShardPosterior.of(here, own)) {
      posterior.draw(x, from.level(), to.level(), chosen, noise.from(queries.ids()[first]), out);
    }
    Results packed = new Results(new Samples[] {out}, single);
    for (int i = 0; i < rows; i++) {
      results.add(new Tuple2<>(queries.ids()[first + i], packed.row(i)));
    }
  }
}
