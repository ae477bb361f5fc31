package consumer;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;

/** The README's three lines: two points, and a row that is nearer to the second. */
public final class Consumer {
  private Consumer() {}

  public static void main(String[] args) {
    float[] points = {0, 0, 1, 1};
    try (Engine engine = Engine.open(args[0])) {
      ExactPosterior posterior = ExactPosterior.of(engine, DataSet.of(points, 2));
      Samples clean =
          posterior.denoise(engine.samples(new float[] {1, 0.5f}, 1), Level.ofSigma(0.5));
      // Squared distances 1.25 and 0.25, so the weight of (1, 1) is 1 / (1 + e^-2) = 0.8808.
      System.out.printf(
          "%s %.4f%n", engine.backend().name().replaceFirst(":.*", ""), clean.get(0, 0));
    }
  }
}
