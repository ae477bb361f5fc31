package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ShardPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import java.util.List;
import scala.Tuple2;
import scala.Tuple5;

/**
 * Outputs of the posterior: of states, and of diagonals where there are some.
 *
 * @param single whether results are float32, else float64
 */
record EvaluateFinish(DataSetSummary summary, NoiseLevel level, List<Output> wanted, boolean single)
    implements FinishWork {
  @Override
  public void finish(
      List<Tuple5<Integer, Double, Float, float[], float[]>> block,
      QueryBatch queries,
      Engine here,
      List<Tuple2<Long, Object>> to) {
    int rows = block.size();
    int dim = queries.dim();
    float[] x = new float[rows * dim];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(queries.rows(block.get(i)._1(), 1), 0, x, i * dim, dim);
    }
    Samples[] results = new Samples[wanted.size()];
    Outputs ofStates = Outputs.of();
    for (int i = 0; i < results.length; i++) {
      Output output = wanted.get(i);
      if (ofDiagonal(output)) {
        results[i] = here.samples(diagonals(block, dim, output == Output.TRACE), rows);
      } else {
        results[i] = here.samples(rows, output.columns(dim, 1));
        ofStates = ofStates.with(output, results[i]);
      }
    }
    DataSet any = DataSet.of(new float[dim], dim).shardOf(summary);
    try (ShardPosterior posterior = ShardPosterior.of(here, any)) {
      Samples at = here.samples(x, rows);
      posterior.finish(StateRow.states(block), at, level.level(), ofStates);
    }
    Results packed = new Results(results, single);
    for (int i = 0; i < rows; i++) {
      to.add(new Tuple2<>(queries.ids()[block.get(i)._1()], packed.row(i)));
    }
  }

  /** Whether an output takes a second pass. */
  static boolean ofDiagonal(Output output) {
    return output == Output.TRACE || output == Output.DIAGONAL;
  }

  private static float[] diagonals(
      List<Tuple5<Integer, Double, Float, float[], float[]>> block, int dim, boolean traces) {
    int width = traces ? 1 : dim;
    float[] out = new float[block.size() * width];
    for (int i = 0; i < block.size(); i++) {
      float[] diagonal = block.get(i)._5();
      if (traces) {
        out[i] = ShardPosterior.trace(diagonal);
      } else {
        System.arraycopy(diagonal, 0, out, i * dim, dim);
      }
    }
    return out;
  }
}
