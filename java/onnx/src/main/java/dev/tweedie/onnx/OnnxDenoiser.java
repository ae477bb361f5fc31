package dev.tweedie.onnx;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.ImageShape;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.LatentDenoiser;
import dev.tweedie.schedule.Level;

/**
 * A network as a denoiser at any level, whatever process it was trained on: see {@link Convention}.
 * One that is not told the level is run all the same, and what it predicts is read at that level.
 */
public final class OnnxDenoiser implements LatentDenoiser {
  private static final NoiseAddress LATENT = NoiseAddress.of(0, Streams.LATENT, 0);

  private final OnnxNetwork network;
  private final Runner runner;
  private final boolean fractional;

  /**
   * @param height of the grey images that rows are; 1 for rows that are none, 0 where the file or
   *     the options say it
   * @param width of those images, or d; 0 where the file or the options say it
   * @throws InvalidInputException where no size or another one is known
   */
  public OnnxDenoiser(OnnxNetwork network, int height, int width) {
    this(network, ImageShape.grey(height, width));
  }

  /**
   * @param data what rows are as images, unknown where the file or the options say it
   * @throws InvalidInputException where no size or another one is known
   */
  public OnnxDenoiser(OnnxNetwork network, ImageShape data) {
    this.network = network;
    this.runner = new Runner(network, data);
    this.fractional = LevelTensor.fractional(network.ports().level());
  }

  @Override
  public Engine engine() {
    return network.engine();
  }

  @Override
  public int dim() {
    return runner.shape().dim();
  }

  /** What the rows are as images; of height 1 where they are none. */
  public ImageShape image() {
    return runner.shape().image();
  }

  /** With the latent noise of seed 0, where the network takes any. */
  @Override
  public void denoise(Samples x, Level level, Samples out) {
    denoise(x, level, LATENT, out);
  }

  @Override
  public void denoise(Samples x, Level level, NoiseAddress at, Samples out) {
    if (level.sigma() == 0) {
      throw new InvalidInputException("level: found sigma 0, allowed: sigma > 0");
    }
    runner.run(x, network.convention().at(level, fractional), at, out);
  }
}
