package dev.tweedie.backend.table;

import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.HostBackend;
import dev.tweedie.backend.NoiseAddress;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.Workers;
import dev.tweedie.backend.table.TablePrior.Workspace;
import dev.tweedie.posterior.Outputs;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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

  @Override
  public final Precision precision() {
    return Precision.FLOAT32;
  }

  @Override
  protected final PreparedPrior doPrepare(Prior prior) {
    TablePrior tables = new TablePrior(this, prior, this::newScoreKernels, priors::remove);
    priors.add(tables);
    return tables;
  }

  @Override
  protected final void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    TablePrior tables = (TablePrior) prior;
    LevelTable table = tables.levels.borrow();
    try {
      table.fill(level);
      forEachChunk(tables, table, x, null, space -> write(tables, table, space, out));
    } finally {
      tables.levels.giveBack(table);
    }
  }

  @Override
  protected final void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    TablePrior tables = (TablePrior) prior;
    LevelTable table = tables.levels.borrow();
    try {
      table.fill(level);
      forEachChunk(
          tables,
          table,
          x,
          null,
          space -> {
            RowState state = space.state();
            requireFinite("v", v, state.begin(), state.rows());
            space.kernels().finish(table, state, segment(null), segment(null), segment(null));
            for (int shard = 0; shard < tables.shards(); shard++) {
              space
                  .kernels()
                  .times(table, tables.first(shard), tables.last(shard), state, v.segment());
            }
            copyDiagonal(state, tables.dim(), out);
          });
    } finally {
      tables.levels.giveBack(table);
    }
  }

  @Override
  protected final void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    TablePrior tables = (TablePrior) prior;
    LevelTable table = tables.levels.borrow();
    ReverseTable reverse = tables.reverses.borrow();
    try {
      table.fill(from);
      reverse.fill(from, to);
      forEachChunk(
          tables,
          table,
          x,
          at,
          space -> space.kernels().draw(reverse, space.state(), out.segment()));
    } finally {
      tables.levels.giveBack(table);
      tables.reverses.giveBack(reverse);
    }
  }

  /** What is done with rows whose state is complete. */
  private interface Complete {
    void accept(Workspace space);
  }

  private void forEachChunk(
      TablePrior prior, LevelTable level, Samples x, NoiseAddress noise, Complete complete) {
    if (x.rows() <= TILE && prior.shards() > 1 && workers.threads() > 1) {
      shardByShard(prior, level, x, noise, complete);
      return;
    }
    workers.forEachChunk(
        x.rows(),
        chunk(x.rows(), TILE, prior.largestChunk),
        (begin, count) -> {
          requireFinite(x, begin, count);
          Workspace space = prior.workspaces.borrow();
          try {
            space.state().start(x.segment(), begin, count, noise);
            for (int shard = 0; shard < prior.shards(); shard++) {
              gather(prior, level, shard, space);
            }
            complete.accept(space);
          } finally {
            prior.workspaces.giveBack(space);
          }
        });
  }

  /** Few rows and many points: the threads take shards, whose states then merge in order. */
  private void shardByShard(
      TablePrior prior, LevelTable level, Samples x, NoiseAddress noise, Complete complete) {
    requireFinite(x, 0, x.rows());
    Workspace total = prior.workspaces.borrow();
    Workspace[] wave = new Workspace[2 * workers.threads()];
    for (int i = 0; i < wave.length; i++) {
      wave[i] = prior.workspaces.borrow();
    }
    try {
      total.state().start(x.segment(), 0, x.rows(), noise);
      for (int first = 0; first < prior.shards(); first += wave.length) {
        int base = first;
        int count = Math.min(wave.length, prior.shards() - first);
        workers.forEachChunk(
            count,
            1,
            (i, _) -> {
              Workspace space = wave[(int) i];
              space.state().start(x.segment(), 0, x.rows(), noise);
              gather(prior, level, base + (int) i, space);
            });
        for (int i = 0; i < count; i++) {
          total.kernels().merge(base + i, total.state(), wave[i].state());
        }
      }
      complete.accept(total);
    } finally {
      prior.workspaces.giveBack(total);
      for (Workspace space : wave) {
        prior.workspaces.giveBack(space);
      }
    }
  }

  private static void gather(TablePrior prior, LevelTable level, int shard, Workspace space) {
    space.kernels().gather(level, prior.first(shard), prior.last(shard), space.state());
  }

  private void write(TablePrior prior, LevelTable level, Workspace space, Outputs out) {
    RowState state = space.state();
    space
        .kernels()
        .finish(level, state, segment(out.evidence()), segment(out.mean()), segment(out.score()));
    boolean diagonal = out.diagonal() != null || out.trace() != null;
    for (int shard = 0; shard < prior.shards(); shard++) {
      long first = prior.first(shard);
      long last = prior.last(shard);
      if (out.responsibilities() != null) {
        space
            .kernels()
            .responsibilities(level, first, last, state, segment(out.responsibilities()));
      }
      if (diagonal) {
        space.kernels().diagonal(level, first, last, state);
      }
    }
    if (out.diagonal() != null) {
      copyDiagonal(state, prior.dim(), out.diagonal());
    }
    if (out.trace() != null) {
      writeTrace(state, prior.dim(), segment(out.trace()));
    }
  }

  private static void copyDiagonal(RowState state, int dim, Samples out) {
    long stride = (long) dim * Float.BYTES;
    MemorySegment.copy(
        state.diagonal(), 0, out.segment(), state.begin() * stride, state.rows() * stride);
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

  private static MemorySegment segment(Samples samples) {
    return samples == null ? MemorySegment.NULL : samples.segment();
  }

  @Override
  public void close() {
    priors.forEach(TablePrior::close);
    super.close();
  }
}
