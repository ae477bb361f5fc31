package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a network is timed on, ours and the peers': a file that is not part of the project, and 64
 * images of noise, 28 x 28.
 */
public final class NetworkWork {
  /** A blind denoiser of images of any size. */
  public static final String FILE = "../shared/data/models/bf-cnn-mnist.onnx";

  public static final int BATCH = 64;
  public static final int SIDE = 28;

  private NetworkWork() {}

  /**
   * @throws InvalidInputException where there is none
   */
  public static Path file(String name) {
    Path file = Path.of(name);
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(file + ": no such file; -p model=FILE.onnx says another");
    }
    return file;
  }

  static Samples images(Engine engine) {
    Samples images = engine.samples(BATCH, SIDE * SIDE);
    engine.run(() -> engine.backend().normal(NoiseAddress.of(1, 0, 0), images));
    return images;
  }

  /** The same images for a peer. */
  public static float[] images() {
    try (Engine engine = Engine.open("java:scalar", 1)) {
      return images(engine).toFloats();
    }
  }
}
