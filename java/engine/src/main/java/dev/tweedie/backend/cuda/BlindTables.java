package dev.tweedie.backend.cuda;

import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.bindings.generated.tweedie_blind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The tables of grids of so many levels. */
final class BlindTables extends ColumnTables<BlindTables.Grid> {
  /** Levels and the logarithms of their masses. */
  record Grid(List<Double> sigmas, List<Double> logMasses) {
    static Grid of(double[] sigmas, double[] logMasses) {
      return new Grid(
          Arrays.stream(sigmas).boxed().toList(), Arrays.stream(logMasses).boxed().toList());
    }
  }

  private final BlindTable table;

  BlindTables(Device device, Arena arena, PriorTable prior, int levels) {
    super(device, arena, prior.components());
    table = prior.newBlind(levels, columns);
  }

  @Override
  void fill(Grid grid) {
    table.fill(array(grid.sigmas()), array(grid.logMasses()));
  }

  private static double[] array(List<Double> numbers) {
    return numbers.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Override
  MemorySegment struct(Place place) {
    return Structs.write(tweedie_blind.allocate(Arena.ofAuto()), table, place);
  }
}
