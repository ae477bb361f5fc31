package dev.tweedie.backend.host;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.PartialState;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.host.TablePrior.Workspace;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.Form;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.Pass;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import dev.tweedie.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the float32 backends on the host share: tables, and the order in which rows and shards are
 * taken. Only the kernels differ, and they give the same bits.
 */
public abstract class TableBackend extends HostBackend {
  /** Rows that a kernel works on together. */
  static final int TILE = 32;

  private final Set<TablePrior> priors = ConcurrentHashMap.newKeySet();

  protected TableBackend(Workers workers) {
    super(workers);
  }

  /** Kernels, and scratch memory of {@code arena}, for one thread. */
  protected abstract ScoreKernels newScoreKernels(PriorTable prior, Arena arena);

  protected abstract BlindKernels newBlindKernels(PriorTable prior, int levels, Arena arena);

  @Override
  public final Precision precision() {
    return Precision.FLOAT32;
  }

  @Override
  protected final PreparedPrior doPrepare(Prior prior) {
    TablePrior tables =
        PreparedPrior.inArena(
            counted(),
            arena ->
                new TablePrior(
                    this,
                    prior,
                    arena,
                    this::newScoreKernels,
                    this::newBlindKernels,
                    priors::remove));
    priors.add(tables);
    return tables;
  }

