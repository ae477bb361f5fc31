package dev.tweedie.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.ResidualEstimate;
import dev.tweedie.onnx.OnnxBlindDenoiser;
import dev.tweedie.onnx.OnnxNetwork;
import dev.tweedie.onnx.OnnxOptions;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A network alone, called as a denoiser, and in the loop of a blind chain: what the loop costs
 * around it. All are times of one evaluation of 64 images.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class NetworkBench {
  private static final int STEPS = 3;

  @Param(NetworkWork.FILE)
  public String model;

  @Param({"1", "2"})
  public int threads;

  private Engine engine;
  private Samples images;
  private Samples denoised;
  private OnnxBlindDenoiser denoiser;
  private BlindChain chain;
  private OrtSession session;
  private Map<String, OnnxTensor> input;
  private Map<String, OnnxTensor> output;

  @Setup
  public void prepare() throws OrtException {
    Path file = NetworkWork.file(model);
    engine = Engine.open("auto", threads);
    images = NetworkWork.images(engine);
    denoised = engine.samples(NetworkWork.BATCH, images.dim());
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.NONE);
    denoiser = new OnnxBlindDenoiser(network, NetworkWork.SIDE, NetworkWork.SIDE);
    // It never comes to so small a level: every run has as many steps.
    chain =
        new BlindChain(
                new ResidualEstimate(denoiser), BlindStep.standard(), 1, 1e-9, 1, NetworkWork.BATCH)
            .limit(STEPS);
    alone(file);
    agree();
  }

  /** The runtime by its own interface, set as the engine's networks are, output in place too. */
  private void alone(Path file) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    var options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    session = environment.createSession(file.toString(), options);
    long[] shape = {NetworkWork.BATCH, 1, NetworkWork.SIDE, NetworkWork.SIDE};
    FloatBuffer result =
        engine
            .samples(NetworkWork.BATCH, images.dim())
            .segment()
            .asByteBuffer()
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    FloatBuffer given =
        images.segment().asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
    input =
        Map.of(
            session.getInputNames().iterator().next(),
            OnnxTensor.createTensor(environment, given, shape));
    output =
        Map.of(
            session.getOutputNames().iterator().next(),
            OnnxTensor.createTensor(environment, result, shape));
  }

  /** The same library on the same numbers: the same bits. */
  private void agree() throws OrtException {
    network();
    denoise();
    FloatBuffer expected = output.values().iterator().next().getFloatBuffer();
    float[] found = denoised.toFloats();
    for (int i = 0; i < found.length; i++) {
      if (found[i] != expected.get(i)) {
        throw new IllegalStateException(
            "element %d: %s alone, %s".formatted(i, expected.get(i), found[i]));
      }
    }
  }

  @TearDown
  public void close() throws OrtException {
    session.close();
    engine.close();
  }

  @Benchmark
  public void network() throws OrtException {
    session.run(input, output).close();
  }

  @Benchmark
  public void denoise() {
    denoiser.denoise(images, denoised);
  }

  @Benchmark
  @OperationsPerInvocation(STEPS + 1)
  public BlindChain.Result loop() {
    return chain.sample(0, NetworkWork.BATCH);
  }
}
