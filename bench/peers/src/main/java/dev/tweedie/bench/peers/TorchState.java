package dev.tweedie.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** libtorch through DJL, on a number of threads. */
@State(Scope.Benchmark)
public class TorchState {
  @Param("1")
  public int threads;

  NDManager manager;

  @Setup(Level.Trial)
  public void open() {
    // read once, when the engine starts
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    manager = NDManager.newBaseManager("PyTorch");
  }

  @TearDown(Level.Trial)
  public void close() {
    manager.close();
  }

  NDArray array(float[] values, long... shape) {
    return manager.create(values, new Shape(shape));
  }

  NDArray array(double[] values, long... shape) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = (float) values[i];
    }
    return array(rounded, shape);
  }
}
