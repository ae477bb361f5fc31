package dev.tweedie.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.SharedData;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.Rows;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A network trained elsewhere gives here what it gave there. */
class RealNetworkTest {
  @ParameterizedTest
  @ValueSource(strings = {"auto", "reference"})
  void itsOutputsAreThoseOfItsTrainingFramework(String backend) throws Exception {
    Path model = SharedData.require("models/bf-cnn-mnist.onnx");
    try (Engine engine = Engine.open(backend, 2);
        Arena arena = Arena.ofShared()) {
      OnnxNetwork network = OnnxNetwork.open(engine, model, OnnxOptions.NONE);
      Samples noisy = read(engine, "models/bf-cnn-mnist.noisy.npy", arena);
      Samples expected = read(engine, "models/bf-cnn-mnist.denoised.npy", arena);
      Samples found = new OnnxBlindDenoiser(network, 28, 28).denoise(noisy);
      double worst = 0;
      for (int i = 0; i < 16; i++) {
        for (int j = 0; j < 784; j++) {
          worst = Math.max(worst, Math.abs(found.get(i, j) - expected.get(i, j)));
        }
      }
      // Another order of the same float32 sums, 20 layers deep.
      assertEquals(0, worst, 1e-4);
    }
  }

  private static Samples read(Engine engine, String name, Arena arena) throws Exception {
    Rows rows = DataFiles.readRows(SharedData.require(name), engine.backend().precision(), arena);
    return engine.wrap(rows.values(), rows.count(), rows.dim());
  }
}
