package dev.tweedie.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tweedie.bench.Agreement;
import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.onnx.Graph;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The posterior mean of a data set as a graph: product, sum, softmax, product. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class OnnxBench {
  /** Points, as {@link ScoreWork} reads it. */
  @Param("points:256x784x9000@1/20")
  public String work;

  @Param("1")
  public int threads;

  private OrtSession session;
  private Map<String, OnnxTensor> inputs;

  @Setup
  public void prepare() throws OrtException {
    ScoreWork score = ScoreWork.parse(work);
    ScoreWork.Known known = score.known();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    var options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    session = environment.createSession(graph(), options);
    Level level = score.levels().getFirst();
    double a = level.alpha();
    double variance = level.sigma() * level.sigma();
    Prior prior = known.prior();
    int n = prior.components();
    int d = prior.dim();
    FloatBuffer x = buffer(score.rows() * d);
    FloatBuffer points = buffer(n * d);
    FloatBuffer transposed = buffer(n * d);
    FloatBuffer bias = buffer(n);
    float[] first = known.inputs().getFirst();
    for (int i = 0; i < first.length; i++) {
      x.put(i, (float) (first[i] * a / variance));
    }
    for (int k = 0; k < n; k++) {
      double norm = 0;
      for (int j = 0; j < d; j++) {
        double value = prior.mean(k, j);
        points.put(k * d + j, (float) value);
        transposed.put(j * n + k, (float) value);
        norm += value * value;
      }
      bias.put(k, (float) (Math.log(prior.weight(k)) - a * a * norm / (2 * variance)));
    }
    inputs =
        Map.of(
            "x", OnnxTensor.createTensor(environment, x, new long[] {score.rows(), d}),
            "points", OnnxTensor.createTensor(environment, points, new long[] {n, d}),
            "transposed", OnnxTensor.createTensor(environment, transposed, new long[] {d, n}),
            "bias", OnnxTensor.createTensor(environment, bias, new long[] {n}));
    try (OrtSession.Result result = session.run(inputs)) {
      float[] found = new float[score.few() * d];
      ((OnnxTensor) result.get(0)).getFloatBuffer().get(found);
      Agreement.within(1e-4, found, known.means().getFirst());
    }
  }

  private static FloatBuffer buffer(int count) {
    return ByteBuffer.allocateDirect(count * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  private static byte[] graph() {
    Graph graph =
        new Graph()
            .input("x", Graph.FLOAT, -1, -1)
            .input("points", Graph.FLOAT, -1, -1)
            .input("transposed", Graph.FLOAT, -1, -1)
            .input("bias", Graph.FLOAT, -1)
            .output("mean", Graph.FLOAT, -1, -1);
    String logits = graph.node("Add", graph.node("MatMul", "x", "transposed"), "bias");
    graph.name(graph.node("MatMul", graph.node("Softmax", logits), "points"), "mean");
    return graph.toBytes();
  }

  @Benchmark
  public void evaluate() throws OrtException {
    session.run(inputs).close();
  }
}
