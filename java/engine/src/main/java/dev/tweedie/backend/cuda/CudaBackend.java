package dev.tweedie.backend.cuda;

import dev.tweedie.BlindOutputs;
import dev.tweedie.DeviceMemory;
import dev.tweedie.MemoryUsage;
import dev.tweedie.Numerics;
import dev.tweedie.Outputs;
import dev.tweedie.PairCount;
import dev.tweedie.Precision;
import dev.tweedie.Pruning;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.memory.Leased;
import dev.tweedie.bindings.TweedieCuda;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_noise;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One CUDA device. Ops return before they are done; reading samples waits, and it is then at the
 * latest that rows and results which are not finite are refused. Calls of several threads take
 * turns.
 */
public final class CudaBackend extends Backend {
  /** Of the free memory: the rest is the driver's, for graphs and its own. */
  private static final double SHARE = 0.9;

  private static final long ELEMENTS = 1 << 20;

  private final int ordinal;
  private final Numerics numerics;
  private final @Nullable ProductPrecision precision; // null in exact mode
  private final Arena arena = Arena.ofShared();
  private final Device device;
  private final Workspace workspace;
  private final Finiteness finiteness;
  private final CudaScore score;
  private final MemorySegment noise = tweedie_noise.allocate(arena);
  private final DevicePairs pairs;
  private final List<CudaPrior> priors = new ArrayList<>();
  private Pruning pruning = Pruning.AUTO;

  /**
   * Opens a device.
   *
   * @param ordinal as the driver counts
   * @param memory bytes that it may take at most, where others use the device too
   * @throws IllegalStateException with the reason where it cannot be used
   */
  public static CudaBackend open(int ordinal, long memory) {
    return new CudaBackend(ordinal, TweedieCuda.open(ordinal), memory, Numerics.EXACT);
  }

  /** Takes over an opened handle; in fast mode, one that is ready for its products. */
  CudaBackend(int ordinal, TweedieCuda cuda, long memory, Numerics numerics) {
    this.ordinal = ordinal;
    this.numerics = numerics;
    @Nullable ProductPrecision precision =
        numerics == Numerics.EXACT ? null : ProductPrecision.of(numerics, cuda.device());
    this.precision = precision;
    long limit = Math.min(memory, (long) (SHARE * cuda.device().free()));
    device = new Device(cuda, name(), limit, arena);
    device.onShortage(this::giveUp);
    workspace = new Workspace(device);
    finiteness = new Finiteness(device);
    device.onRead(finiteness::settle, finiteness::look);
    score = new CudaScore(device, workspace, arena, precision);
    pairs = new DevicePairs(device);
  }

  private void giveUp() {
    if (!device.hasPlans()) {
      priors.forEach(CudaPrior::giveUp);
    }
  }

  @Override
  public String name() {
    return "cuda:" + ordinal;
  }

  @Override
  public Numerics numerics() {
    return numerics;
  }

  /** Rounded factors have no bound of their own here: no row is left to exact mode for them. */
  @Override
  public Numerics.Bound bound() {
    if (precision == ProductPrecision.BF16X3) {
      return new Numerics.Bound(0, 0, false, ProductPrecision.ROUNDINGS_OF_PARTS);
    }
    return numerics.isRounded()
        ? new Numerics.Bound(Double.POSITIVE_INFINITY, numerics.bound().share(), false, 0)
        : Numerics.Bound.NONE;
  }

  @Override
  public void prune(Pruning mode) {
    super.prune(mode);
    synchronized (device) {
      pruning = mode;
    }
  }

  @Override
  public boolean hasFilter() {
    return numerics == Numerics.EXACT;
  }

  /** When it would pay has not been measured. */
  @Override
  public boolean prunesByItself() {
    return false;
  }

  @Override
  public PairCount pairs() {
    synchronized (device) {
      return pairs.read();
    }
  }

  /** The prior as kernels of scores and draws are given it. */
  private CudaPrior pruned(PreparedPrior prior) {
    CudaPrior own = (CudaPrior) prior;
    own.prune(pruning == Pruning.ON ? pairs : null);
    return own;
  }

