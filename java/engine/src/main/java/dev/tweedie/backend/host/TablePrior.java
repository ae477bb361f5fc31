package dev.tweedie.backend.host;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.memory.CountedArena;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.Form;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.Prior;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** A prior's tables, and pools of what an evaluation needs beside them. */
final class TablePrior extends PreparedPrior {
  /** A thread's state and kernels. */
  record Workspace<K>(RowState state, K kernels) {}

  /** What a grid of so many levels needs. */
  static final class Blind {
    private final Arena arena;
    private int users;
    final Pool<BlindTable> tables;
    final Pool<Workspace<BlindKernels>> workspaces;
    final long largestChunk;

    Blind(PriorTable prior, int levels, BlindKernels.Maker kernels, Arena arena) {
      this.arena = arena;
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

  /** Sizes of grids whose memory is kept. */
  private static final int GRIDS = 4;

  /** Elements of a state's sums that stay in the second-level cache with the tables. */
  private static final long STATE_ELEMENTS = 1 << 18;

  final PriorTable table;
  private final Map<Form, Pool<LevelTable>> levels = new EnumMap<>(Form.class);
  final Pool<ReverseTable> reverses;
  final Pool<Workspace<ScoreKernels>> workspaces;
  final Pool<Reach> reaches;
  final long largestChunk;
  private final Map<Integer, Blind> blind = new LinkedHashMap<>(16, .75f, true);
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
    newBlind = levels -> new Blind(table, levels, blindKernels, CountedArena.beside(arena));
    for (Form form : Form.values()) { // of its own: two passes of one call fill none twice
      levels.put(form, new Pool<>(() -> table.newLevel(arena)));
    }
    reverses = new Pool<>(() -> table.newReverse(arena));
    reaches = new Pool<>(() -> new Reach(shards(), largestChunk, arena));
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

  Pool<LevelTable> levels(Form form) {
    return Objects.requireNonNull(levels.get(form));
  }

  /** What a grid of so many levels needs, until {@link #giveBack}. */
  synchronized Blind borrow(int levels) {
    Blind used = blind.computeIfAbsent(levels, newBlind::apply);
    used.users++;
    return used;
  }

  /** Keeps what the latest sizes of grids need, and nothing of earlier ones. */
  synchronized void giveBack(Blind used) {
    used.users--;
    Iterator<Blind> eldest = blind.values().iterator();
    while (blind.size() > GRIDS && eldest.hasNext()) {
      Blind idle = eldest.next();
      if (idle.users == 0) {
        eldest.remove();
        idle.arena.close();
      }
    }
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
    blind.values().forEach(each -> each.arena.close());
    arena.close();
    closed.accept(this);
  }
}
