package dev.tweedie.backend.cuda;

import dev.tweedie.BlindOutputs;
import dev.tweedie.OutOfNativeMemoryException;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.cuda.CudaPrior.Structures;
import dev.tweedie.backend.table.Form;
import dev.tweedie.backend.table.Pass;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_level;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Kind;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The order in which rows and shards are taken on the device. Rows go in chunks only to bound the
 * memory of their state; results do not depend on it.
 */
final class CudaScore {
  /** Of the state of a chunk: the sums of 80,000 rows of 784, more than any device works on. */
  private static final long STATE_BYTES = 256L << 20;

  private static final long LEAST_ROWS = 32;

  private final Device device;
  private final Workspace workspace;
  private final DeviceRows rows;

  /** Of products in fast mode; null in exact mode. */
  private final @Nullable ProductPrecision precision;

  /** A level as kernels are given it in fast mode. */
  private final MemorySegment coarse;

  CudaScore(Device device, Workspace workspace, Arena arena, @Nullable ProductPrecision precision) {
    this.device = device;
    this.precision = precision;
    this.workspace = workspace;
    this.rows = new DeviceRows(arena);
    this.coarse = tweedie_level.allocate(arena);
  }

  /** What is done with rows {@code [begin, begin + count)} of a batch. */
  private interface Chunk {
    void run(Room room, long begin, long count);
  }

  /** Working memory for kernels that take {@code part} components at a time. */
  private record Room(MemorySegment scratch, long part) {}

  /** Bytes of it. */
  private interface Needed {
    long bytes(long rows, long part);
  }

  private void forEachChunk(
      CudaPrior prior, DeviceRows.Form form, Needed needed, Samples x, Chunk work) {
    long rowBytes = form.bytes(LEAST_ROWS) / LEAST_ROWS;
    long most = Math.max(Math.min(STATE_BYTES, device.limit() / 8) / rowBytes, LEAST_ROWS);
    long chunk = Math.min(x.rows(), most);
    long part = prior.streams() ? Kind.SHARD : prior.components();
    MemorySegment state = null;
    while (state == null) { // with the same bits in whatever room
      try {
        state = workspace.of(form.bytes(chunk) + needed.bytes(chunk, part));
      } catch (OutOfNativeMemoryException e) {
        if (part > Kind.SHARD) {
          part = Kind.SHARD;
        } else if (chunk > LEAST_ROWS) {
          chunk = Math.max(LEAST_ROWS, chunk / 4);
        } else {
          throw e;
        }
      }
    }
    Room room = new Room(Device.moved(state, form.bytes(chunk)), part);
    for (long begin = 0; begin < x.rows(); begin += chunk) {
      long count = Math.min(chunk, x.rows() - begin);
      rows.place(form, x.address(), begin, count, state);
      try {
        work.run(room, begin, count);
      } finally {
        prior.release();
      }
    }
  }

  /** How logits and sums are made: chains of fma, or products that a shard is taken in by. */
  private enum Way {
    EXACT,
    FAST,
    /** Of means that are bytes. */
    BYTES
  }

  /** A second pass makes its logits as exact mode does, and needs the maxima of these. */
  private Way way(CudaPrior prior, boolean again) {
    if (precision == null || again || prior.table.kind() != Kind.ISOTROPIC) {
      return Way.EXACT;
    }
    return precision == ProductPrecision.BF16X3 && prior.bytes().isPresent() ? Way.BYTES : Way.FAST;
  }

  private Structures accumulate(CudaPrior prior, LevelTables.Key level, Room room, Way way) {
    MemorySegment scratch = room.scratch();
    MemorySegment handle = device.handle();
    CudaPrior.Shard work =
        (structures, from, to) -> {
          MemorySegment table = structures.prior();
          MemorySegment levelTable = structures.beside();
          if (from == 0) {
            device.check(Tweedie.tweedie_cuda_evaluate_reset(handle, table, rows.struct));
          }
          device.check(
              switch (way) {
                case EXACT ->
                    Tweedie.tweedie_cuda_evaluate_accumulate(
                        handle, table, levelTable, from, to, rows.struct, scratch);
                case FAST ->
                    Tweedie.tweedie_cuda_fast_evaluate_accumulate(
                        handle,
                        fast().code(),
                        table,
                        coarser(levelTable, prior, way),
                        from,
                        to,
                        rows.struct,
                        scratch);
                case BYTES ->
                    Tweedie.tweedie_cuda_bytes_accumulate(
                        handle,
                        table,
                        prior.bytes().orElseThrow().struct(),
                        coarser(levelTable, prior, way),
                        from,
                        to,
                        rows.struct,
                        scratch);
              });
        };
    if (way == Way.EXACT) {
      return prior.forEachPart(prior.levels(), level, room.part(), work);
    }
    Structures last = prior.forEachShard(prior.levels(), level, work);
    return new Structures(last.prior(), coarser(last.beside(), prior, way));
  }

