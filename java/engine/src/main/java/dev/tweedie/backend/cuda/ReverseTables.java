package dev.tweedie.backend.cuda;

import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.bindings.generated.tweedie_reverse;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The tables of exact reverse kernels. */
final class ReverseTables extends ColumnTables<ReverseTables.Move> {
  /** A step from one level to a cleaner one. */
  record Move(Level from, Level to) {}

  private final ReverseTable table;

  ReverseTables(Device device, Arena arena, PriorTable prior) {
    super(device, arena, prior.components());
    table = prior.newReverse(columns);
  }

  @Override
  void fill(Move move) {
    table.fill(move.from(), move.to());
  }

  @Override
  MemorySegment struct(Place place) {
    return Structs.write(tweedie_reverse.allocate(Arena.ofAuto()), table, place);
  }
}
