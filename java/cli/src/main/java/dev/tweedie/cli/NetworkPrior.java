package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.onnx.OnnxBlindDenoiser;
import dev.tweedie.onnx.OnnxDenoiser;
import dev.tweedie.onnx.OnnxNetwork;
import dev.tweedie.onnx.OnnxOptions;
import dev.tweedie.posterior.BlindDenoiser;
import java.nio.file.Path;

/** A network in place of a prior. */
final class NetworkPrior {
  private NetworkPrior() {}

  /**
   * @param options what {@code --network} says
   * @param height of the data's images, 0 where unknown
   */
  static PriorOption.Bound bind(Engine engine, Path file, String options, int height, int width) {
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.parse(options));
    OnnxDenoiser denoiser = new OnnxDenoiser(network, height, width);
    BlindDenoiser blind =
        network.canDenoiseBlind() ? new OnnxBlindDenoiser(network, height, width) : null;
    return new PriorOption.Bound(denoiser, blind, null, denoiser.height(), denoiser.width());
  }
}
