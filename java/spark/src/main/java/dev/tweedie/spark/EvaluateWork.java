package dev.tweedie.spark;

import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import java.util.List;

/** Outputs of the posterior at one level. */
record EvaluateWork(NoiseLevel level, List<Output> wanted) implements BlockWork {
  @Override
  public Step open(ExactPosterior posterior, int capacity) {
    Outputs whole =
        Outputs.allocate(
            wanted, capacity, posterior.dim(), posterior.components(), posterior.engine()::lasting);
    return new Step() {
      @Override
      public Samples[] run(Samples x, long[] ids) {
        Outputs part = Outputs.of();
        Samples[] results = new Samples[wanted.size()];
        for (int i = 0; i < results.length; i++) {
          results[i] = whole.get(wanted.get(i)).orElseThrow().slice(0, x.rows());
          part = part.with(wanted.get(i), results[i]);
        }
        posterior.evaluate(x, level.level(), part);
        return results;
      }

      @Override
      public void close() {
        whole.forEach((_, samples) -> samples.close());
      }
    };
  }
}