  /** Of products that exact mode has none of. */
  private ProductPrecision fast() {
    return Objects.requireNonNull(precision);
  }

  /** The level with the error of fast products, by which rows are chosen for float64. */
  private MemorySegment coarser(MemorySegment level, CudaPrior prior, Way way) {
    coarse.copyFrom(level);
    float exact = tweedie_level.error_scale(level);
    tweedie_level.error_scale(
        coarse,
        way == Way.BYTES
            ? prior.bytes().orElseThrow().errorScale()
            : Tweedie.tweedie_cuda_fast_error_scale(fast().code(), prior.dim(), exact));
    return coarse;
  }

  private void finish(Structures structures, Outputs out) {
    device.check(
        Tweedie.tweedie_cuda_evaluate_finish(
            device.handle(),
            structures.prior(),
            structures.beside(),
            rows.struct,
            address(out.get(Output.EVIDENCE)),
            address(out.get(Output.MEAN)),
            address(out.get(Output.SCORE))));
  }

  private static DeviceRows.Form form(CudaPrior prior, boolean diagonal) {
    int width = prior.table.kind().width(prior.dim());
    return new DeviceRows.Form(1, width, diagonal ? prior.dim() : 0, null);
  }

  void evaluate(CudaPrior prior, Level level, Samples x, Outputs out) {
    for (Pass pass : Pass.of(prior.table, level, out)) {
      evaluate(prior, new LevelTables.Key(level, pass.form()), x, pass);
    }
  }

  private void evaluate(CudaPrior prior, LevelTables.Key level, Samples x, Pass pass) {
    Outputs out = pass.outputs();
    boolean again = out.has(Output.RESPONSIBILITIES) || pass.secondMoments();
    Way way = way(prior, again);
    forEachChunk(
        prior,
        form(prior, pass.secondMoments()),
        switch (way) {
          case EXACT -> prior::scratchBytes;
          case FAST -> (count, _) -> prior.fastScratchBytes(fast(), count);
          case BYTES -> (count, _) -> prior.byteScratchBytes(count);
        },
        x,
        (room, begin, count) -> {
          finish(accumulate(prior, level, room, way), out);
          if (again) {
            secondPass(prior, level, pass, room.scratch());
            writeDiagonal(prior, pass, begin, count);
          }
        });
  }

  private void secondPass(
      CudaPrior prior, LevelTables.Key level, Pass pass, MemorySegment scratch) {
    Optional<Samples> responsibilities = pass.outputs().get(Output.RESPONSIBILITIES);
    MemorySegment handle = device.handle();
    prior.forEachShard(
        prior.levels(),
        level,
        (structures, first, last) -> {
          MemorySegment table = structures.prior();
          MemorySegment levelTable = structures.beside();
          if (responsibilities.isPresent()) {
            MemorySegment to = responsibilities.get().address();
            device.check(
                Tweedie.tweedie_cuda_evaluate_responsibilities(
                    handle, table, levelTable, first, last, rows.struct, to, scratch));
          }
          if (pass.secondMoments()) {
            device.check(
                Tweedie.tweedie_cuda_evaluate_diagonal(
                    handle, table, levelTable, first, last, rows.struct, scratch));
          }
        });
  }

  /** The trace is the diagonal times ones: a chain of fma with one adds in index order. */
  private void writeDiagonal(CudaPrior prior, Pass pass, long begin, long count) {
    pass.diagonal().ifPresent(to -> copyDiagonal(prior, to, begin, count));
    Optional<Samples> trace = pass.outputs().get(Output.TRACE);
    if (trace.isPresent()) {
      device.check(
          Tweedie.tweedie_cuda_gemm(
              device.handle(),
              count,
              1,
              prior.dim(),
              rows.diagonal(),
              workspace.ones(prior.dim()),
              Device.moved(trace.get().address(), begin * Float.BYTES),
              MemorySegment.NULL));
    }
  }

