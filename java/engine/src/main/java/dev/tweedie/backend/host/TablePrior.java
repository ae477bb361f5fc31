package dev.tweedie.backend.host;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.Kind;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.prior.Prior;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** A prior's tables, and pools of what an evaluation needs beside them. */
final class TablePrior extends PreparedPrior {
  /** A thread's state and kernels. */
  record Workspace<K>(RowState state, K kernels) {}

  /** What a grid of so many levels needs. */
  static final class Blind {
    final Pool<BlindTable> tables;
    final Pool<Workspace<BlindKernels>> workspaces;
    final long largestChunk;

    Blind(PriorTable prior, int levels, BlindKernels.Maker kernels, Arena arena) {
      largestChunk = largestChunk(prior.kind().blindWidth(prior.dim()) + levels);
      tables = new Pool<>(() -> prior.newBlind(levels, arena));
      workspaces =
          new Pool<>(
              () ->
                  new Workspace<>(
                      RowState.blind(prior, levels, largestChunk, arena),
                      kernels.make(prior, levels, arena)));
    }
  }

  /** Makes the kernels of a thread, with scratch memory of the prior's own. */
  interface KernelMaker {
    ScoreKernels make(PriorTable prior, Arena arena);
  }

  /** Elements of a state's sums that stay in the second-level cache with the tables. */
  private static final long STATE_ELEMENTS = 1 << 18;

  final PriorTable table;
  final Pool<LevelTable> levels;
  final Pool<ReverseTable> reverses;
  final Pool<Workspace<ScoreKernels>> workspaces;
  final long largestChunk;
  private final Map<Integer, Blind> blind = new ConcurrentHashMap<>();
  private final IntFunction<Blind> newBlind;

  private final Arena arena;
  private final Consumer<TablePrior> closed;

  /**
   * @param arena this prior's own from now on
   */
  TablePrior(
      Backend owner,
      Prior prior,
      Arena arena,
      KernelMaker kernels,
      BlindKernels.Maker blindKernels,
      Consumer<TablePrior> closed) {
    super(owner, prior);
    this.arena = arena;
    this.closed = closed;
    table = PriorTable.of(prior, arena);
    largestChunk = largestChunk(table.kind().width(table.dim()));
    newBlind = levels -> new Blind(table, levels, blindKernels, arena);
    levels = new Pool<>(() -> table.newLevel(arena));
    reverses = new Pool<>(() -> table.newReverse(arena));
    workspaces =
        new Pool<>(
            () ->
                new Workspace<>(
                    new RowState(table, largestChunk, arena), kernels.make(table, arena)));
  }

  private static long largestChunk(int columns) {
    int tile = TableBackend.TILE;
    return Math.clamp(STATE_ELEMENTS / columns / tile * tile, tile, 32 * tile);
  }

  Blind blind(int levels) {
    return blind.computeIfAbsent(levels, newBlind::apply);
  }

  /** About what one level costs, for a row. */
  double flopsOfRow() {
    return 4.0 * table.components() * table.dim() * Math.max(1, table.rank());
  }

  int shards() {
    return (table.components() + Kind.SHARD - 1) / Kind.SHARD;
  }

  /** The first component of a shard. */
  long first(int shard) {
    return (long) shard * Kind.SHARD;
  }

  /** Behind the last component of a shard. */
  long last(int shard) {
    return Math.min(first(shard) + Kind.SHARD, table.components());
  }

  @Override
  protected void doClose() {
    arena.close();
    closed.accept(this);
  }
}
