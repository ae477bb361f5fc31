package dev.tweedie.backend.cpu;

import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.backend.host.BlindKernels;
import dev.tweedie.backend.host.RowState;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.bindings.TweedieCpu;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_blind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The C kernels of the blind family, behind structs that are filled anew for every call. */
final class CpuBlindKernels implements BlindKernels {
  private static final long CACHE_LINE = 64;

  private final TweedieCpu cpu;
  private final MemorySegment prior;
  private final MemorySegment blind;
  private final CpuScoreKernels.Rows rows;
  private final CpuScoreKernels.Rows from;
  private final MemorySegment scratch;

  CpuBlindKernels(TweedieCpu cpu, PriorTable table, int levels, Arena arena) {
    this.cpu = cpu;
    prior = CpuScoreKernels.priorOf(table, arena);
    blind = tweedie_blind.allocate(arena);
    tweedie_blind.levels(blind, levels); // all that a merge, perhaps the first call, needs of it
    rows = new CpuScoreKernels.Rows(arena);
    from = new CpuScoreKernels.Rows(arena);
    scratch = arena.allocate(Tweedie.tweedie_cpu_blind_scratch(prior, levels), CACHE_LINE);
  }

  private MemorySegment write(BlindTable table) {
    return Structs.write(blind, table, Place.SAME);
  }

  @Override
  public void accumulate(BlindTable table, long first, long last, RowState rows) {
    cpu.check(
        Tweedie.tweedie_cpu_blind_accumulate(
            cpu.handle(), prior, write(table), first, last, this.rows.write(rows), scratch));
  }

  @Override
  public void merge(int shard, RowState into, RowState from) {
    cpu.check(
        Tweedie.tweedie_cpu_blind_merge(
            cpu.handle(), prior, blind, rows.write(into), this.from.write(from)));
  }

  @Override
  public void finish(
      BlindTable table,
      RowState rows,
      MemorySegment mean,
      MemorySegment levels,
      MemorySegment evidence) {
    cpu.check(
        Tweedie.tweedie_cpu_blind_finish(
            cpu.handle(), prior, write(table), this.rows.write(rows), mean, levels, evidence));
  }
}
