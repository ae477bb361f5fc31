package dev.tweedie.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import dev.tweedie.Engine;
import dev.tweedie.bench.Agreement;
import dev.tweedie.bench.NetworkWork;
import dev.tweedie.onnx.OnnxBlindDenoiser;
import dev.tweedie.onnx.OnnxNetwork;
import dev.tweedie.onnx.OnnxOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The blind denoiser of digits in libtorch, from the weights of its ONNX file: 3 x 3 convolutions
 * without bias, relu between them, the result subtracted from the input. Compare with {@code
 * NetworkBench}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TorchNetworkBench {
  @Param(NetworkWork.FILE)
  public String model;

  private final List<NDArray> layers = new ArrayList<>();
  private NDArray images;

  @Setup
  public void prepare(TorchState torch) throws IOException {
    Path file = NetworkWork.file(model);
    NetworkWeights.read(file)
        .values()
        .forEach(weights -> layers.add(torch.array(weights.values(), weights.shape())));
    float[] given = NetworkWork.images();
    images = torch.array(given, NetworkWork.BATCH, 1, NetworkWork.SIDE, NetworkWork.SIDE);
    float[] found;
    try (NDManager call = torch.manager.newSubManager()) {
      found = denoised(call).toFloatArray();
    }
    // 20 layers of float32 sums in another order
    Agreement.within(1e-5, found, expected(file, given));
  }

  private static double[] expected(Path file, float[] given) {
    try (Engine engine = Engine.open("auto", 1)) {
      OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.NONE);
      return new OnnxBlindDenoiser(network, NetworkWork.SIDE, NetworkWork.SIDE)
          .denoise(engine.samples(given, NetworkWork.BATCH))
          .toDoubles();
    }
  }

  private NDArray denoised(NDManager call) {
    NDArray input = images.duplicate();
    input.attach(call);
    NDArray state = input;
    for (int i = 0; i < layers.size(); i++) {
      state =
          Conv2d.conv2d(state, layers.get(i), null, new Shape(1, 1), new Shape(1, 1))
              .singletonOrThrow();
      state = i < layers.size() - 1 ? Activation.relu(state) : state;
    }
    return input.sub(state);
  }

  @Benchmark
  public void network(TorchState torch) {
    try (NDManager call = torch.manager.newSubManager()) {
      denoised(call);
    }
  }
}
