package dev.tweedie.backend.table;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.prior.Prior;
import java.lang.foreign.Arena;
import java.util.function.Consumer;

/** A prior's tables, and pools of what an evaluation needs beside them. */
final class TablePrior extends PreparedPrior {
  /** A thread's state and kernels. */
  record Workspace(RowState state, ScoreKernels kernels) {}

  /** Makes the kernels of a thread, with scratch memory of the prior's own. */
  interface KernelMaker {
    ScoreKernels make(PriorTable prior, Arena arena);
  }

  /** Elements of a state's sums that stay in the second-level cache with the tables. */
  private static final long STATE_ELEMENTS = 1 << 18;

  final PriorTable table;
  final Pool<LevelTable> levels;
  final Pool<ReverseTable> reverses;
  final Pool<Workspace> workspaces;
  final long largestChunk;

  private final Arena arena = Arena.ofShared();
  private final Consumer<TablePrior> closed;

  TablePrior(Backend owner, Prior prior, KernelMaker kernels, Consumer<TablePrior> closed) {
    super(owner, prior);
    this.closed = closed;
    table = PriorTable.of(prior, arena);
    largestChunk =
        Math.clamp(
            STATE_ELEMENTS
                / table.kind().width(table.dim())
                / TableBackend.TILE
                * TableBackend.TILE,
            TableBackend.TILE,
            32 * TableBackend.TILE);
    levels = new Pool<>(() -> table.newLevel(arena));
    reverses = new Pool<>(() -> table.newReverse(arena));
    workspaces =
        new Pool<>(
            () ->
                new Workspace(
                    new RowState(table, largestChunk, arena), kernels.make(table, arena)));
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
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      closed.accept(this);
    }
  }
}
