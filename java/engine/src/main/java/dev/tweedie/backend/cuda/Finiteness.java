package dev.tweedie.backend.cuda;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.bindings.generated.Tweedie;
import java.lang.foreign.MemorySegment;

/**
 * Refuses rows with NaN or infinity without moving them: {@code |x - x|^2} is zero for a finite row
 * and NaN for another, and one float a row goes to the host. In a recording the flags add up on the
 * device and are read after each run.
 */
final class Finiteness {
  private static final Coefficients SUM = new Coefficients(1, 1, 0, 0);

  private final Device device;
  private final Workspace workspace;
  private MemorySegment total;
  private long totalRows;

  Finiteness(Device device, Workspace workspace) {
    this.device = device;
    this.workspace = workspace;
  }

  /**
   * @throws InvalidInputException where one of the rows holds a NaN or an infinity
   */
  void require(String name, Samples x) {
    if (x.rows() == 0) {
      return;
    }
    MemorySegment flags = workspace.flags(x.rows());
    MemorySegment handle = device.handle();
    device.check(
        Tweedie.tweedie_cuda_residual(handle, x.rows(), x.dim(), x.address(), x.address(), flags));
    if (!device.recording()) {
      read(name, flags, x.rows());
      return;
    }
    totalRows = Math.max(totalRows, x.rows());
    MemorySegment sum = workspace.coefficients(SUM);
    MemorySegment none = MemorySegment.NULL;
    device.check(
        Tweedie.tweedie_cuda_step(handle, x.rows(), 1, sum, 0, total, flags, none, none, total));
  }

  private void read(String name, MemorySegment flags, long rows) {
    float[] found = new float[Math.toIntExact(rows)];
    device.download(flags, MemorySegment.ofArray(found));
    for (int row = 0; row < found.length; row++) {
      if (found[row] != 0) {
        throw new InvalidInputException(
            name + ": found NaN or infinity in row " + row + ", allowed: finite numbers");
      }
    }
  }

  /** Before a recording: room for its sums. Later runs of it read them. */
  MemorySegment prepare() {
    total = device.allocate(Math.max(1, workspace.flagRows()) * Float.BYTES);
    totalRows = 0;
    workspace.coefficients(SUM);
    return total;
  }

  /** First of the recorded ops: forgets the run before. */
  void recordStart(MemorySegment total) {
    device.clear(total, Math.max(1, workspace.flagRows()) * Float.BYTES);
  }

  /** Rows that the ops of the recording had at most. */
  long recordedRows() {
    return totalRows;
  }

  /** After a run of a recording. */
  void requireOf(MemorySegment total, long rows) {
    read("x", total, rows);
  }
}
