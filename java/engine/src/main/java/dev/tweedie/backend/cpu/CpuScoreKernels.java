package dev.tweedie.backend.cpu;

import dev.tweedie.Numerics;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.backend.abi.Structs.Place;
import dev.tweedie.backend.host.Reach;
import dev.tweedie.backend.host.RowState;
import dev.tweedie.backend.host.ScoreKernels;
import dev.tweedie.backend.table.BallTable;
import dev.tweedie.backend.table.FilterTable;
import dev.tweedie.backend.table.Form;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.bindings.HostMemory;
import dev.tweedie.bindings.TweedieCpu;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_balls;
import dev.tweedie.bindings.generated.tweedie_filter;
import dev.tweedie.bindings.generated.tweedie_level;
import dev.tweedie.bindings.generated.tweedie_prior;
import dev.tweedie.bindings.generated.tweedie_reverse;
import dev.tweedie.bindings.generated.tweedie_rows;
import dev.tweedie.prior.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The C kernels behind structs that are filled anew for every call. */
final class CpuScoreKernels implements ScoreKernels {
  private static final long CACHE_LINE = 64;

  private final TweedieCpu cpu;
  private final MemorySegment prior;
  private final Products products;
  private final Products exact;
  private final MemorySegment level;
  private final MemorySegment reverse;
  private final Rows rows;
  private final Rows from;
  private final MemorySegment scratch;
  private final Numerics numerics;
  private final PriorTable table;
  private final Filters filters;
  private final Arena arena;
  private MemorySegment filter = MemorySegment.NULL; // until there is one
  private MemorySegment balls = MemorySegment.NULL; // likewise

  CpuScoreKernels(
      TweedieCpu cpu, Numerics numerics, Filters filters, PriorTable table, Arena arena) {
    this.cpu = cpu;
    this.numerics = numerics;
    this.table = table;
    this.filters = filters;
    this.arena = arena;
    prior = priorOf(table, arena);
    level = tweedie_level.allocate(arena);
    reverse = tweedie_reverse.allocate(arena);
    rows = new Rows(arena);
    from = new Rows(arena);
    products = Products.of(numerics, table, prior, arena);
    exact = Products.exact(prior);
    scratch =
        arena.allocate(
            Math.max(products.scratch().getAsLong(), exact.scratch().getAsLong()), CACHE_LINE);
  }

