package dev.tweedie.backend.cuda;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.backend.cuda.Residents.Resident;
import dev.tweedie.backend.table.Kind;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_level;
import dev.tweedie.bindings.generated.tweedie_prior;
import dev.tweedie.bindings.generated.tweedie_reverse;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A prior's tables: on the device, where they and some levels' find room; else on the host, and
 * shard after shard travels to one of two slots while the one before is worked on.
 */
final class CudaPrior extends PreparedPrior {
  private record Move(Level from, Level to) {}

  /** Work on components {@code [first, last)}. */
  interface Shard {
    void run(MemorySegment prior, MemorySegment level, long first, long last);
  }

  final PriorTable table;
  private final Device device;
  private final Arena arena;
  private final DeviceColumns columns;
  private final DeviceColumns levelColumns;
  private final DeviceColumns reverseColumns;
  private final LevelTable levelTable;
  private final ReverseTable reverseTable;
  private final MemorySegment struct;
  private final Residents<Level> levels;
  private final Residents<Move> reverses;
  private final boolean streams;
  private Slot[] slots;

  CudaPrior(Backend owner, Prior prior, Device device, Arena arena) {
    super(owner, prior);
    this.device = device;
    this.arena = arena;
    int components = prior.components();
    columns = new DeviceColumns(arena, components);
    table = PriorTable.of(prior, columns);
    columns.keepWhole(table.centre());
    levelColumns = new DeviceColumns(arena, components);
    levelTable = table.newLevel(levelColumns);
    reverseColumns = new DeviceColumns(arena, components);
    reverseTable = table.newReverse(reverseColumns);
    struct = tweedie_prior.allocate(arena);
    levels = new Residents<>(device, this::upload);
    reverses = new Residents<>(device, this::upload);
    // half of the room is for batches and for further levels
    long needed = columns.bytes() + levelColumns.bytes() + reverseColumns.bytes();
    streams = needed > device.room() / 2;
    if (!streams) {
      MemorySegment block = device.allocate(columns.bytes());
      Structs.write(struct, table, columns.upload(device, block));
    } else {
      Structs.write(struct, table, Place.SAME); // sizes are read from it, nothing else
    }
  }

  /** Whether the prior stays on the host. */
  boolean streams() {
    return streams;
  }

  /** Levels and reverse steps whose tables are on the device now. */
  int residents() {
    return levels.size() + reverses.size();
  }

  long scratchBytes(long rows) {
    return Tweedie.tweedie_cuda_score_scratch(struct, rows);
  }

  int width() {
    return table.kind().width(dim());
  }

  private Resident upload(Level level) {
    MemorySegment block = device.allocate(levelColumns.bytes());
    levelTable.fill(level);
    Place place = levelColumns.upload(device, block);
    return new Resident(
        Structs.write(tweedie_level.allocate(Arena.ofAuto()), levelTable, place), block);
  }

  private Resident upload(Move move) {
    MemorySegment block = device.allocate(reverseColumns.bytes());
    reverseTable.fill(move.from(), move.to());
    Place place = reverseColumns.upload(device, block);
    return new Resident(
        Structs.write(tweedie_reverse.allocate(Arena.ofAuto()), reverseTable, place), block);
  }

  /** Frees the tables of levels that no op uses now. */
  void giveUp() {
    levels.giveUp();
    reverses.giveUp();
  }

  void release() {
    levels.release();
    reverses.release();
  }

  /** Runs {@code work} on every shard in order; the structs of the last stay valid after it. */
  Structures forEachShard(Level level, Shard work) {
    if (streams) {
      return stream(level, work);
    }
    MemorySegment levelStruct = levels.use(level);
    for (long first = 0; first < components(); first += Kind.SHARD) {
      work.run(struct, levelStruct, first, Math.min(first + Kind.SHARD, components()));
    }
    return new Structures(struct, levelStruct);
  }

  /** A prior and a level as kernels take them. */
  record Structures(MemorySegment prior, MemorySegment level) {}

  /** The prior and the step {@code from -> to} of the whole prior; not for one that streams. */
  Structures reverse(Level from, Level to) {
    return new Structures(struct, reverses.use(new Move(from, to)));
  }

  /** Room for one shard on the device. */
  private record Slot(
      MemorySegment memory, MemorySegment done, MemorySegment prior, MemorySegment level) {}

  private Structures stream(Level level, Shard work) {
    if (device.recording()) {
      throw new NotRecordable("a prior that streams");
    }
    if (slots == null) {
      slots = new Slot[] {newSlot(), newSlot()};
    }
    levelTable.fill(level);
    Slot slot = null;
    for (int shard = 0; (long) shard * Kind.SHARD < components(); shard++) {
      long first = (long) shard * Kind.SHARD;
      long last = Math.min(first + Kind.SHARD, components());
      slot = slots[shard % 2];
      // of the pass before nobody knows the order: its work ends first
      MemorySegment after = shard < 2 ? MemorySegment.NULL : slot.done();
      Place place = columns.upload(device, slot.memory(), first, last, after);
      MemorySegment levelMemory = Device.moved(slot.memory(), columns.shardBytes());
      Place levelPlace = levelColumns.upload(device, levelMemory, first, last, after);
      Structs.write(slot.prior(), table, place);
      Structs.write(slot.level(), levelTable, levelPlace);
      work.run(slot.prior(), slot.level(), first, last);
      device.check(Tweedie.tweedie_cuda_event_record(device.handle(), slot.done()));
    }
    return new Structures(slot.prior(), slot.level());
  }

  private Slot newSlot() {
    return new Slot(
        device.allocate(columns.shardBytes() + levelColumns.shardBytes()),
        device.cuda.newEvent(),
        tweedie_prior.allocate(arena),
        tweedie_level.allocate(arena));
  }

  /** Bytes that {@link #reverseOfChosen} takes for so many rows. */
  long chosenBytes(long rows) {
    return columns.chosenBytes(rows) + reverseColumns.chosenBytes(rows);
  }

  /**
   * The prior and the step as if the components were those that the rows have chosen, in their
   * order: a draw from a prior that streams needs no others.
   *
   * @param block device memory of {@link #chosenBytes}
   */
  Structures reverseOfChosen(Level from, Level to, long[] chosen, MemorySegment block) {
    reverseTable.fill(from, to);
    try (Arena scratch = Arena.ofConfined()) {
      Place place = columns.uploadChosen(device, block, chosen, scratch);
      MemorySegment rest = Device.moved(block, columns.chosenBytes(chosen.length));
      Place reversePlace = reverseColumns.uploadChosen(device, rest, chosen, scratch);
      return new Structures(
          Structs.write(tweedie_prior.allocate(Arena.ofAuto()), table, place),
          Structs.write(tweedie_reverse.allocate(Arena.ofAuto()), reverseTable, reversePlace));
    }
  }
}
