package dev.tweedie.backend.reference;

import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import java.util.Arrays;

/** One thread's draws of x_u given x_t, row by row. */
final class RowDraw {
  private final ComponentPosterior components;
  private final EigenTransition step;
  private final Noise noise;
  private final ComponentChoice choice;
  private final Samples out;
  private final double[] z;
  private final double[] xi;
  private final double[] drawn;

  RowDraw(ComponentPosterior components, EigenTransition step, NoiseAddress at, Samples out) {
    this.components = components;
    this.step = step;
    noise = new Noise(at);
    choice = new ComponentChoice(components.prior, noise);
    this.out = out;
    z = new double[components.dim];
    xi = new double[components.dim];
    drawn = new double[components.dim];
  }

  /**
   * Row i of the batch; NaN where no component has any weight.
   *
   * @param logits of all components
   */
  void row(long i, double[] x, double[] logits) {
    int chosen = choice.choose(logits, i);
    if (chosen < 0) {
      Arrays.fill(drawn, Double.NaN);
    } else {
      noise.normal(i, xi);
      components.difference(chosen, x, z);
      components.draw(chosen, step, z, xi, drawn);
    }
    ReferenceBackend.store(drawn, out, i);
  }
}
