package dev.tweedie.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.io.ImageShape;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a network over rows of one shape, batch by batch, in the engine's memory. Float32 rows are
 * the network's tensors as they lie; only rows that must be scaled first, float64 ones and the last
 * ones of a fixed batch pass through memory of its own, taken once. One call at a time.
 */
final class Runner {
  private static final long CACHE_LINE = 64;

  private final OnnxNetwork network;
  private final Engine engine;
  private final Backend backend;
  private final OrtEnvironment environment;
  private final Watch watch;
  private final RowShape shape;
  private final int dim;
  private final Arena memory; // of the host, for what is staged
  private final int batch;
  private final boolean fixed;
  private final long[] latentAxes; // of no axis where there is no noise
  private @Nullable Samples stagedRows;
  private @Nullable MemorySegment stagedIn;
  private @Nullable MemorySegment stagedOut;
  private @Nullable Samples latent;
  private @Nullable MemorySegment stagedLatent;

  Runner(OnnxNetwork network, ImageShape data) {
    this.network = network;
    this.engine = network.engine();
    this.backend = engine.backend();
    this.environment = OnnxRuntime.environment();
    this.watch = new Watch(network.file(), network.options().seconds());
    this.shape = network.rowShape(data);
    this.dim = shape.dim();
    this.memory = Arena.ofShared();
    engine.onClose(memory::close);
    this.fixed = network.ports().rows().fixedBatch() > 0;
    try {
      this.batch = fixed ? network.ports().rows().fixedBatch() : network.options().batch(dim);
      Port noise = network.ports().noise();
      this.latentAxes = noise == null ? new long[0] : shape.latent(noise);
      network.options().requireMemory(network.ports().rows().text(), batch, dim);
      if (noise != null) {
        network.options().requireMemory(noise.text(), batch, RowShape.product(latentAxes));
      }
    } catch (InvalidInputException e) {
      throw network.refused(e);
    }
  }

  RowShape shape() {
    return shape;
  }

  /**
   * {@code out = x * fromRow + network(x * inputScale, told) * fromOutput}.
   *
   * @param at the latent noise of row 0
   */
  void run(Samples x, Convention.Conversion conversion, NoiseAddress at, Samples out) {
    check("x", x, x.rows());
    check("out", out, x.rows());
    if (x.overlaps(out)) {
      throw new InvalidInputException("out: overlaps x, allowed: memory of its own");
    }
    engine.run(
        () -> {
          synchronized (this) {
            refuseNonFinite("x", x, 0);
            for (long begin = 0; begin < x.rows(); begin += batch) {
              long rows = Math.min(batch, x.rows() - begin);
              Samples part = out.slice(begin, rows);
              run(x.slice(begin, rows), conversion, at.skipRows(begin), part, begin);
            }
          }
        });
  }

  /** Whether the engine's rows can be the network's tensors as they lie. */
  private boolean inPlace() {
    return backend.precision() == Precision.FLOAT32 && backend.device().isEmpty();
  }

  private void check(String name, Samples samples, long rows) {
    if (samples.owner() != backend || samples.dim() != dim || samples.rows() != rows) {
      throw new InvalidInputException(
          "%s: found %s of %s, allowed: %d x %d of %s"
              .formatted(name, samples, samples.owner().name(), rows, dim, backend.name()));
    }
  }

  private void run(
      Samples x, Convention.Conversion conversion, NoiseAddress at, Samples out, long firstRow) {
    long rows = x.rows();
    long fed = fixed ? batch : rows;
    Ports ports = network.ports();
    boolean half = ports.rows().isHalf() || ports.output().isHalf();
    boolean staged = !inPlace() || fed != rows || half;
    MemorySegment in = rows(x, conversion.inputScale(), staged, fed);
    MemorySegment result = staged ? stagedOut(fed) : out.segment();
    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    try (Tensors tensors = new Tensors();
        Arena halves = Arena.ofConfined()) {
      MemorySegment seen = ports.rows().isHalf() ? halves(in, halves) : in;
      inputs.put(ports.rows().name(), tensors.add(tensor(ports.rows(), seen, shape.batch(fed))));
      Port told = ports.level();
      if (told != null) {
        LevelTensor level = new LevelTensor(told);
        inputs.put(told.name(), tensors.add(level.of(environment, conversion.told(), fed)));
      }
      Port noise = ports.noise();
      if (noise != null) {
        inputs.put(noise.name(), tensors.add(noise(noise, at, fed, halves)));
      }
      MemorySegment pinned =
          ports.output().isHalf() ? halves.allocate(result.byteSize() / 2, CACHE_LINE) : result;
      OnnxTensor target = tensors.add(tensor(ports.output(), pinned, shape.batch(fed)));
      // The result is the pinned output: there is nothing else to take from it.
      watch.run(network.session(), inputs, Map.of(ports.output().name(), target));
      if (ports.output().isHalf()) {
        Halves.toFloats(pinned, result);
      }
    } catch (OrtException e) {
      throw new InvalidInputException(
          "%s: the network fails on %d x %s; %s"
              .formatted(network.file(), fed, Port.text(shape.axes()), OnnxRuntime.reason(e)),
          e);
    }
    if (staged) {
      copyOut(result, out);
    }
    refuseNonFinite(network.file() + ": its output", out, firstRow);
    if (conversion.fromRow() != 0 || conversion.fromOutput() != 1) {
      Coefficients toMean = new Coefficients(conversion.fromRow(), conversion.fromOutput(), 0, 0);
      backend.step(toMean, StepTerms.of(x, out).denoised(out));
    }
  }