  /** The same where all components are looked at. */
  private static CudaPrior whole(PreparedPrior prior) {
    CudaPrior own = (CudaPrior) prior;
    own.prune(null);
    return own;
  }

  @Override
  public Precision precision() {
    return Precision.FLOAT32;
  }

  @Override
  public Optional<DeviceMemory> device() {
    return Optional.of(device);
  }

  @Override
  protected Piece doAllocate(long bytes) {
    device.refuseWhileRecording("memory");
    return Leased.of(device.pool(), bytes);
  }

  @Override
  public MemoryUsage memory() {
    return device.pool().usage();
  }

  @Override
  public void limitMemory(long limit, long cacheLimit) {
    device.limit(limit, cacheLimit);
  }

  @Override
  protected Optional<Plan> doRecord(Runnable ops) {
    return CudaPlan.record(device, finiteness, ops).map(Plan.class::cast);
  }

  /** A call into the library; gives its status. */
  private interface Call {
    int run(MemorySegment handle);
  }

  private void call(Call call) {
    synchronized (device) {
      device.check(call.run(device.handle()));
    }
  }

  private MemorySegment noise(NoiseAddress at) {
    return Structs.write(noise, at, 0);
  }

  private static MemorySegment address(Optional<Samples> samples) {
    return samples.map(Samples::address).orElse(MemorySegment.NULL);
  }

  @Override
  protected void doUniform(NoiseAddress at, Samples out) {
    call(
        handle ->
            Tweedie.tweedie_cuda_uniform(handle, noise(at), out.rows(), out.dim(), out.address()));
  }

  @Override
  protected void doNormal(NoiseAddress at, Samples out) {
    call(
        handle ->
            Tweedie.tweedie_cuda_normal(handle, noise(at), out.rows(), out.dim(), out.address()));
  }

  @Override
  protected void doApply(Function f, Samples x, Samples out) {
    long all = x.rows() * x.dim();
    for (long begin = 0; begin < all; begin += ELEMENTS) {
      long count = Math.min(ELEMENTS, all - begin);
      MemorySegment in = Device.moved(x.address(), begin * Float.BYTES);
      MemorySegment result = Device.moved(out.address(), begin * Float.BYTES);
      call(
          handle ->
              switch (f) {
                case EXP -> Tweedie.tweedie_cuda_apply_exp(handle, count, in, result);
                case LOG -> Tweedie.tweedie_cuda_apply_log(handle, count, in, result);
                case SIN_PI ->
                    Tweedie.tweedie_cuda_apply_sincospi(handle, count, in, result, otherHalf());
                case COS_PI ->
                    Tweedie.tweedie_cuda_apply_sincospi(handle, count, in, otherHalf(), result);
              });
    }
  }

  /** For the half of a sine and cosine that nobody asked for. */
  private MemorySegment otherHalf() {
    return workspace.of(ELEMENTS * Float.BYTES);
  }

  @Override
  protected void doStep(Coefficients coefficients, StepTerms terms) {
    synchronized (device) {
      step(workspace.coefficients(coefficients), 0, terms);
    }
  }

  @Override
  protected void doStepRows(Samples coefficients, StepTerms terms) {
    step(coefficients.address(), 1, terms);
  }

  private void step(MemorySegment coefficients, int stride, StepTerms terms) {
    call(
        handle ->
            Tweedie.tweedie_cuda_step(
                handle,
                terms.x().rows(),
                terms.x().dim(),
                coefficients,
                stride,
                terms.x().address(),
                address(terms.denoised()),
                address(terms.previous()),
                terms.noise().map(this::noise).orElse(MemorySegment.NULL),
                terms.out().address()));
  }

  @Override
  protected void doResidual(Samples x, Samples y, Samples out) {
    call(
        handle ->
            Tweedie.tweedie_cuda_residual(
                handle, x.rows(), x.dim(), x.address(), y.address(), out.address()));
  }

  @Override
  protected void doGemm(Samples a, Samples b, Samples c) {
    if (precision != null) {
      fastGemm(precision, a, b, c);
      return;
    }
    call(
        handle ->
            Tweedie.tweedie_cuda_gemm(
                handle,
                a.rows(),
                b.dim(),
                a.dim(),
                a.address(),
                b.address(),
                c.address(),
                MemorySegment.NULL));
  }

