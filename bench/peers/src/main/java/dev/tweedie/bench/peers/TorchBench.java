package dev.tweedie.bench.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.tweedie.bench.Agreement;
import dev.tweedie.bench.states.ScoreWork;
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

/** The same work as our benchmarks of these names, by libtorch. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TorchBench {
  /** Of normal and step: elements; of evaluate as {@link ScoreWork} reads it. */
  @Param("16777216")
  public String work;

  /** Posterior means of one work, with one form for each level. */
  @State(Scope.Benchmark)
  public static class Score {
    private final List<TorchPosterior> posteriors = new ArrayList<>();
    private final List<NDArray> x = new ArrayList<>();

    @Setup
    public void prepare(TorchBench bench, TorchState torch) {
      ScoreWork score = ScoreWork.parse(bench.work);
      ScoreWork.Known known = score.known();
      for (int i = 0; i < score.levels().size(); i++) {
        posteriors.add(new TorchPosterior(torch, known.prior(), score.levels().get(i)));
        x.add(torch.array(known.inputs().get(i), score.rows(), score.dim()));
        try (NDArray few = x.get(i).get("0:" + score.few());
            NDArray mean = posteriors.get(i).mean(few)) {
          // Logits by products: their digits are those of |x|^2 / sigma^2, at 30 dB some 1e5 of
          // them; weights are then off by percents, and means by a tenth of that.
          Agreement.within(1e-2, mean.toFloatArray(), known.means().get(i));
        }
      }
    }
  }

  /** Three arrays of a step. */
  @State(Scope.Benchmark)
  public static class Step {
    private NDArray x;
    private NDArray denoised;

    @Setup
    public void prepare(TorchBench bench, TorchState torch) {
      long n = Long.parseLong(bench.work);
      x = torch.manager.randomNormal(new Shape(n / 1024, 1024));
      denoised = torch.manager.randomNormal(new Shape(n / 1024, 1024));
      try (NDArray out = next()) {
        float[] from = x.toFloatArray();
        float[] mean = denoised.toFloatArray();
        double[] expected = new double[from.length];
        for (int i = 0; i < expected.length; i++) {
          expected[i] = 0.9 * from[i] + 0.1 * mean[i];
        }
        Agreement.within(1e-6, out.toFloatArray(), expected);
      }
    }

    private NDArray next() {
      NDArray out = x.mul(0.9f);
      try (NDArray part = denoised.mul(0.1f)) {
        return out.addi(part);
      }
    }
  }

  @Benchmark
  public void evaluate(Score score) {
    for (int i = 0; i < score.x.size(); i++) {
      score.posteriors.get(i).mean(score.x.get(i)).close();
    }
  }

  @Benchmark
  public void step(Step step) {
    step.next().close();
  }

  /** Numbers for one call are made and thrown away, as in our loops. */
  @Benchmark
  public void normal(Normals normals) {
    normals.next().close();
  }

  /** Normals of a fixed number. */
  @State(Scope.Benchmark)
  public static class Normals {
    private TorchState torch;
    private long n;

    @Setup
    public void prepare(TorchBench bench, TorchState torch) {
      this.torch = torch;
      n = Long.parseLong(bench.work);
      try (NDArray out = next()) {
        Agreement.normal(out.toFloatArray());
      }
    }

    private NDArray next() {
      return torch.manager.randomNormal(new Shape(n), DataType.FLOAT32);
    }
  }
}
