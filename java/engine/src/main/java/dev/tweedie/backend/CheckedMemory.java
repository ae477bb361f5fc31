package dev.tweedie.backend;

import dev.tweedie.InvalidInputException;
import dev.tweedie.MappedFile;
import dev.tweedie.MemoryUsage;
import dev.tweedie.Precision;
import dev.tweedie.SampleMemory;
import dev.tweedie.Samples;
import dev.tweedie.schedule.Level;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a {@link Backend}, and what every op does before and around its work: arguments are
 * checked, nothing that it works on is freed meanwhile, and where it fails nothing looks like a
 * result.
 */
abstract class CheckedMemory extends SampleMemory {
  private static final long SPOILED = 1 << 14;

  private volatile @Nullable Recorded recorded;

  /** Uninitialised samples in this backend's memory. */
  public final Samples allocate(long rows, int dim) {
    if (rows < 0 || dim < 1) {
      throw new InvalidInputException(
          "samples: found " + rows + " x " + dim + ", allowed: rows >= 0 and a dimension >= 1");
    }
    long bytes;
    try {
      bytes = Math.multiplyExact(Math.multiplyExact(rows, dim), precision().bytes());
    } catch (ArithmeticException e) {
      throw new InvalidInputException("samples: " + rows + " x " + dim + " do not fit memory", e);
    }
    return samples(doAllocate(bytes), rows, dim);
  }

  protected abstract Piece doAllocate(long bytes);

  /** What this backend's native memory is used by. */
  public abstract MemoryUsage memory();

  /**
   * Bounds this backend's native memory, before anything is allocated.
   *
   * @param limit bytes of all that it holds
   * @param cacheLimit bytes that it keeps of samples that ended
   */
  public abstract void limitMemory(long limit, long cacheLimit);

  /**
   * Takes memory of the caller as samples, without a copy: on a host only.
   *
   * @param memory native or mapped, {@code rows x dim} elements of {@link #precision}, row-major,
   *     at a multiple of an element's size; must outlive the samples
   * @throws InvalidInputException where it is not
   */
  public final Samples wrap(MemorySegment memory, long rows, int dim) {
    given("memory", memory);
    if (device().isPresent()) {
      throw new InvalidInputException(
          "samples: found memory of the host, allowed on " + name() + ": a copy on the device");
    }
    if (!memory.isNative()) {
      throw new InvalidInputException(
          "samples: found heap memory, allowed: native or mapped memory");
    }
    if (rows < 0 || dim < 1 || memory.byteSize() / precision().bytes() / dim < rows) {
      throw new InvalidInputException(
          String.format(
              "samples: found %d bytes for %d x %d elements of %d bytes",
              memory.byteSize(), rows, dim, precision().bytes()));
    }
    if (memory.address() % precision().bytes() != 0) {
      throw new InvalidInputException(
          "samples: found memory at an odd address, allowed: a multiple of "
              + precision().bytes()
              + " bytes");
    }
    return samples(new Given(memory), rows, dim);
  }

  /** Memory of a caller, who frees it. */
  private record Given(MemorySegment memory) implements Piece {
    @Override
    public MemorySegment visible(Arena life) {
      return memory;
    }

    @Override
    public void free() {}
  }

  /** A plan whose samples cannot be freed while it runs. */
  final Optional<Backend.Plan> recorded(Supplier<Optional<Backend.Plan>> record) {
    Recorded samples = new Recorded();
    recorded = samples;
    try {
      return record.get().map(samples::guard);
    } finally {
      recorded = null;
    }
  }

  /** The samples of ops that are being recorded. */
  private static final class Recorded {
    private final Set<Samples> samples = new LinkedHashSet<>();

    Backend.Plan guard(Backend.Plan plan) {
      return new Backend.Plan() {
        @Override
        public void run(long firstRow) {
          try (Held _ = new Held(null, List.copyOf(samples), List.of())) {
            plan.run(firstRow);
          }
        }

        @Override
        public void close() {
          plan.close();
        }
      };
    }
  }

  /** What an op works on: until it ends, nobody's closing frees any of it. */
  private static final class Held implements AutoCloseable {
    private final @Nullable PreparedPrior prior;
    private final List<Samples> out;
    private final List<Samples> in;
    private int count;

    Held(@Nullable PreparedPrior prior, List<Samples> out, List<Samples> in) {
      this.prior = prior;
      this.out = out;
      this.in = in;
      if (prior != null) {
        prior.enter();
      }
      try {
        for (; count < out.size() + in.size(); count++) {
          hold(at(count));
        }
      } catch (RuntimeException e) {
        close();
        throw e;
      }
    }

    private Samples at(int i) {
      return i < out.size() ? out.get(i) : in.get(i - out.size());
    }

    @Override
    public void close() {
      while (count > 0) {
        release(at(--count));
      }
      if (prior != null) {
        prior.exit();
      }
    }
  }

  final void perform(List<Samples> out, List<Samples> in, Runnable op) {
    perform(null, out, in, op);
  }