  private void copyDiagonal(CudaPrior prior, Samples out, long begin, long count) {
    long rowBytes = (long) prior.dim() * Float.BYTES;
    device.copy(rows.diagonal(), Device.moved(out.address(), begin * rowBytes), count * rowBytes);
  }

  void covarianceTimes(CudaPrior prior, Level level, Samples x, Samples v, Samples out) {
    products(prior, new LevelTables.Key(level, Pass.ofCovariance(prior.table, level)), x, v, out);
  }

  void hessianTimes(CudaPrior prior, Level level, Samples x, Samples v, Samples out) {
    products(prior, new LevelTables.Key(level, Form.SCORES), x, v, out);
  }

  /** The second moments of a form times vectors. */
  private void products(CudaPrior prior, LevelTables.Key level, Samples x, Samples v, Samples out) {
    MemorySegment handle = device.handle();
    forEachChunk(
        prior,
        form(prior, true),
        prior::scratchBytes,
        x,
        (room, begin, count) -> {
          finish(accumulate(prior, level, room, Way.EXACT), Outputs.of());
          prior.forEachShard(
              prior.levels(),
              level,
              (structures, first, last) ->
                  device.check(
                      Tweedie.tweedie_cuda_covariance_times(
                          handle,
                          structures.prior(),
                          structures.beside(),
                          first,
                          last,
                          rows.struct,
                          v.address(),
                          room.scratch())));
          copyDiagonal(prior, out, begin, count);
        });
  }

  void blind(CudaPrior prior, BlindTables.Grid grid, Samples x, BlindOutputs out) {
    MemorySegment handle = device.handle();
    int levels = grid.sigmas().size();
    int width = out.mean().isEmpty() ? 0 : prior.table.kind().blindWidth(prior.dim());
    forEachChunk(
        prior,
        new DeviceRows.Form(levels, width, 0, null),
        (chunk, _) -> prior.blindScratchBytes(levels, chunk),
        x,
        (room, _, _) -> {
          Structures last =
              prior.forEachShard(
                  prior.blind(levels),
                  grid,
                  (structures, from, to) -> {
                    MemorySegment table = structures.prior();
                    MemorySegment blind = structures.beside();
                    if (from == 0) {
                      device.check(
                          Tweedie.tweedie_cuda_blind_reset(handle, table, blind, rows.struct));
                    }
                    device.check(
                        Tweedie.tweedie_cuda_blind_accumulate(
                            handle, table, blind, from, to, rows.struct, room.scratch()));
                  });
          device.check(
              Tweedie.tweedie_cuda_blind_finish(
                  handle,
                  last.prior(),
                  last.beside(),
                  rows.struct,
                  address(out.mean()),
                  address(out.levels()),
                  address(out.evidence())));
        });
  }

  void draw(CudaPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    forEachChunk(
        prior,
        new DeviceRows.Form(1, 0, 0, at),
        prior::scratchBytes,
        x,
        (room, _, count) -> {
          accumulate(prior, new LevelTables.Key(from, Form.MEANS), room, Way.EXACT);
          if (!prior.streams()) {
            draw(prior.reverse(from, to), out, room.scratch());
            return;
          }
          MemorySegment block = device.allocate(prior.chosenBytes(count));
          try {
            draw(prior.reverseOfChosen(from, to, chosen(count), block), out, room.scratch());
          } finally {
            device.free(block);
          }
        });
  }

  private void draw(Structures structures, Samples out, MemorySegment scratch) {
    device.check(
        Tweedie.tweedie_cuda_draw(
            device.handle(),
            structures.prior(),
            structures.beside(),
            rows.struct,
            out.address(),
            scratch));
  }

  /** The components that the rows have chosen, which then are numbered by row. */
  private long[] chosen(long count) {
    long[] chosen = new long[Math.toIntExact(count)];
    device.settle();
    device.download(rows.chosen(), MemorySegment.ofArray(chosen), MemorySegment.NULL);
    long[] numbers = new long[chosen.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = chosen[i] < 0 ? -1 : i;
    }
    device.upload(MemorySegment.ofArray(numbers), rows.chosen());
    return chosen;
  }

  private static MemorySegment address(Optional<Samples> samples) {
    return samples.map(Samples::address).orElse(MemorySegment.NULL);
  }
}