  private MemorySegment stagedOut(long fed) {
    stagedOut = stagedOut == null ? allocate(dim) : stagedOut;
    return stagedOut.asSlice(0, fed * dim * Float.BYTES);
  }

  private static void refuseNonFinite(String name, Samples samples, long firstRow) {
    long row = samples.firstNonFiniteRow();
    if (row >= 0) {
      throw new InvalidInputException(
          "%s: found NaN or infinity in row %d, allowed: finite numbers"
              .formatted(name, firstRow + row));
    }
  }

  /** The rows times {@code scale} as the network reads them. */
  private MemorySegment rows(Samples x, double scale, boolean staged, long fed) {
    Samples scaled = x;
    if (scale != 1) {
      stagedRows = stagedRows == null ? engine.lasting(batch, dim) : stagedRows;
      scaled = stagedRows.slice(0, x.rows());
      backend.step(new Coefficients(scale, 0, 0, 0), StepTerms.of(x, scaled));
    }
    if (!staged) {
      return scaled.segment();
    }
    stagedIn = stagedIn == null ? allocate(dim) : stagedIn;
    MemorySegment in = stagedIn.asSlice(0, fed * dim * Float.BYTES);
    copyIn(scaled, in);
    in.asSlice(x.rows() * dim * Float.BYTES).fill((byte) 0);
    return in;
  }

  private OnnxTensor noise(Port port, NoiseAddress at, long fed, Arena halves) throws OrtException {
    int size = Math.toIntExact(RowShape.product(latentAxes));
    latent = latent == null ? engine.lasting(batch, size) : latent;
    Samples drawn = latent.slice(0, fed);
    backend.normal(at, drawn);
    MemorySegment tensor = drawn.elements();
    if (!inPlace()) {
      stagedLatent = stagedLatent == null ? allocate(size) : stagedLatent;
      tensor = stagedLatent.asSlice(0, fed * size * Float.BYTES);
      copyIn(drawn, tensor);
    }
    return tensor(
        port, port.isHalf() ? halves(tensor, halves) : tensor, RowShape.prepend(fed, latentAxes));
  }

  private static MemorySegment halves(MemorySegment floats, Arena arena) {
    MemorySegment halves = arena.allocate(floats.byteSize() / 2, CACHE_LINE);
    Halves.ofFloats(floats, halves);
    return halves;
  }

  private MemorySegment allocate(int size) {
    return memory.allocate((long) batch * size * Float.BYTES, CACHE_LINE);
  }

  private static void copyIn(Samples from, MemorySegment to) {
    MemorySegment.copy(
        MemorySegment.ofArray(from.toFloats()), 0, to, 0, from.rows() * from.dim() * Float.BYTES);
  }

  private static void copyOut(MemorySegment from, Samples to) {
    float[] values = new float[Math.toIntExact(to.rows() * to.dim())];
    MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, 0, values, 0, values.length);
    to.write(values);
  }

  /** A view: the runtime reads and writes the segment itself. */
  private OnnxTensor tensor(Port port, MemorySegment memory, long[] shape) throws OrtException {
    ByteBuffer bytes = memory.asByteBuffer().order(ByteOrder.nativeOrder());
    if (port.isHalf()) {
      return OnnxTensor.createTensor(
          environment, bytes.asShortBuffer(), shape, OnnxJavaType.FLOAT16);
    }
    FloatBuffer buffer = bytes.asFloatBuffer();
    return OnnxTensor.createTensor(environment, buffer, shape);
  }
}