  /** Points that are read in place are a caller's: a call that is given the struct holds them. */
  static MemorySegment priorOf(PriorTable table, Arena arena) {
    MemorySegment struct = Structs.write(tweedie_prior.allocate(arena), table, Place.SAME);
    return table.means().scope().equals(arena.scope())
        ? struct
        : HostMemory.holding(struct, table.means());
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
      Structs.write(noise, state.noise(), 0);
      return HostMemory.holding(struct, state.x()); // which may be a caller's
    }
  }

  /** Gives the prior of the next call what it leaves components out by, or nothing. */
  private void prune(LevelTable level, RowState rows) {
    useFilter(level);
    useBalls(level);
    if (!balls.equals(MemorySegment.NULL)) {
      Reach reach = rows.reach();
      tweedie_balls.wanted(balls, reach == null ? MemorySegment.NULL : reach.wanted());
      tweedie_balls.wanted_stride(balls, reach == null ? 0 : reach.stride());
      tweedie_balls.floor(balls, reach == null ? MemorySegment.NULL : reach.floor());
    }
  }

  private void useBalls(LevelTable level) {
    BallTable around = numerics == Numerics.EXACT ? filters.balls(table, level) : null;
    if (around != null && balls.equals(MemorySegment.NULL)) {
      balls = Structs.write(tweedie_balls.allocate(arena), around);
      tweedie_balls.scratch(
          balls, arena.allocate(Tweedie.tweedie_cpu_balls_scratch(prior), CACHE_LINE));
    }
    tweedie_prior.balls(prior, around == null ? MemorySegment.NULL : balls);
  }

  @Override
  public boolean surveys(LevelTable level) {
    return numerics == Numerics.EXACT && filters.balls(table, level) != null;
  }

  @Override
  public void survey(LevelTable level, long first, long last, RowState rows, Reach to) {
    useBalls(level);
    tweedie_balls.floor(balls, to.floor());
    int shard = (int) (first / Kind.SHARD);
    cpu.check(
        Tweedie.tweedie_cpu_evaluate_survey(
            cpu.handle(),
            prior,
            write(level),
            first,
            last,
            this.rows.write(rows),
            to.high(shard),
            to.low(shard),
            scratch));
  }

  @Override
  public void leaveOut(long pairs) {
    filters.count(pairs, pairs);
  }

  private void useFilter(LevelTable level) {
    FilterTable codes = numerics == Numerics.EXACT ? filters.of(table, level) : null;
    if (codes != null && filter.equals(MemorySegment.NULL)) {
      filter = Structs.write(tweedie_filter.allocate(arena), codes, Structs.Place.SAME);
      tweedie_filter.dots(
          filter, filters.quick() ? Tweedie.TWEEDIE_DOTS_VNNI() : Tweedie.TWEEDIE_DOTS_PLAIN());
      tweedie_filter.scratch(
          filter, arena.allocate(Tweedie.tweedie_cpu_filter_scratch(prior), CACHE_LINE));
    }
    if (codes != null) {
      tweedie_filter.always(filter, filters.always() ? 1 : 0);
    }
    tweedie_prior.filter(prior, codes == null ? MemorySegment.NULL : filter);
  }

  private void countPairs() {
    long pairs = 0;
    long skipped = 0;
    if (!filter.equals(MemorySegment.NULL)) {
      pairs = tweedie_filter.pairs(filter);
      skipped = tweedie_filter.skipped(filter);
      tweedie_filter.pairs(filter, 0);
      tweedie_filter.skipped(filter, 0);
    }
    if (!balls.equals(MemorySegment.NULL)) { // they are asked about all pairs, a filter about some
      pairs = Math.max(pairs, tweedie_balls.pairs(balls));
      skipped += tweedie_balls.skipped(balls);
      tweedie_balls.pairs(balls, 0);
      tweedie_balls.skipped(balls, 0);
    }
    filters.count(pairs, skipped);
  }

  private MemorySegment write(LevelTable table) {
    return Structs.write(level, table, Place.SAME);
  }

  private MemorySegment write(ReverseTable table) {
    return Structs.write(reverse, table, Place.SAME);
  }

  @Override
  public void accumulate(LevelTable level, long first, long last, RowState rows) {
    prune(level, rows);
    MemorySegment at = write(level);
    MemorySegment of = this.rows.write(rows);
    // a Hessian's second pass has exact weights: over a sum of rounded ones they would scale -P^-1
    Products by = level.form() == Form.SCORES ? exact : products;
    cpu.check(by.kernel().accumulate(cpu.handle(), at, first, last, of, scratch));
    countPairs();
  }

  @Override
  public void merge(int shard, RowState into, RowState from) {
    cpu.check(
        Tweedie.tweedie_cpu_evaluate_merge(
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
        Tweedie.tweedie_cpu_evaluate_finish(
            cpu.handle(), prior, write(level), this.rows.write(rows), evidence, mean, score));
  }

  @Override
  public void responsibilities(
      LevelTable level, long first, long last, RowState rows, MemorySegment out) {
    cpu.check(
        Tweedie.tweedie_cpu_evaluate_responsibilities(
            cpu.handle(), prior, write(level), first, last, this.rows.write(rows), out, scratch));
  }

  @Override
  public void diagonal(LevelTable level, long first, long last, RowState rows) {
    prune(level, rows);
    cpu.check(
        Tweedie.tweedie_cpu_evaluate_diagonal(
            cpu.handle(), prior, write(level), first, last, this.rows.write(rows), scratch));
    countPairs();
  }

  @Override
  public void times(LevelTable level, long first, long last, RowState rows, MemorySegment v) {
    prune(level, rows);
    cpu.check(
        Tweedie.tweedie_cpu_covariance_times(
            cpu.handle(), prior, write(level), first, last, this.rows.write(rows), v, scratch));
    countPairs();
  }

  @Override
  public void draw(ReverseTable reverse, RowState rows, MemorySegment out) {
    cpu.check(
        Tweedie.tweedie_cpu_draw(
            cpu.handle(), prior, write(reverse), this.rows.write(rows), out, scratch));
  }
}
