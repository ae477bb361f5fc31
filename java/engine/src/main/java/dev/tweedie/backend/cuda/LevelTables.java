package dev.tweedie.backend.cuda;

import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.backend.table.Form;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.bindings.generated.tweedie_level;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The tables of levels. */
final class LevelTables extends ColumnTables<LevelTables.Key> {
  /** A level, and what its sums are made of. */
  record Key(Level level, Form form) {}

  private final LevelTable table;

  LevelTables(Device device, Arena arena, PriorTable prior) {
    super(device, arena, prior.components());
    table = prior.newLevel(columns);
  }

  @Override
  void fill(Key key) {
    table.fill(key.level(), key.form());
  }

  @Override
  MemorySegment struct(Place place) {
    return Structs.write(tweedie_level.allocate(Arena.ofAuto()), table, place);
  }
}