  @Override
  protected final void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    TablePrior tables = (TablePrior) prior;
    for (Pass pass : Pass.of(tables.table, level, out)) {
      atLevel(
          tables,
          level,
          pass.form(),
          x,
          table ->
              scores(tables, table, null, pass.sums())
                  .forEachChunk(x, workers, space -> write(tables, table, space, pass)));
    }
  }

  @Override
  protected final PartialState doAccumulate(
      PreparedPrior shard, Level level, Samples x, boolean summing) {
    TablePrior tables = (TablePrior) shard;
    int width = summing ? tables.table.kind().width(tables.dim()) : 0;
    PartialState states = PartialState.empty(Math.toIntExact(x.rows()), width);
    accumulate(tables, level, x, null, summing, states);
    return states;
  }

  @Override
  protected final PartialState doChoose(
      PreparedPrior shard, Level level, Samples x, NoiseAddress at) {
    PartialState states = PartialState.undrawn(Math.toIntExact(x.rows()));
    accumulate((TablePrior) shard, level, x, at, false, states);
    return states;
  }

  private void accumulate(
      TablePrior shard,
      Level level,
      Samples x,
      @Nullable NoiseAddress at,
      boolean summing,
      PartialState states) {
    atLevel(
        shard,
        level,
        Form.MEANS,
        x,
        table ->
            scores(shard, table, at, summing)
                .forEachChunk(x, workers, space -> space.state().copyTo(states)));
  }

  @Override
  protected final void doFinish(
      PreparedPrior shard, Level level, Samples x, PartialState state, Outputs out) {
    TablePrior tables = (TablePrior) shard;
    boolean summing = out.has(Output.MEAN) || out.has(Output.SCORE);
    complete(
        tables,
        level,
        x,
        state,
        summing,
        (table, space) -> {
          finish(space, table, out);
          out.get(Output.RESPONSIBILITIES)
              .ifPresent(
                  to ->
                      space
                          .kernels()
                          .responsibilities(
                              table, 0, tables.components(), space.state(), to.address()));
          out.forEach((name, result) -> requireFiniteResult(name, space.state(), result));
        });
  }

  @Override
  protected final float[] doSpread(
      PreparedPrior shard, Level level, Samples x, PartialState state) {
    TablePrior tables = (TablePrior) shard;
    int dim = tables.dim();
    float[] parts = new float[Math.multiplyExact(state.rows(), dim)];
    complete(
        tables,
        level,
        x,
        state,
        true,
        (table, space) -> {
          finish(space, table, Outputs.of()); // leaves the mean in the sums
          space.state().forgetMass(); // whoever merges the parts divides by it
          space.kernels().diagonal(table, 0, tables.components(), space.state());
          space.state().copyDiagonalTo(parts, dim);
        });
    return parts;
  }

  /** Work on chunks of rows whose states are merged over all shards. */
  private void complete(
      TablePrior shard,
      Level level,
      Samples x,
      PartialState state,
      boolean summing,
      BiConsumer<LevelTable, Workspace<ScoreKernels>> work) {
    atLevel(
        shard,
        level,
        Form.MEANS,
        x,
        table ->
            forEachChunk(
                shard,
                x,
                null,
                summing,
                space -> {
                  space.state().copyFrom(state);
                  work.accept(table, space);
                }));
  }

  /** Work on chunks of rows that have seen nothing. */
  private void forEachChunk(
      TablePrior prior,
      Samples x,
      @Nullable NoiseAddress at,
      boolean summing,
      Consumer<Workspace<ScoreKernels>> work) {
    workers.forEachChunk(
        x.rows(),
        prior.largestChunk,
        (begin, count) -> {
          Workspace<ScoreKernels> space = prior.workspaces.borrow();
          try {
            space.state().start(x.address(), begin, count, at, summing);
            work.accept(space);
          } finally {
            prior.workspaces.giveBack(space);
          }
        });
  }

  private static void finish(Workspace<ScoreKernels> space, LevelTable level, Outputs out) {
    space
        .kernels()
        .finish(
            level,
            space.state(),
            segment(out.get(Output.EVIDENCE)),
            segment(out.get(Output.MEAN)),
            segment(out.get(Output.SCORE)));
  }

  /** Called before so many rows are taken at a level. */
  protected void beforeRows(PriorTable prior, LevelTable level, long rows) {}

  private void atLevel(
      TablePrior prior, Level level, Form form, Samples x, Consumer<LevelTable> work) {
    Pool<LevelTable> levels = prior.levels(form);
    LevelTable table = levels.borrow();
    try {
      table.fill(level, form);
      beforeRows(prior.table, table, x.rows());
      work.accept(table);
    } finally {
      levels.giveBack(table);
    }
  }

  @Override
  protected final void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    TablePrior tables = (TablePrior) prior;
    Form form = Pass.ofCovariance(tables.table, level);
    products("covariance times vector", tables, level, form, x, v, out);
  }

  @Override
  protected final void doHessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    products("Hessian times vector", (TablePrior) prior, level, Form.SCORES, x, v, out);
  }

  /** The second moments of a form times vectors. */
  private void products(
      String name, TablePrior prior, Level level, Form form, Samples x, Samples v, Samples out) {
    atLevel(
        prior,
        level,
        form,
        x,
        table ->
            scores(prior, table, null, true)
                .forEachChunk(
                    x,
                    workers,
                    space -> {
                      RowState state = space.state();
                      requireFinite("v", v, state.begin(), state.rows());
                      times(prior, table, space, v);
                      copyDiagonal(state, prior.dim(), out);
                      requireFiniteResult(name, state, out);
                    }));
  }

  private static void times(
      TablePrior prior, LevelTable table, Workspace<ScoreKernels> space, Samples v) {
    ScoreKernels kernels = space.kernels();
    RowState state = space.state();
    finish(space, table, Outputs.of());
    for (int shard = 0; shard < prior.shards(); shard++) {
      long first = prior.first(shard);
      long last = prior.last(shard);
      if (state.wants(shard)) {
        kernels.times(table, first, last, state, v.address());
      } else {
        kernels.leaveOut(state.rows() * (last - first));
      }
    }
  }

  @Override
  protected final void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    TablePrior tables = (TablePrior) prior;
    ReverseTable reverse = tables.reverses.borrow();
    try {
      reverse.fill(from, to);
      atLevel(
          tables,
          from,
          Form.MEANS,
          x,
          table ->
              scores(tables, table, at, false)
                  .forEachChunk(
                      x,
                      workers,
                      space -> {
                        space.kernels().draw(reverse, space.state(), out.address());
                        requireFiniteResult("draw", space.state(), out);
                      }));
    } finally {
      tables.reverses.giveBack(reverse);
    }
  }

  @Override
  protected final void doDrawFrom(
      PreparedPrior points,
      Level from,
      Level to,
      Samples x,
      long[] chosen,
      NoiseAddress at,
      Samples out) {
    TablePrior tables = (TablePrior) points;
    ReverseTable reverse = tables.reverses.borrow();
    try {
      reverse.fill(from, to);
      forEachChunk(
          tables,
          x,
          at,
          false,
          space -> {
            space.state().choose(chosen);
            space.kernels().draw(reverse, space.state(), out.address());
            requireFiniteResult("draw", space.state(), out);
          });
    } finally {
      tables.reverses.giveBack(reverse);
    }
  }

  @Override
  protected final void doBlind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out) {
    TablePrior tables = (TablePrior) prior;
    TablePrior.Blind blind = tables.borrow(sigmas.length);
    BlindTable table = blind.tables.borrow();
    try {
      table.fill(sigmas, logMasses);
      new Accumulation<>(
              tables, blind.workspaces, blind.largestChunk, table, null, out.mean().isPresent())
          .forEachChunk(
              x,
              workers,
              space -> {
                space
                    .kernels()
                    .finish(
                        table,
                        space.state(),
                        segment(out.mean()),
                        segment(out.levels()),
                        segment(out.evidence()));
                out.forEach((name, result) -> requireFiniteResult(name, space.state(), result));
              });
    } finally {
      blind.tables.giveBack(table);
      tables.giveBack(blind);
    }
  }

  private static Accumulation<LevelTable, ScoreKernels> scores(
      TablePrior prior, LevelTable level, @Nullable NoiseAddress noise, boolean summing) {
    return new Accumulation<>(prior, prior.workspaces, prior.largestChunk, level, noise, summing);
  }

  private void write(TablePrior prior, LevelTable level, Workspace<ScoreKernels> space, Pass pass) {
    Outputs out = pass.outputs();
    RowState state = space.state();
    finish(space, level, out);
    Optional<Samples> responsibilities = out.get(Output.RESPONSIBILITIES);
    for (int shard = 0; shard < prior.shards(); shard++) {
      long first = prior.first(shard);
      long last = prior.last(shard);
      if (responsibilities.isPresent()) {
        MemorySegment to = responsibilities.get().address();
        space.kernels().responsibilities(level, first, last, state, to);
      }
      if (pass.secondMoments() && state.wants(shard)) {
        space.kernels().diagonal(level, first, last, state);
      } else if (pass.secondMoments()) {
        space.kernels().leaveOut(state.rows() * (last - first));
      }
    }
    pass.diagonal().ifPresent(to -> copyDiagonal(state, prior.dim(), to));
    out.get(Output.TRACE).ifPresent(to -> writeTrace(state, prior.dim(), to.address()));
    out.forEach((name, result) -> requireFiniteResult(name, state, result));
  }

  private static void requireFiniteResult(String name, RowState rows, Samples out) {
    requireFiniteResult(name, out, rows.begin(), rows.rows());
  }

  private static void copyDiagonal(RowState state, int dim, Samples out) {
    long stride = (long) dim * Float.BYTES;
    MemorySegment.copy(
        state.diagonal(), 0, out.address(), state.begin() * stride, state.rows() * stride);
  }

  /** The diagonal's sum in index order: one place for all tiers, so one sequence of additions. */
  private static void writeTrace(RowState state, int dim, MemorySegment out) {
    for (long i = 0; i < state.rows(); i++) {
      float sum = 0;
      for (int j = 0; j < dim; j++) {
        sum += state.diagonal().getAtIndex(ValueLayout.JAVA_FLOAT, i * dim + j);
      }
      out.setAtIndex(ValueLayout.JAVA_FLOAT, state.begin() + i, sum);
    }
  }

  private static MemorySegment segment(Optional<Samples> samples) {
    return samples.map(Samples::address).orElse(MemorySegment.NULL);
  }

  @Override
  public void close() {
    priors.forEach(TablePrior::close);
    super.close();
  }
}