  /** Where an op ends by an exception, nothing that it wrote looks like a result. */
  final void perform(
      @Nullable PreparedPrior prior, List<Samples> out, List<Samples> in, Runnable op) {
    Workers.requireNotInterrupted();
    try (Held _ = new Held(prior, out, in)) {
      Recorded recording = recorded;
      if (recording != null) {
        recording.samples.addAll(out);
        recording.samples.addAll(in);
      }
      boolean done = false;
      try {
        op.run();
        done = true;
      } catch (InternalError e) { // of Java code that reads a mapped file
        throw MappedFile.explain(e);
      } finally {
        if (!done && recording == null) {
          out.forEach(this::spoil);
        }
      }
    }
  }

  /** NaN in every element: nobody takes half a result for a whole one. */
  private void spoil(Samples samples) {
    try {
      float[] part = new float[(int) Math.min(SPOILED, samples.rows() * samples.dim())];
      Arrays.fill(part, Float.NaN);
      long dim = samples.dim();
      long all = samples.rows() * dim;
      for (long at = 0; at < all; at += part.length) {
        long count = Math.min(part.length, all - at);
        spoil(samples.address(), at, (int) count, part);
      }
    } catch (RuntimeException e) {
      // the device has failed, which the op's own exception says
    }
  }

  private void spoil(MemorySegment memory, long at, int count, float[] nan) {
    if (device().isPresent()) {
      MemorySegment to = MemorySegment.ofAddress(memory.address() + at * precision().bytes());
      device().get().upload(MemorySegment.ofArray(nan).asSlice(0, count * (long) Float.BYTES), to);
    } else if (precision() == Precision.FLOAT32) {
      MemorySegment.copy(nan, 0, memory, ValueLayout.JAVA_FLOAT, at * Float.BYTES, count);
    } else {
      for (int i = 0; i < count; i++) {
        memory.setAtIndex(ValueLayout.JAVA_DOUBLE, at + i, Double.NaN);
      }
    }
  }

  // ---- checks ----

  static void given(String name, @Nullable Object value) {
    if (value == null) {
      throw new InvalidInputException(name + ": found null, allowed: a value");
    }
  }

  /** Samples that can be written. */
  final void result(String name, Samples samples) {
    own(name, samples);
    if (samples.address().isReadOnly()) {
      throw new InvalidInputException(
          name + ": found read-only memory, allowed: memory that can be written");
    }
  }

  final void own(String name, Samples samples) {
    given(name, samples);
    if (samples.owner() != this) {
      throw new InvalidInputException(
          name
              + ": found samples of "
              + samples.owner().name()
              + ", allowed: those of this engine's "
              + name());
    }
  }

  final void ownPrior(PreparedPrior prior) {
    given("prior", prior);
    if (prior.owner() != this) {
      throw new InvalidInputException(
          "prior: prepared by another engine, allowed: one prepared by this one (" + name() + ")");
    }
  }

  static void noisy(Level level) {
    given("level", level);
    if (level.sigma() == 0) {
      throw new InvalidInputException("level: found sigma 0, allowed: sigma > 0");
    }
  }

  static void levels(double[] sigmas, double[] logMasses) {
    if (sigmas.length < 1 || logMasses.length != sigmas.length) {
      throw new InvalidInputException(
          "levels: found %d sigmas and %d masses, allowed: as many, at least 1"
              .formatted(sigmas.length, logMasses.length));
    }
    double most = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < sigmas.length; s++) {
      if (!(sigmas[s] > 0 && sigmas[s] < Double.POSITIVE_INFINITY)
          || !(logMasses[s] < Double.POSITIVE_INFINITY)) {
        throw new InvalidInputException(
            "levels: found sigma %s with log mass %s, allowed: finite sigma > 0, a finite mass"
                .formatted(sigmas[s], logMasses[s]));
      }
      most = Math.max(most, logMasses[s]);
    }
    if (most == Double.NEGATIVE_INFINITY) {
      throw new InvalidInputException("levels: found no mass, allowed: some level with mass > 0");
    }
  }

  final void shape(String name, Samples samples, long rows, int dim) {
    own(name, samples);
    if (samples.rows() != rows || samples.dim() != dim) {
      throw new InvalidInputException(
          name + ": found " + samples + ", allowed: " + rows + " x " + dim);
    }
  }

  final void shapeApart(String name, Samples samples, Samples x, int dim) {
    shape(name, samples, x.rows(), dim);
    result(name, samples);
    apart(name, samples, "x", x);
  }

  /** Outputs, none of which may overlap another. */
  static void apart(List<Samples> samples) {
    for (int i = 1; i < samples.size(); i++) {
      for (int j = 0; j < i; j++) {
        apart("output", samples.get(i), "another output", samples.get(j));
      }
    }
  }

  /** The same elements, or none in common: rows in part the same would depend on the order. */
  static void sameOrApart(String name, Samples samples, String other, Samples with) {
    if (samples.address().address() != with.address().address()) {
      apart(name, samples, other, with);
    }
  }

  static void apart(String name, Samples samples, String other, Samples with) {
    if (samples.overlaps(with)) {
      throw new InvalidInputException(
          name + ": overlaps " + other + ", allowed: memory of its own");
    }
  }
}
