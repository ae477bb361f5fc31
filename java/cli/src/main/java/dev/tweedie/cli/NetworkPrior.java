package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.io.ImageShape;
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
   * @param data what the data are as images, unknown where they do not say
   */
  static PriorOption.Bound bind(Engine engine, Path file, String options, ImageShape data) {
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.parse(options));
    OnnxDenoiser denoiser = new OnnxDenoiser(network, data);
    BlindDenoiser blind = network.canDenoiseBlind() ? new OnnxBlindDenoiser(network, data) : null;
    return new PriorOption.Bound(denoiser, blind, null, denoiser.image());
  }
}
