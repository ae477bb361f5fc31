package dev.tweedie.restore;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import java.util.function.Consumer;

/**
 * A measurement of images of one channel, of each channel by itself: a row's channels are as many
 * rows of it. Coefficients have one channel after another.
 */
final class ChannelWise implements LinearMeasurement {
  private final Engine engine;
  private final LinearMeasurement one;
  private final int channels;
  private final boolean last;
  private final boolean observedLast;

  /**
   * @param last whether the channels of a pixel lie side by side in a row
   * @param observedLast whether they do in what is observed
   */
  ChannelWise(
      Engine engine, LinearMeasurement one, int channels, boolean last, boolean observedLast) {
    this.engine = engine;
    this.one = one;
    this.channels = channels;
    this.last = last;
    this.observedLast = observedLast;
  }

  @Override
  public int dim() {
    return Math.multiplyExact(channels, one.dim());
  }

  @Override
  public int count() {
    return Math.multiplyExact(channels, one.count());
  }

  @Override
  public int observedDim() {
    return Math.multiplyExact(channels, one.observedDim());
  }

  @Override
  public int observedHeight() {
    return one.observedHeight();
  }

  @Override
  public int observedWidth() {
    return one.observedWidth();
  }

  @Override
  public void measure(Samples x, Samples c) {
    read(x, last, one.dim(), planes -> one.measure(planes, split(c, one.count())));
  }

  @Override
  public void embed(Samples c, Samples x) {
    write(x, last, one.dim(), planes -> one.embed(split(c, one.count()), planes));
  }

  @Override
  public void observe(Samples x, Samples out) {
    read(
        x,
        last,
        one.dim(),
        planes -> write(out, observedLast, one.observedDim(), seen -> one.observe(planes, seen)));
  }

  @Override
  public void coefficients(Samples observed, Samples c) {
    read(
        observed,
        observedLast,
        one.observedDim(),
        planes -> one.coefficients(planes, split(c, one.count())));
  }

  /** Each channel as a row. */
  private Samples split(Samples rows, int dim) {
    return rows.shaped(rows.rows() * channels, dim);
  }

  private void read(Samples images, boolean last, int pixels, Consumer<Samples> use) {
    if (!last) {
      use.accept(split(images, pixels));
      return;
    }
    try (Samples planes = engine.samples(images.rows() * channels, pixels)) {
      planes.write(transposed(images.toDoubles(), pixels, channels));
      use.accept(planes);
    }
  }

  private void write(Samples images, boolean last, int pixels, Consumer<Samples> make) {
    if (!last) {
      make.accept(split(images, pixels));
      return;
    }
    try (Samples planes = engine.samples(images.rows() * channels, pixels)) {
      make.accept(planes);
      images.write(transposed(planes.toDoubles(), channels, pixels));
    }
  }

  /** Of each {@code height x width} matrix in turn. */
  private static double[] transposed(double[] from, int height, int width) {
    double[] to = new double[from.length];
    int size = height * width;
    for (int i = 0; i < to.length; i++) {
      int within = i % size;
      to[i - within + within % width * height + within / width] = from[i];
    }
    return to;
  }
}
