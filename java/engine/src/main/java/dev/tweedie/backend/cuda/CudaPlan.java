package dev.tweedie.backend.cuda;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_noise;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Ops as a CUDA graph. */
final class CudaPlan implements Backend.Plan {
  private final Device device;
  private final Finiteness finiteness;
  private final MemorySegment total;
  private final long rows;
  private MemorySegment graph;

  private CudaPlan(Device device, Finiteness finiteness, MemorySegment total, MemorySegment graph) {
    this.device = device;
    this.finiteness = finiteness;
    this.total = total;
    this.rows = finiteness.recordedRows();
    this.graph = graph;
    device.keep(graph);
  }

  /** Null where the ops need the host or new memory on their way. */
  static CudaPlan record(Device device, Finiteness finiteness, Runnable ops) {
    synchronized (device) {
      MemorySegment total = finiteness.prepare();
      boolean complete = false;
      MemorySegment graph;
      device.beginRecording();
      try {
        finiteness.recordStart(total);
        ops.run();
        complete = true;
      } catch (NotRecordable e) {
        complete = false; // such ops run one by one, with the same results
      } finally {
        graph = device.endRecording();
        if (!complete) {
          device.freeGraph(graph);
          device.free(total);
        }
      }
      return complete ? new CudaPlan(device, finiteness, total, graph) : null;
    }
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
      if (rows > 0) {
        finiteness.requireOf(total, rows);
      }
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
        device.free(total);
        graph = null;
      }
    }
  }
}
