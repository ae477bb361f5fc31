package dev.tweedie.backend.java;

import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.backend.Tier;
import dev.tweedie.backend.host.BlindKernels;
import dev.tweedie.backend.host.Pool;
import dev.tweedie.backend.host.ScoreKernels;
import dev.tweedie.backend.host.TableBackend;
import dev.tweedie.backend.java.scalar.ScalarNoise;
import dev.tweedie.backend.java.scalar.ScalarStep;
import dev.tweedie.backend.java.scalar.ScalarTile;
import dev.tweedie.backend.java.vector.VectorNoise;
import dev.tweedie.backend.java.vector.VectorStep;
import dev.tweedie.backend.java.vector.VectorTile;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.threads.Grain;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The kernels in Java alone: over the Vector API, or as plain loops where its module is absent.
 * Gives the bits of the C kernels.
 */
public final class JavaBackend extends TableBackend {
  private static final String MODULE = "jdk.incubator.vector";

  /** Elements of a chunk of elementary functions. */
  private static final long ELEMENTS = 1 << 14;

  private final String name;
  private final Tile tile;
  private final NoiseKernels noise;
  private final StepKernels steps;
  private final Pool<JavaGemm> products;

  private JavaBackend(
      String name, Tile tile, NoiseKernels noise, StepKernels steps, Workers workers) {
    super(workers);
    this.name = name;
    this.tile = tile;
    this.noise = noise;
    this.steps = steps;
    products = new Pool<>(() -> new JavaGemm(tile));
  }

  /** Both tiers, the better one first; each says whether it can run here. */
  public static List<Tier> tiers() {
    return List.of(
        new Tier("java:vector", JavaBackend::whyNoVectors, JavaBackend::vector),
        new Tier("java:scalar", Optional::empty, JavaBackend::scalar));
  }

  private static Optional<String> whyNoVectors() {
    if (ModuleLayer.boot().findModule(MODULE).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        "module " + MODULE + " is not in the boot layer; start with --add-modules " + MODULE);
  }

  private static JavaBackend scalar(Workers workers) {
    return new JavaBackend(
        "java:scalar", new ScalarTile(), new ScalarNoise(), new ScalarStep(), workers);
  }

  /** The only place that touches the classes which need the module. */
  private static JavaBackend vector(Workers workers) {
    return new JavaBackend(
        "java:vector", new VectorTile(), new VectorNoise(), new VectorStep(), workers);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  protected ScoreKernels newScoreKernels(PriorTable prior, Arena arena) {
    return new JavaScore(prior, tile, noise);
  }

  @Override
  protected BlindKernels newBlindKernels(PriorTable prior, int levels, Arena arena) {
    return new JavaBlind(prior, levels, tile);
  }

  private void forEachRow(Samples out, Workers.Chunk work) {
    workers.forEachChunk(out.rows(), Grain.ofElements(out.dim()), work);
  }

  @Override
  protected void doUniform(NoiseAddress at, Samples out) {
    forEachRow(out, (begin, count) -> noise.uniform(at, out.dim(), out.address(), begin, count));
  }

  @Override
  protected void doNormal(NoiseAddress at, Samples out) {
    forEachRow(out, (begin, count) -> noise.normal(at, out.dim(), out.address(), begin, count));
  }

  @Override
  protected void doApply(Function f, Samples x, Samples out) {
    long elements = x.rows() * x.dim();
    workers.forEachChunk(
        elements,
        new Grain(ELEMENTS, ELEMENTS, ELEMENTS, ELEMENTS),
        (begin, count) -> noise.apply(f, x.address(), out.address(), begin, count));
  }

  @Override
  protected void doStep(Coefficients coefficients, StepTerms terms) {
    float[] shared = {
      (float) coefficients.a(),
      (float) coefficients.b(),
      (float) coefficients.c(),
      (float) coefficients.e()
    };
    step(MemorySegment.ofArray(shared), 0, terms);
  }

  @Override
  protected void doStepRows(Samples coefficients, StepTerms terms) {
    step(coefficients.address(), 1, terms);
  }

  private void step(MemorySegment coefficients, int stride, StepTerms of) {
    StepKernels.Terms terms =
        new StepKernels.Terms(
            of.x().dim(),
            coefficients,
            stride,
            of.x().address(),
            segment(of.denoised()),
            segment(of.previous()),
            of.noise().orElse(null),
            of.out().address());
    forEachRow(of.out(), (begin, count) -> steps.step(terms, begin, count));
  }

  private static @Nullable MemorySegment segment(Optional<Samples> samples) {
    return samples.map(Samples::address).orElse(null);
  }

  @Override
  protected void doResidual(Samples x, Samples y, Samples out) {
    forEachRow(
        out,
        (begin, count) ->
            steps.residual(x.dim(), x.address(), y.address(), out.address(), begin, count));
  }

  @Override
  protected void doGemm(Samples a, Samples b, Samples c) {
    long down = (c.rows() + JavaGemm.ROWS - 1) / JavaGemm.ROWS;
    int across = (c.dim() + JavaGemm.COLUMNS - 1) / JavaGemm.COLUMNS;
    workers.forEachChunk(
        down * across,
        1,
        (block, _) -> {
          // even blocks: 256 rows as 128 + 128, not 252 + 4
          long row = c.rows() * (block / across) / down;
          int rows = (int) (c.rows() * (block / across + 1) / down - row);
          int column = (int) (block % across) * JavaGemm.COLUMNS;
          int columns = Math.min(JavaGemm.COLUMNS, c.dim() - column);
          JavaGemm product = products.borrow();
          try {
            product.block(a, b, c, row, rows, column, columns);
          } finally {
            products.giveBack(product);
          }
        });
  }
}
