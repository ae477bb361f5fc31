package dev.tweedie.backend.cuda;

import dev.tweedie.Samples;
import dev.tweedie.backend.NoiseAddress;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.posterior.Outputs;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

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

  CudaScore(Device device, Workspace workspace, Arena arena) {
    this.device = device;
    this.workspace = workspace;
    this.rows = new DeviceRows(arena);
  }

  /** What is done with rows of a batch whose state is complete. */
  private interface Complete {
    void accept(CudaPrior.Structures structures, MemorySegment scratch, long begin, long count);
  }

  private void forEachChunk(
      CudaPrior prior, Level level, Samples x, NoiseAddress at, Complete complete) {
    long rowBytes = DeviceRows.bytes(prior.width(), prior.dim(), LEAST_ROWS) / LEAST_ROWS;
    long most = Math.max(Math.min(STATE_BYTES, device.limit() / 8) / rowBytes, LEAST_ROWS);
    long chunk = Math.min(x.rows(), most);
    MemorySegment handle = device.handle();
    long stateBytes = DeviceRows.bytes(prior.width(), prior.dim(), chunk);
    for (long begin = 0; begin < x.rows(); begin += chunk) {
      long count = Math.min(chunk, x.rows() - begin);
      MemorySegment state = workspace.of(stateBytes + prior.scratchBytes(chunk));
      MemorySegment scratch = Device.moved(state, stateBytes);
      rows.place(x.address(), begin, count, state, prior.width(), prior.dim(), at);
      try {
        CudaPrior.Structures structures =
            prior.forEachShard(
                level,
                (table, levelTable, first, last) -> {
                  if (first == 0) {
                    device.check(Tweedie.tweedie_cuda_score_reset(handle, table, rows.struct));
                  }
                  device.check(
                      Tweedie.tweedie_cuda_score_gather(
                          handle, table, levelTable, first, last, rows.struct, scratch));
                });
        complete.accept(structures, scratch, begin, count);
      } finally {
        prior.release();
      }
    }
  }

  void evaluate(CudaPrior prior, Level level, Samples x, Outputs out) {
    forEachChunk(
        prior,
        level,
        x,
        null,
        (structures, scratch, begin, count) -> {
          finish(structures, out);
          if (out.responsibilities() != null || out.diagonal() != null || out.trace() != null) {
            secondPass(prior, level, out, scratch);
            writeDiagonal(prior, out, begin, count);
          }
        });
  }

  private void finish(CudaPrior.Structures structures, Outputs out) {
    device.check(
        Tweedie.tweedie_cuda_score_finish(
            device.handle(),
            structures.prior(),
            structures.level(),
            rows.struct,
            address(out.evidence()),
            address(out.mean()),
            address(out.score())));
  }

  void covarianceTimes(CudaPrior prior, Level level, Samples x, Samples v, Samples out) {
    forEachChunk(
        prior,
        level,
        x,
        null,
        (structures, scratch, begin, count) -> {
          finish(structures, Outputs.mean(null));
          prior.forEachShard(
              level,
              (table, levelTable, first, last) ->
                  device.check(
                      Tweedie.tweedie_cuda_curvature_times(
                          device.handle(),
                          table,
                          levelTable,
                          first,
                          last,
                          rows.struct,
                          v.address(),
                          scratch)));
          copyDiagonal(prior, out, begin, count);
        });
  }

  private void copyDiagonal(CudaPrior prior, Samples out, long begin, long count) {
    long rowBytes = (long) prior.dim() * Float.BYTES;
    device.copy(rows.diagonal(), Device.moved(out.address(), begin * rowBytes), count * rowBytes);
  }

  private void secondPass(CudaPrior prior, Level level, Outputs out, MemorySegment scratch) {
    MemorySegment handle = device.handle();
    prior.forEachShard(
        level,
        (table, levelTable, first, last) -> {
          if (out.responsibilities() != null) {
            device.check(
                Tweedie.tweedie_cuda_score_responsibilities(
                    handle,
                    table,
                    levelTable,
                    first,
                    last,
                    rows.struct,
                    out.responsibilities().address(),
                    scratch));
          }
          if (out.diagonal() != null || out.trace() != null) {
            device.check(
                Tweedie.tweedie_cuda_score_diagonal(
                    handle, table, levelTable, first, last, rows.struct, scratch));
          }
        });
  }

  /** The trace is the diagonal times ones: a chain of fma with one adds in index order. */
  private void writeDiagonal(CudaPrior prior, Outputs out, long begin, long count) {
    if (out.diagonal() != null) {
      copyDiagonal(prior, out.diagonal(), begin, count);
    }
    if (out.trace() != null) {
      device.check(
          Tweedie.tweedie_cuda_gemm(
              device.handle(),
              count,
              1,
              prior.dim(),
              rows.diagonal(),
              workspace.ones(prior.dim()),
              Device.moved(out.trace().address(), begin * Float.BYTES)));
    }
  }

  void draw(CudaPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    forEachChunk(
        prior,
        from,
        x,
        at,
        (_, scratch, _, count) -> {
          if (!prior.streams()) {
            draw(prior.reverse(from, to), out, scratch);
            return;
          }
          MemorySegment block = device.allocate(prior.chosenBytes(count));
          try {
            draw(prior.reverseOfChosen(from, to, chosen(count), block), out, scratch);
          } finally {
            device.free(block);
          }
        });
  }

  private void draw(CudaPrior.Structures structures, Samples out, MemorySegment scratch) {
    device.check(
        Tweedie.tweedie_cuda_draw(
            device.handle(),
            structures.prior(),
            structures.level(),
            rows.struct,
            out.address(),
            scratch));
  }

  /** The components that the rows have chosen, which then are numbered by row. */
  private long[] chosen(long count) {
    long[] chosen = new long[Math.toIntExact(count)];
    MemorySegment memory = MemorySegment.ofArray(chosen);
    device.download(rows.chosen(), memory);
    long[] numbers = new long[chosen.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    device.upload(MemorySegment.ofArray(numbers), rows.chosen());
    return chosen;
  }

  private static MemorySegment address(Samples samples) {
    return samples == null ? MemorySegment.NULL : samples.address();
  }
}
