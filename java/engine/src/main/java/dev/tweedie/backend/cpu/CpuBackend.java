package dev.tweedie.backend.cpu;

import static dev.tweedie.bindings.TweedieCpu.Tier.AVX2;
import static dev.tweedie.bindings.TweedieCpu.Tier.AVX512;
import static dev.tweedie.bindings.TweedieCpu.Tier.AVX512_BF16;
import static dev.tweedie.bindings.TweedieCpu.Tier.AVX512_VNNI;
import static dev.tweedie.bindings.TweedieCpu.Tier.NEON;
import static dev.tweedie.bindings.TweedieCpu.Tier.SCALAR;

import dev.tweedie.Numerics;
import dev.tweedie.PairCount;
import dev.tweedie.Pruning;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.backend.Tier;
import dev.tweedie.backend.host.BlindKernels;
import dev.tweedie.backend.host.Pool;
import dev.tweedie.backend.host.ScoreKernels;
import dev.tweedie.backend.host.TableBackend;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.bindings.TweedieCpu;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.threads.Grain;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One tier of the C kernels. */
public final class CpuBackend extends TableBackend {
  /** Best first. */
  private static final List<TweedieCpu.Tier> TIERS = List.of(AVX512, AVX2, NEON, SCALAR);

  /** Rows of the widest micro-kernel. */
  private static final long PRODUCT_UNIT = 14;

  /** A product packs its right factor once a chunk: no more than a percent of this many rows. */
  private static final long PRODUCT_ROWS = 6 * PRODUCT_UNIT;

  /** Elements of the half of a sine and cosine that nobody asked for. */
  private static final long ELEMENTS = 1 << 14;

  private final String name;
  private final TweedieCpu cpu;
  private final Filters filters;
  private final Numerics numerics;
  private final Pool<CallSpace> spaces = new Pool<>(() -> new CallSpace(arena));

  /** Every tier that has these numerics, best first; each says whether it can run here. */
  public static List<Tier> tiers(Numerics numerics) {
    return switch (numerics) {
      case EXACT, FAST -> TIERS.stream().map(kernels -> tier(kernels, kernels, numerics)).toList();
      case FAST_BYTES -> List.of(tier(AVX512, AVX512_VNNI, numerics));
      case FAST_BF16 -> List.of(tier(AVX512, AVX512_BF16, numerics));
      case FAST_TF32 -> List.of();
    };
  }

  /**
   * @param tier as a user names it
   * @param kernels whose table is opened
   */
  private static Tier tier(TweedieCpu.Tier tier, TweedieCpu.Tier kernels, Numerics numerics) {
    String name = "cpu:" + tier.name().toLowerCase(Locale.ROOT);
    boolean library = numerics == Numerics.FAST;
    return new Tier(
        name,
        () -> library ? TweedieCpu.whyFastAbsent(kernels) : TweedieCpu.whyAbsent(kernels),
        workers ->
            new CpuBackend(
                name,
                library ? TweedieCpu.openFast(kernels) : TweedieCpu.open(kernels),
                numerics,
                workers));
  }

  private CpuBackend(String name, TweedieCpu cpu, Numerics numerics, Workers workers) {
    super(workers);
    this.name = name;
    this.cpu = cpu;
    this.numerics = numerics;
    filters =
        new Filters(
            cpu.tier() == TweedieCpu.Tier.AVX512
                && TweedieCpu.whyAbsent(TweedieCpu.Tier.AVX512_VNNI).isEmpty());
  }

  @Override
  public void prune(Pruning mode) {
    super.prune(mode);
    filters.mode(mode);
  }

  @Override
  public boolean hasFilter() {
    return numerics == Numerics.EXACT;
  }

  @Override
  public PairCount pairs() {
    return filters.count();
  }

