package dev.tweedie.onnx;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.io.ImageShape;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.BlindDenoiser;

/**
 * A network that is not told the level: it estimates x_0 from {@code y = x_0 + sigma z} alone. A
 * latent input is fed the noise of seed 0.
 */
public final class OnnxBlindDenoiser implements BlindDenoiser {
  private static final NoiseAddress LATENT = NoiseAddress.of(0, Streams.LATENT, 0);

  private final OnnxNetwork network;
  private final Runner runner;
  private final Convention.Conversion conversion;

  /**
   * @param height of the grey images that rows are; 1 for rows that are none, 0 where the file or
   *     the options say it
   * @param width of those images, or d; 0 where the file or the options say it
   * @throws InvalidInputException where the network is told a level or needs one, or no size or
   *     another one is known
   */
  public OnnxBlindDenoiser(OnnxNetwork network, int height, int width) {
    this(network, ImageShape.grey(height, width));
  }

  /**
   * @param data what rows are as images, unknown where the file or the options say it
   * @throws InvalidInputException where the network is told a level or needs one, or no size or
   *     another one is known
   */
  public OnnxBlindDenoiser(OnnxNetwork network, ImageShape data) {
    this.network = network;
    this.runner = new Runner(network, data);
    try {
      this.conversion = network.convention().blind();
    } catch (InvalidInputException e) {
      throw network.refused(e);
    }
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

  @Override
  public void denoise(Samples y, Samples out) {
    runner.run(y, conversion, LATENT, out);
  }
}
