package dev.tweedie.backend.cuda;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.backend.table.ByteTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_bytes;
import dev.tweedie.bindings.generated.tweedie_prior;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A prior's tables: on the device, where they and some levels' find room; else on the host, and
 * shard after shard travels to one of two slots while the one before is worked on.
 */
final class CudaPrior extends PreparedPrior {
  /** Work on components {@code [first, last)}, of one shard or of several. */
  interface Shard {
    void run(Structures structures, long first, long last);
  }

  /** A prior, and what kernels take beside it, as structs. */
  record Structures(MemorySegment prior, MemorySegment beside) {}

  /**
   * Means that are bytes, where products of these keep what fast mode promises of any means.
   *
   * @param struct {@code tweedie_bytes}
   * @param errorScale of levels
   */
  record Bytes(MemorySegment struct, float errorScale) {}

  /** Sizes of grids whose tables stay on the device. */
  private static final int GRIDS = 4;

  final PriorTable table;
  final Arena arena;
  private final Device device;
  private final Consumer<CudaPrior> closed;
  private final DeviceColumns columns;
  private final MemorySegment struct;
  private final @Nullable MemorySegment block;
  private final @Nullable MemorySegment turned; // or null: kernels turn the means anew
  private final LevelTables levels;
  private final ReverseTables reverses;
  private @Nullable DeviceFilter filter; // once it was asked for, where kernels take one
  private boolean soughtFilter;
  private @Nullable Bytes bytes;
  private boolean soughtBytes;
  private final Map<Integer, BlindTables> blinds = new HashMap<>();
  private final Map<ColumnTables<?>, Slot[]> slots = new HashMap<>();

  /**
   * @param arena this prior's own from now on
   */
  CudaPrior(Backend owner, Prior prior, Device device, Arena arena, Consumer<CudaPrior> closed) {
    super(owner, prior);
    this.arena = arena;
    this.device = device;
    this.closed = closed;
    columns = new DeviceColumns(arena, prior.components());
    table = PriorTable.of(prior, columns);
    columns.include(table.means());
    columns.keepWhole(table.centre());
    levels = new LevelTables(device, arena, table);
    reverses = new ReverseTables(device, arena, table);
    struct = tweedie_prior.allocate(arena);
    // half of the room is for batches and for further levels
    long needed = columns.bytes() + levels.columns.bytes() + reverses.columns.bytes();
    if (needed > device.room() / 2) {
      block = null;
      turned = null;
      Structs.write(struct, table, Place.SAME); // sizes are read from it, nothing else
    } else {
      block = device.allocate(columns.bytes());
      Structs.write(struct, table, columns.upload(device, block));
      turned = turn(device.room() / 2);
    }
  }

  /** The means turned, which every score call would turn anew; null where they are too large. */
  private @Nullable MemorySegment turn(long most) {
    long bytes = Tweedie.tweedie_cuda_turned(struct);
    if (bytes == 0 || bytes > most) {
      return null;
    }
    MemorySegment out = device.allocate(bytes);
    device.check(Tweedie.tweedie_cuda_turn(device.handle(), struct, out));
    tweedie_prior.turned(struct, out);
    return out;
  }

  /**
   * Lets kernels leave out components that provably have no weight, where they can: not of a prior
   * that streams. The codes are made when they are first asked for.
   *
   * @param pairs where kernels count; null lets them leave out nothing
   */
  void prune(@Nullable DevicePairs pairs) {
    if (pairs != null && !streams() && !soughtFilter) {
      filter = DeviceFilter.of(table, device, arena, pairs);
      soughtFilter = true;
    }
    DeviceFilter found = pairs == null ? null : filter;
    tweedie_prior.filter(struct, found == null ? MemorySegment.NULL : found.struct());
  }

  /** Whether the prior stays on the host. */
  boolean streams() {
    return block == null;
  }

