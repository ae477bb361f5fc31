package dev.tweedie.backend.table;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.prior.Prior;
import java.lang.foreign.Arena;
import java.util.function.Function;

/** A prior's tables, and pools of what an evaluation needs beside them. */
final class TablePrior extends PreparedPrior {
  /** A thread's state and kernels. */
  record Workspace(RowState state, ScoreKernels kernels) {}

  /** Elements of a state's sums that stay in the second-level cache with the tables. */
  private static final long STATE_ELEMENTS = 1 << 18;

  final PriorTable table;
  final Pool<LevelTable> levels;
  final Pool<ReverseTable> reverses;
  final Pool<Workspace> workspaces;
  final long largestChunk;

  TablePrior(Backend owner, Prior prior, Arena arena, Function<PriorTable, ScoreKernels> kernels) {
    super(owner, prior);
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
            () -> new Workspace(new RowState(table, largestChunk, arena), kernels.apply(table)));
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
}