  @Override
  protected void beforeRows(PriorTable prior, LevelTable level, long rows) {
    if (numerics == Numerics.EXACT) {
      filters.prepare(prior, level, rows, workers);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Numerics numerics() {
    return numerics;
  }

  @Override
  protected ScoreKernels newScoreKernels(PriorTable prior, Arena arena) {
    return new CpuScoreKernels(cpu, numerics, filters, prior, arena);
  }

  @Override
  protected BlindKernels newBlindKernels(PriorTable prior, int levels, Arena arena) {
    return new CpuBlindKernels(cpu, prior, levels, arena);
  }

  /** A kernel on {@code [begin, begin + count)}; gives its status. */
  private interface Kernel {
    int run(CallSpace space, long begin, long count);
  }

  private void forEachChunk(long n, Grain grain, Kernel kernel) {
    workers.forEachChunk(
        n,
        grain,
        (begin, count) -> {
          CallSpace space = spaces.borrow();
          try {
            cpu.check(kernel.run(space, begin, count));
          } finally {
            spaces.giveBack(space);
          }
        });
  }

  @Override
  protected void doUniform(NoiseAddress at, Samples out) {
    forEachChunk(
        out.rows(),
        Grain.ofElements(out.dim()),
        (space, begin, count) ->
            Tweedie.tweedie_cpu_uniform(
                cpu.handle(), space.noise(at, begin), count, out.dim(), from(out, begin)));
  }

  @Override
  protected void doNormal(NoiseAddress at, Samples out) {
    forEachChunk(
        out.rows(),
        Grain.ofElements(out.dim()),
        (space, begin, count) ->
            Tweedie.tweedie_cpu_normal(
                cpu.handle(), space.noise(at, begin), count, out.dim(), from(out, begin)));
  }

  @Override
  protected void doApply(Function f, Samples x, Samples out) {
    forEachChunk(
        x.rows() * x.dim(),
        new Grain(ELEMENTS, ELEMENTS, ELEMENTS, ELEMENTS),
        (space, begin, count) -> {
          MemorySegment in = x.address().asSlice(begin * Float.BYTES);
          MemorySegment result = out.address().asSlice(begin * Float.BYTES);
          MemorySegment other = space.scratch(ELEMENTS * Float.BYTES);
          MemorySegment handle = cpu.handle();
          return switch (f) {
            case EXP -> Tweedie.tweedie_cpu_apply_exp(handle, count, in, result);
            case LOG -> Tweedie.tweedie_cpu_apply_log(handle, count, in, result);
            case SIN_PI -> Tweedie.tweedie_cpu_apply_sincospi(handle, count, in, result, other);
            case COS_PI -> Tweedie.tweedie_cpu_apply_sincospi(handle, count, in, other, result);
          };
        });
  }

  @Override
  protected void doStep(Coefficients coefficients, StepTerms terms) {
    step((space, _) -> space.coefficients(coefficients), 0, terms);
  }

  @Override
  protected void doStepRows(Samples coefficients, StepTerms terms) {
    step((_, begin) -> from(coefficients, begin), 1, terms);
  }

  /** Coefficients of the rows from {@code begin} on. */
  private interface CoefficientsOf {
    MemorySegment at(CallSpace space, long begin);
  }

  private void step(CoefficientsOf coefficients, int stride, StepTerms terms) {
    int dim = terms.x().dim();
    forEachChunk(
        terms.x().rows(),
        Grain.ofElements(dim),
        (space, begin, count) ->
            Tweedie.tweedie_cpu_step(
                cpu.handle(),
                count,
                dim,
                coefficients.at(space, begin),
                stride,
                from(terms.x(), begin),
                from(terms.denoised().orElse(null), begin),
                from(terms.previous().orElse(null), begin),
                space.noise(terms.noise().orElse(null), begin),
                from(terms.out(), begin)));
  }

  @Override
  protected void doResidual(Samples x, Samples y, Samples out) {
    forEachChunk(
        x.rows(),
        Grain.ofElements(x.dim()),
        (_, begin, count) ->
            Tweedie.tweedie_cpu_residual(
                cpu.handle(), count, x.dim(), from(x, begin), from(y, begin), from(out, begin)));
  }

  @Override
  protected void doGemm(Samples a, Samples b, Samples c) {
    if (numerics == Numerics.FAST) {
      fastGemm(a, b, c);
      return;
    }
    long bytes = Tweedie.tweedie_cpu_gemm_scratch(a.dim());
    forEachChunk(
        a.rows(),
        Grain.ofFlops(PRODUCT_UNIT, 2.0 * a.dim() * b.dim(), PRODUCT_ROWS, Long.MAX_VALUE),
        (space, begin, count) ->
            Tweedie.tweedie_cpu_gemm(
                cpu.handle(),
                count,
                b.dim(),
                a.dim(),
                from(a, begin),
                b.address(),
                from(c, begin),
                space.scratch(bytes)));
  }

  /** Larger chunks: sgemm packs both factors anew in every call. */
  private void fastGemm(Samples a, Samples b, Samples c) {
    long share = (a.rows() + workers.threads() - 1) / workers.threads();
    workers.forEachChunk(
        a.rows(),
        Math.max(share, PRODUCT_ROWS),
        (begin, count) ->
            cpu.check(
                Tweedie.tweedie_cpu_fast_gemm(
                    cpu.handle(),
                    count,
                    b.dim(),
                    a.dim(),
                    from(a, begin),
                    b.address(),
                    from(c, begin))));
  }

  /**
   * The memory of row {@code begin} and on; null where there are no samples. A slice in either
   * case: the compiler removes its object, but not one that may be another's.
   */
  private static MemorySegment from(@Nullable Samples samples, long begin) {
    MemorySegment all = samples == null ? MemorySegment.NULL : samples.address();
    return all.asSlice(samples == null ? 0 : begin * samples.dim() * Float.BYTES);
  }

  /** The arena first: it refuses while a kernel runs, since every call holds memory of it. */
  @Override
  public void close() {
    super.close();
    cpu.close();
  }
}