  /**
   * Bytes that kernels need.
   *
   * @param part components of a call at most: all of them, or a shard
   */
  long scratchBytes(long rows, long part) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment some = tweedie_prior.allocate(local).copyFrom(struct);
      tweedie_prior.components(some, Math.min(part, components()));
      return Tweedie.tweedie_cuda_evaluate_scratch(some, rows);
    }
  }

  long fastScratchBytes(ProductPrecision precision, long rows) {
    return Tweedie.tweedie_cuda_fast_evaluate_scratch(precision.code(), struct, rows);
  }

  long byteScratchBytes(long rows) {
    return Tweedie.tweedie_cuda_bytes_scratch(struct, rows);
  }

  /** Sought when they are first asked for. */
  Optional<Bytes> bytes() {
    if (!soughtBytes && table.hasOneVariance()) {
      bytes = bytes(table.bytes());
    }
    soughtBytes = true;
    return Optional.ofNullable(bytes);
  }

  private @Nullable Bytes bytes(@Nullable ByteTable found) {
    if (found == null) {
      return null;
    }
    MemorySegment values = Structs.write(tweedie_bytes.allocate(arena), found);
    float scale =
        Tweedie.tweedie_cuda_bytes_error_scale(values, components(), dim(), found.largest());
    return Float.isFinite(scale) ? new Bytes(values, scale) : null;
  }

  long blindScratchBytes(int levels, long rows) {
    return Tweedie.tweedie_cuda_blind_scratch(struct, levels, rows);
  }

  /** Levels, and steps from level to level, whose tables are on the device now. */
  int residents() {
    return levels.residents.size() + reverses.residents.size();
  }

  LevelTables levels() {
    return levels;
  }

  BlindTables blind(int levels) {
    if (blinds.size() >= GRIDS && !blinds.containsKey(levels) && !device.hasPlans()) {
      blinds.values().forEach(blind -> blind.residents.giveUp());
    }
    return blinds.computeIfAbsent(levels, count -> new BlindTables(device, arena, table, count));
  }

  /** Frees the tables of levels that no op uses now. */
  void giveUp() {
    levels.residents.giveUp();
    reverses.residents.giveUp();
    blinds.values().forEach(blind -> blind.residents.giveUp());
  }

  /** An op has been put on the stream: its tables may go. */
  void release() {
    levels.residents.release();
    reverses.residents.release();
    blinds.values().forEach(blind -> blind.residents.release());
  }

  /**
   * Runs {@code work} on every shard in order; gives the structs of the last, which stay valid.
   *
   * @param tables beside the prior's own
   * @param key which of them
   */
  <K> Structures forEachShard(ColumnTables<K> tables, K key, Shard work) {
    return forEachPart(tables, key, Kind.SHARD, work);
  }

  /**
   * The same for work that takes {@code part} components at a time, whole shards or all of them.
   */
  <K> Structures forEachPart(ColumnTables<K> tables, K key, long part, Shard work) {
    if (streams()) {
      return stream(tables, key, work);
    }
    Structures structures = new Structures(struct, tables.residents.use(key));
    for (long first = 0; first < components(); first += part) {
      work.run(structures, first, Math.min(first + part, components()));
    }
    return structures;
  }

  /** The prior and the step {@code from -> to}; not for a prior that streams. */
  Structures reverse(Level from, Level to) {
    return new Structures(struct, reverses.residents.use(new ReverseTables.Move(from, to)));
  }

  /** Room for one shard on the device. */
  private record Slot(MemorySegment memory, MemorySegment done) {}

  private <K> Structures stream(ColumnTables<K> tables, K key, Shard work) {
    if (device.recording()) {
      throw new NotRecordable("a prior that streams");
    }
    Slot[] both = slots.computeIfAbsent(tables, _ -> new Slot[] {newSlot(tables), newSlot(tables)});
    tables.fill(key);
    @Nullable Structures structures = null;
    for (int shard = 0; (long) shard * Kind.SHARD < components(); shard++) {
      long first = (long) shard * Kind.SHARD;
      long last = Math.min(first + Kind.SHARD, components());
      Slot slot = both[shard % 2];
      // what used the slot in another pass was put on the stream in an order nobody kept
      MemorySegment after = shard < 2 ? MemorySegment.NULL : slot.done();
      Place place = columns.upload(device, slot.memory(), first, last, after);
      MemorySegment rest = Device.moved(slot.memory(), columns.shardBytes());
      Place besidePlace = tables.columns.upload(device, rest, first, last, after);
      structures =
          new Structures(
              Structs.write(tweedie_prior.allocate(Arena.ofAuto()), table, place),
              tables.struct(besidePlace));
      work.run(structures, first, last);
      device.check(Tweedie.tweedie_cuda_event_record(device.handle(), slot.done()));
    }
    return Objects.requireNonNull(structures); // a prior has components
  }

  private Slot newSlot(ColumnTables<?> tables) {
    return new Slot(
        device.allocate(columns.shardBytes() + tables.columns.shardBytes()),
        device.cuda.newEvent());
  }

  /** Bytes that {@link #reverseOfChosen} takes for so many rows. */
  long chosenBytes(long rows) {
    return columns.chosenBytes(rows) + reverses.columns.chosenBytes(rows);
  }

  /**
   * The prior and the step as if the components were those that the rows have chosen, in their
   * order: a draw from a prior that streams needs no others.
   *
   * @param block device memory of {@link #chosenBytes}
   */
  Structures reverseOfChosen(Level from, Level to, long[] chosen, MemorySegment block) {
    reverses.fill(new ReverseTables.Move(from, to));
    try (Arena scratch = Arena.ofConfined()) {
      Place place = columns.uploadChosen(device, block, chosen, scratch);
      MemorySegment rest = Device.moved(block, columns.chosenBytes(chosen.length));
      Place besidePlace = reverses.columns.uploadChosen(device, rest, chosen, scratch);
      return new Structures(
          Structs.write(tweedie_prior.allocate(Arena.ofAuto()), table, place),
          reverses.struct(besidePlace));
    }
  }

  /** The device's memory stays taken while a recorded op may know it: until the backend closes. */
  @Override
  protected void doClose() {
    synchronized (device) {
      if (!arena.scope().isAlive()) {
        return;
      }
      if (!device.hasPlans()) {
        release();
        giveUp();
        for (Slot[] both : slots.values()) {
          for (Slot slot : both) {
            device.free(slot.memory());
            Tweedie.tweedie_cuda_event_free(device.handle(), slot.done());
          }
        }
        if (block != null) {
          device.free(block);
        }
        if (turned != null) {
          device.free(turned);
        }
        if (filter != null) {
          device.free(filter.memory());
        }
      }
      arena.close();
      closed.accept(this);
    }
  }
}
