package dev.tweedie.cli.reproduce;

import dev.tweedie.blind.BlindChain;
import dev.tweedie.metric.Estimate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Levels that one batch of a blind chain found, by step. */
final class BlindLevels implements BlindChain.Observer {
  private final double stop;
  private final List<Estimate> mean = new ArrayList<>();
  private final List<Double> square = new ArrayList<>();
  private final int[] reached;

  /**
   * @param stop sigma whose first step {@link #steps} counts to
   */
  BlindLevels(int rows, double stop) {
    this.stop = stop;
    reached = new int[rows];
    Arrays.fill(reached, -1);
  }

  @Override
  public void step(int step, double[] sigma) {
    mean.add(Estimate.mean(sigma));
    square.add(Arrays.stream(sigma).map(one -> one * one).average().orElseThrow());
    for (int i = 0; i < sigma.length; i++) {
      if (reached[i] < 0 && sigma[i] <= stop) {
        reached[i] = step;
      }
    }
  }

  /** Times that levels were found: one more than the steps. */
  int count() {
    return mean.size();
  }

  /** Of sigma over the rows. */
  Estimate mean(int step) {
    return mean.get(step);
  }

  double rootMeanSquare(int step) {
    return Math.sqrt(square.get(step));
  }

  /** The first {@code count} means. */
  double[] means(int count) {
    return mean.stream().limit(count).mapToDouble(Estimate::value).toArray();
  }

  /** Steps until a row is at the last sigma or below, on average; NaN where none is. */
  double steps() {
    return Arrays.stream(reached).filter(k -> k >= 0).average().orElse(Double.NaN);
  }
}
