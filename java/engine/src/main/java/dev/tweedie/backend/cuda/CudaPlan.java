package dev.tweedie.backend.cuda;

import dev.tweedie.OutOfNativeMemoryException;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_noise;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Ops as a CUDA graph. */
final class CudaPlan implements Backend.Plan {
  private final Device device;
  private final Finiteness finiteness;
  private final MemorySegment mark;
  private @Nullable MemorySegment graph;

  private CudaPlan(Device device, Finiteness finiteness, MemorySegment mark, MemorySegment graph) {
    this.device = device;
    this.finiteness = finiteness;
    this.mark = mark;
    this.graph = graph;
    device.keep(graph);
  }

  /**
   * Empty where the ops need the host or new memory on their way, or where there is no room for a
   * graph of so many: such ops run one by one, with the same results.
   */
  static Optional<CudaPlan> record(Device device, Finiteness finiteness, Runnable ops) {
    synchronized (device) {
      MemorySegment mark;
      try {
        mark = finiteness.newMarks();
      } catch (OutOfNativeMemoryException e) {
        return Optional.empty();
      }
      Optional<MemorySegment> graph = Optional.empty();
      try {
        graph = graphOf(device, finiteness, mark, ops);
      } finally {
        if (graph.isEmpty()) {
          device.free(mark);
        }
      }
      return graph.map(made -> new CudaPlan(device, finiteness, mark, made));
    }
  }

  private static Optional<MemorySegment> graphOf(
      Device device, Finiteness finiteness, MemorySegment mark, Runnable ops) {
    boolean complete = false;
    @Nullable MemorySegment graph = null;
    device.beginRecording();
    try {
      finiteness.recordInto(mark);
      ops.run();
      complete = true;
    } catch (NotRecordable | OutOfNativeMemoryException e) {
      complete = false;
    } finally {
      try {
        graph = device.endRecording();
      } catch (OutOfNativeMemoryException e) {
        graph = null;
      }
      if (graph != null && !complete) {
        device.freeGraph(graph);
        graph = null;
      }
    }
    return Optional.ofNullable(graph);
  }

  @Override
  public void run(long firstRow) {
    synchronized (device) {
      if (graph == null) {
        throw new IllegalStateException("the plan is closed");
      }
      moveRows(firstRow);
      try {
        device.check(Tweedie.tweedie_cuda_replay(device.handle(), graph));
      } finally {
        moveRows(0);
      }
      finiteness.readRecorded(mark);
    }
  }

  private void moveRows(long rows) {
    try (Arena arena = Arena.ofConfined()) {
      NoiseAddress base = new NoiseAddress(0, 0, 0, (int) rows, 0);
      MemorySegment struct = Structs.write(tweedie_noise.allocate(arena), base, 0);
      device.check(Tweedie.tweedie_cuda_address(device.handle(), struct));
    }
  }

  @Override
  public void close() {
    synchronized (device) {
      if (graph != null) {
        device.freeGraph(graph);
        device.free(mark);
        graph = null;
      }
    }
  }
}
