package dev.tweedie.backend.cuda;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.FiniteResults;
import dev.tweedie.bindings.generated.Tweedie;
import java.lang.foreign.MemorySegment;

/**
 * Refuses rows with NaN or infinity without moving them: the device marks the first such row, and 8
 * bytes go to the host. In a recording the marks of all ops are one, which is read after each run.
 */
final class Finiteness {
  private final Device device;
  private final MemorySegment mark;
  private final MemorySegment marked;
  private MemorySegment recorded;
  private MemorySegment recordedResults;

  Finiteness(Device device) {
    this.device = device;
    this.mark = newMark();
    this.marked = device.newMark();
  }

  /** Room for the marks of a recording, of rows and of results, which it begins with clearing. */
  MemorySegment newMark() {
    return device.allocate(2 * Long.BYTES);
  }

  /** First of the recorded ops: forgets the run before. */
  void recordInto(MemorySegment mark) {
    device.clear(mark, 2 * Long.BYTES);
    recorded = mark;
    recordedResults = Device.moved(mark, Long.BYTES);
  }

  /**
   * Refuses a result, for which this waits; in a recording every run does.
   *
   * @throws InvalidInputException where one of the rows holds a NaN or an infinity
   */
  void requireResult(String name, Samples out) {
    if (device.recording()) {
      markRows(out, recordedResults);
      return;
    }
    device.clear(mark, Long.BYTES);
    markRows(out, mark);
    readResult(name, mark);
  }

  private void readResult(String name, MemorySegment mark) {
    long row = marked(mark, MemorySegment.NULL);
    if (row >= 0) {
      throw FiniteResults.refused(name, row, Precision.FLOAT32);
    }
  }

  /** After a run of a recording. */
  void readRecorded(MemorySegment mark) {
    read("x", mark, MemorySegment.NULL);
    readResult("result", Device.moved(mark, Long.BYTES));
  }

  /**
   * Refuses {@code x}, unless {@code work} is recorded, whose run is refused then. The host learns
   * of it while the device is at work already: where a row is refused, what {@code work} writes has
   * no meaning.
   *
   * @throws InvalidInputException where one of the rows holds a NaN or an infinity
   */
  void requireBeside(Samples x, Runnable work) {
    if (device.recording()) {
      markRows(x, recorded);
      work.run();
      return;
    }
    device.clear(mark, Long.BYTES);
    markRows(x, mark);
    device.check(Tweedie.tweedie_cuda_event_record(device.handle(), marked));
    work.run();
    read("x", mark, marked);
  }

  /**
   * Refuses samples before anything else is done.
   *
   * @throws InvalidInputException where one of the rows holds a NaN or an infinity
   */
  void require(String name, Samples x) {
    if (device.recording()) {
      markRows(x, recorded);
      return;
    }
    device.clear(mark, Long.BYTES);
    markRows(x, mark);
    read(name, mark, MemorySegment.NULL);
  }

  private void markRows(Samples x, MemorySegment mark) {
    if (x.rows() > 0) {
      device.check(
          Tweedie.tweedie_cuda_mark(device.handle(), x.rows(), x.dim(), x.address(), mark));
    }
  }

  private void read(String name, MemorySegment mark, MemorySegment after) {
    long row = marked(mark, after);
    if (row >= 0) {
      throw new InvalidInputException(
          name + ": found NaN or infinity in row " + row + ", allowed: finite numbers");
    }
  }

  /** The row that is marked, or -1. */
  private long marked(MemorySegment mark, MemorySegment after) {
    long[] found = new long[1];
    device.download(mark, MemorySegment.ofArray(found), after);
    return found[0] == 0 ? -1 : Long.MAX_VALUE - found[0];
  }
}
