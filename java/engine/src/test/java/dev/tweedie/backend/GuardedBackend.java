package dev.tweedie.backend;

import dev.tweedie.BlindOutputs;
import dev.tweedie.DeviceMemory;
import dev.tweedie.MemoryUsage;
import dev.tweedie.Outputs;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A device without a device: another backend does the work, but samples are addresses that mean
 * nothing to the host, so whoever touches one without a transfer fails. Ops are recorded as a
 * device records them: what needs an answer at once is refused meanwhile.
 */
public final class GuardedBackend extends Backend {
  private static final long GAP = 256; // a device's alignment

  private final Backend inner;
  private final TreeMap<Long, MemorySegment> blocks = new TreeMap<>();
  private final Memory memory = new Memory();
  private long next = 1L << 44; // nothing of a process lies there
  private List<Consumer<Long>> recorded;
  private int transfers;
  private int replays;

  public GuardedBackend(Backend inner) {
    this.inner = inner;
  }

  @Override
  public String name() {
    return "guarded:" + inner.name();
  }

  @Override
  public Precision precision() {
    return inner.precision();
  }

  @Override
  public Optional<DeviceMemory> device() {
    return Optional.of(memory);
  }

  /** Uploads and downloads so far. */
  public int transfers() {
    return transfers;
  }

  /** Runs of plans so far. */
  public int replays() {
    return replays;
  }

  @Override
  protected Piece doAllocate(long bytes) {
    refuseWhileRecording("memory");
    long elements = Math.max(bytes, 1) / precision().bytes() + 1;
    Samples block = inner.allocate(elements, 1);
    blocks.put(next, block.segment().asSlice(0, bytes));
    MemorySegment address = MemorySegment.ofAddress(next);
    next += (bytes + GAP - 1) / GAP * GAP + GAP;
    return new Piece() {
      @Override
      public MemorySegment memory() {
        return address;
      }

      @Override
      public MemorySegment visible(Arena life) {
        return address;
      }

      @Override
      public void free() {
        blocks.remove(address.address());
        block.close();
      }
    };
  }

  @Override
  public MemoryUsage memory() {
    return inner.memory();
  }

  @Override
  public void limitMemory(long limit, long cacheLimit) {
    inner.limitMemory(limit, cacheLimit);
  }

  private MemorySegment real(MemorySegment address, long bytes) {
    if (address.byteSize() != 0) {
      throw new AssertionError("the host's memory was taken for the device's");
    }
    var block = blocks.floorEntry(address.address());
    return block.getValue().asSlice(address.address() - block.getKey(), bytes);
  }

  private void refuseWhileRecording(String what) {
    if (recorded != null) {
      throw new AssertionError(what + " while ops are recorded");
    }
  }

  private final class Memory implements DeviceMemory {
    @Override
    public void upload(MemorySegment from, MemorySegment to) {
      refuseWhileRecording("an upload");
      transfers++;
      real(to, from.byteSize()).copyFrom(from);
    }

    @Override
    public void download(MemorySegment from, MemorySegment to) {
      refuseWhileRecording("a download");
      transfers++;
      to.copyFrom(real(from, to.byteSize()));
    }

    @Override
    public void copy(MemorySegment from, MemorySegment to, long bytes) {
      perform(_ -> real(to, bytes).copyFrom(real(from, bytes)));
    }

    @Override
    public double seconds(Runnable ops) {
      refuseWhileRecording("a measurement");
      long start = System.nanoTime();
      ops.run();
      return (System.nanoTime() - start) * 1e-9;
    }

    @Override
    public void clear(MemorySegment at, long bytes) {
      perform(_ -> real(at, bytes).fill((byte) 0));
    }
  }

  private void perform(Consumer<Long> op) {
    if (recorded == null) {
      op.accept(0L);
    } else {
      recorded.add(op);
    }
  }

  @Override
  protected Optional<Plan> doRecord(Runnable ops) {
    List<Consumer<Long>> list = new ArrayList<>();
    recorded = list;
    try {
      ops.run();
    } finally {
      recorded = null;
    }
    return Optional.of(
        new Plan() {
          @Override
          public void run(long firstRow) {
            replays++;
            list.forEach(op -> op.accept(firstRow));
          }

          @Override
          public void close() {
            list.clear();
          }
        });
  }

  private Samples in(Samples samples) {
    long bytes = samples.rows() * samples.dim() * precision().bytes();
    return inner.wrap(real(samples.address(), bytes), samples.rows(), samples.dim());
  }

  private static NoiseAddress moved(NoiseAddress at, long rows) {
    return at == null ? null : at.skipRows(rows);
  }

  private static final class Prepared extends PreparedPrior {
    final PreparedPrior inner;

    Prepared(Backend owner, Prior prior, PreparedPrior inner) {
      super(owner, prior);
      this.inner = inner;
    }
  }

  @Override
  protected PreparedPrior doPrepare(Prior prior) {
    return new Prepared(this, prior, inner.prepare(prior));
  }

  @Override
  protected void doUniform(NoiseAddress at, Samples out) {
    perform(row -> inner.uniform(moved(at, row), in(out)));
  }

  @Override
  protected void doNormal(NoiseAddress at, Samples out) {
    perform(row -> inner.normal(moved(at, row), in(out)));
  }

  @Override
  @SuppressWarnings("exports") // clients have it as Backend.Function
  protected void doApply(Function f, Samples x, Samples out) {
    perform(_ -> inner.apply(f, in(x), in(out)));
  }

  @Override
  protected void doStep(Coefficients coefficients, StepTerms terms) {
    perform(row -> inner.step(coefficients, in(terms, row)));
  }

  @Override
  protected void doStepRows(Samples coefficients, StepTerms terms) {
    perform(row -> inner.stepRows(in(coefficients), in(terms, row)));
  }

  private StepTerms in(StepTerms terms, long row) {
    StepTerms inside = terms.map(this::in);
    return terms.noise().map(at -> inside.noise(moved(at, row))).orElse(inside);
  }

  @Override
  protected void doResidual(Samples x, Samples y, Samples out) {
    perform(_ -> inner.residual(in(x), in(y), in(out)));
  }

  @Override
  protected void doGemm(Samples a, Samples b, Samples c) {
    perform(_ -> inner.gemm(in(a), in(b), in(c)));
  }

  @Override
  protected void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    PreparedPrior prepared = ((Prepared) prior).inner;
    perform(_ -> inner.evaluate(prepared, level, in(x), out.map(this::in)));
  }

  @Override
  protected void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    PreparedPrior prepared = ((Prepared) prior).inner;
    perform(_ -> inner.covarianceTimes(prepared, level, in(x), in(v), in(out)));
  }

  @Override
  protected void doHessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    PreparedPrior prepared = ((Prepared) prior).inner;
    perform(_ -> inner.hessianTimes(prepared, level, in(x), in(v), in(out)));
  }

  @Override
  protected void doBlind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out) {
    PreparedPrior prepared = ((Prepared) prior).inner;
    perform(_ -> inner.blind(prepared, sigmas, logMasses, in(x), out.map(this::in)));
  }

  @Override
  protected void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    PreparedPrior prepared = ((Prepared) prior).inner;
    perform(row -> inner.draw(prepared, from, to, in(x), moved(at, row), in(out)));
  }

  @Override
  public void close() {
    inner.close();
  }
}