  /**
   * {@code c = a b} by cuBLAS: in an order of its own, so bits differ from {@link #gemm}. Each
   * element is off by at most {@code (2 u + K 2^-24) sum |a| |b|}, u 0, 2^-10, 2^-8 or 2^-22. By
   * tensor cores in three parts, {@code (24 + K / 32) 2^-24 sum |a| |b| + 2^-125 sum (|a| + |b|)}.
   *
   * @throws IllegalStateException with the reason where there is no cuBLAS, or no code for them
   */
  public void fastGemm(ProductPrecision precision, Samples a, Samples b, Samples c) {
    synchronized (device) {
      if (this.precision == null && precision != ProductPrecision.BF16X3) {
        device.startFast();
      }
      int code = precision.code();
      long bytes = Tweedie.tweedie_cuda_fast_gemm_scratch(code, a.rows(), b.dim(), a.dim());
      device.check(
          Tweedie.tweedie_cuda_fast_gemm(
              device.handle(),
              code,
              a.rows(),
              b.dim(),
              a.dim(),
              a.address(),
              b.address(),
              c.address(),
              workspace.of(bytes)));
    }
  }

  /**
   * Nothing but fma in registers, for the roof that benchmarks are compared with.
   *
   * @param out gets a number of each thread
   * @return operations, two an fma
   */
  public long fma(long steps, Samples out) {
    synchronized (device) {
      try (Arena local = Arena.ofConfined()) {
        MemorySegment flops = local.allocate(ValueLayout.JAVA_LONG);
        long floats = out.rows() * out.dim();
        device.check(
            Tweedie.tweedie_cuda_fma(device.handle(), steps, floats, out.address(), flops));
        return flops.get(ValueLayout.JAVA_LONG, 0);
      }
    }
  }

  @Override
  protected PreparedPrior doPrepare(Prior prior) {
    synchronized (device) {
      CudaPrior prepared =
          PreparedPrior.inArena(
              Arena.ofShared(), arena -> new CudaPrior(this, prior, device, arena, priors::remove));
      priors.add(prepared);
      return prepared;
    }
  }

  @Override
  protected void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    synchronized (device) {
      finiteness.around(
          Finiteness.of("x", x), out::forEach, () -> score.evaluate(pruned(prior), level, x, out));
    }
  }

  @Override
  protected void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    synchronized (device) {
      finiteness.around(
          Finiteness.of("x", x),
          Finiteness.of("draw", out),
          () -> score.draw(pruned(prior), from, to, x, at, out));
    }
  }

  @Override
  protected void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    synchronized (device) {
      finiteness.around(
          Finiteness.of("x", x, "v", v),
          Finiteness.of("covariance times vector", out),
          () -> score.covarianceTimes(pruned(prior), level, x, v, out));
    }
  }

  @Override
  protected void doHessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    synchronized (device) {
      finiteness.around(
          Finiteness.of("x", x, "v", v),
          Finiteness.of("Hessian times vector", out),
          () -> score.hessianTimes(pruned(prior), level, x, v, out));
    }
  }

  @Override
  protected void doBlind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out) {
    synchronized (device) {
      BlindTables.Grid grid = BlindTables.Grid.of(sigmas, logMasses);
      finiteness.around(
          Finiteness.of("x", x), out::forEach, () -> score.blind(whole(prior), grid, x, out));
    }
  }

  /**
   * Frees the device's memory with its handle.
   *
   * @throws dev.tweedie.InvalidInputException where an op was refused whose results nobody has read
   */
  @Override
  public void close() {
    synchronized (device) {
      if (!arena.scope().isAlive()) {
        return;
      }
      readMarks();
      priors.forEach(prior -> prior.arena.close());
      device.close();
      arena.close();
      finiteness.end();
    }
  }

  /** A device that has failed says so in every call; closing goes on. */
  private void readMarks() {
    try {
      finiteness.readAll();
    } catch (IllegalStateException e) {
      return;
    }
  }
}
