package dev.tweedie.backend.cpu;

import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.backend.table.RowState;
import dev.tweedie.backend.table.ScoreKernels;
import dev.tweedie.bindings.TweedieCpu;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_level;
import dev.tweedie.bindings.generated.tweedie_prior;
import dev.tweedie.bindings.generated.tweedie_reverse;
import dev.tweedie.bindings.generated.tweedie_rows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The C kernels behind structs that are filled anew for every call. */
final class CpuScoreKernels implements ScoreKernels {
  private static final long CACHE_LINE = 64;

  private final TweedieCpu cpu;
  private final MemorySegment prior;
  private final MemorySegment level;
  private final MemorySegment reverse;
  private final Rows rows;
  private final Rows from;
  private final MemorySegment scratch;

  CpuScoreKernels(TweedieCpu cpu, PriorTable table, Arena arena) {
    this.cpu = cpu;
    prior = struct(table, arena);
    level = tweedie_level.allocate(arena);
    reverse = tweedie_reverse.allocate(arena);
    rows = new Rows(arena);
    from = new Rows(arena);
    scratch = arena.allocate(Tweedie.tweedie_cpu_score_scratch(prior), CACHE_LINE);
  }

  static MemorySegment struct(PriorTable table, Arena arena) {
    MemorySegment prior = tweedie_prior.allocate(arena);
    tweedie_prior.kind(prior, table.kind().ordinal());
    tweedie_prior.rank(prior, table.rank());
    tweedie_prior.components(prior, table.components());
    tweedie_prior.dim(prior, table.dim());
    tweedie_prior.centre(prior, table.centre());
    tweedie_prior.means(prior, table.means());
    tweedie_prior.basis(prior, table.basis());
    return prior;
  }

  /** A {@code tweedie_rows} and its noise: taking the slice anew would be an object a call. */
  static final class Rows {
    final MemorySegment struct;
    final MemorySegment noise;

    Rows(Arena arena) {
      struct = tweedie_rows.allocate(arena);
      noise = tweedie_rows.noise(struct);
    }

    MemorySegment write(RowState state) {
      tweedie_rows.begin(struct, state.begin());
      tweedie_rows.rows(struct, state.rows());
      tweedie_rows.x(struct, state.x());
      tweedie_rows.top(struct, state.top());
      tweedie_rows.sum(struct, state.sum());
      tweedie_rows.acc(struct, state.summing() ? state.acc() : MemorySegment.NULL);
      tweedie_rows.diagonal(struct, state.diagonal());
      tweedie_rows.chosen(struct, state.chosen());
      CallSpace.write(noise, state.noise(), 0);
      return struct;
    }
  }

  private MemorySegment write(LevelTable table) {
    tweedie_level.alpha(level, table.level().alpha());
    tweedie_level.sigma(level, table.level().sigma());
    tweedie_level.bias(level, table.bias());
    tweedie_level.scale(level, table.scale());
    tweedie_level.shift(level, table.shift());
    tweedie_level.slope(level, table.slope());
    tweedie_level.pull(level, table.pull());
    tweedie_level.spread(level, table.spread());
    tweedie_level.floor(level, table.floor());
    tweedie_level.stride(level, table.stride());
    tweedie_level.offset(level, table.offset());
    tweedie_level.constant(level, table.constant());
    tweedie_level.constant_stride(level, table.constantStride());
    tweedie_level.half(level, table.half());
    tweedie_level.error_scale(level, table.errorScale());
    tweedie_level.reach(level, table.reach());
    tweedie_level.bound(level, table.bound());
    tweedie_level.curvature(level, table.curvature());
    return level;
  }

  private MemorySegment write(ReverseTable table) {
    tweedie_reverse.alpha(reverse, table.from().alpha());
    tweedie_reverse.target(reverse, table.to().alpha());
    tweedie_reverse.keep(reverse, table.keep());
    tweedie_reverse.pull(reverse, table.pull());
    tweedie_reverse.noise(reverse, table.noise());
    tweedie_reverse.keep_rest(reverse, table.keepRest());
    tweedie_reverse.noise_rest(reverse, table.noiseRest());
    tweedie_reverse.stride(reverse, table.stride());
    return reverse;
  }

  @Override
  public void gather(LevelTable level, long first, long last, RowState rows) {
    cpu.check(
        Tweedie.tweedie_cpu_score_gather(
            cpu.handle(), prior, write(level), first, last, this.rows.write(rows), scratch));
  }

  @Override
  public void merge(int shard, RowState into, RowState from) {
    cpu.check(
        Tweedie.tweedie_cpu_score_merge(
            cpu.handle(), prior, shard, rows.write(into), this.from.write(from)));
  }

  @Override
  public void finish(
      LevelTable level,
      RowState rows,
      MemorySegment evidence,
      MemorySegment mean,
      MemorySegment score) {
    cpu.check(
        Tweedie.tweedie_cpu_score_finish(
            cpu.handle(), prior, write(level), this.rows.write(rows), evidence, mean, score));
  }

  @Override
  public void responsibilities(
      LevelTable level, long first, long last, RowState rows, MemorySegment out) {
    cpu.check(
        Tweedie.tweedie_cpu_score_responsibilities(
            cpu.handle(), prior, write(level), first, last, this.rows.write(rows), out, scratch));
  }

  @Override
  public void diagonal(LevelTable level, long first, long last, RowState rows) {
    cpu.check(
        Tweedie.tweedie_cpu_score_diagonal(
            cpu.handle(), prior, write(level), first, last, this.rows.write(rows), scratch));
  }

  @Override
  public void times(LevelTable level, long first, long last, RowState rows, MemorySegment v) {
    cpu.check(
        Tweedie.tweedie_cpu_curvature_times(
            cpu.handle(), prior, write(level), first, last, this.rows.write(rows), v, scratch));
  }

  @Override
  public void draw(ReverseTable reverse, RowState rows, MemorySegment out) {
    cpu.check(
        Tweedie.tweedie_cpu_draw(
            cpu.handle(), prior, write(reverse), this.rows.write(rows), out, scratch));
  }
}
