package dev.tweedie.backend.cuda;

import dev.tweedie.Samples;
import dev.tweedie.bindings.generated.Tweedie;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Refuses rows and results with NaN or infinity without moving them, and without waiting: the
 * device marks the first such row of each array and makes the results of a refused op NaN. The host
 * reads the marks where it waits anyway. In a recording the marks of all ops are two, which are
 * read after each run.
 */
final class Finiteness {
  /** Of a ring in two halves: one is filled while the host has not yet read the other. */
  private static final int MARKS = 1024;

  private static final int HALF = MARKS / 2;

  /** Arrays of an op at most, of any number of outputs. */
  private static final int OF_AN_OP = 16;

  private final Device device;
  private final Refusals refusals = new Refusals();
  private final MemorySegment ring;
  private final Refusals.Mark[] marks = new Refusals.Mark[MARKS];

  /** Where the compute stream left a half. */
  private final MemorySegment[] left = new MemorySegment[2];

  /** Marks of each half that are not read yet. */
  private final int[] used = new int[2];

  private int half;
  private long ops;
  private MemorySegment recorded = MemorySegment.NULL;

  Finiteness(Device device) {
    this.device = device;
    ring = device.allocate(MARKS * Long.BYTES);
    device.clear(ring, MARKS * Long.BYTES);
    left[0] = device.newMark();
    left[1] = device.newMark();
  }

  /** What an op works on, by name. */
  interface Arrays extends Consumer<BiConsumer<String, Samples>> {}

  static Arrays of(String name, Samples samples) {
    return take -> take.accept(name, samples);
  }

  static Arrays of(String name, Samples samples, String other, Samples others) {
    return take -> {
      take.accept(name, samples);
      take.accept(other, others);
    };
  }

  /**
   * Puts {@code work} on the device, with what refuses it where an array holds a NaN or an
   * infinity.
   *
   * @throws dev.tweedie.InvalidInputException where this thread has work that is known to be
   *     refused
   */
  void around(Arrays in, Arrays out, Runnable work) {
    if (device.recording()) {
      in.accept((name, x) -> mark(x, recorded));
      work.run();
      out.accept((name, x) -> mark(x, Device.moved(recorded, Long.BYTES)));
      out.accept((name, x) -> spoil(x, recorded, 2));
      return;
    }
    refusals.raise(ops);
    int first = reserve();
    in.accept((name, x) -> mark(x, next(name, false)));
    work.run();
    out.accept((name, x) -> mark(x, next(name, true)));
    int count = half * HALF + used[half] - first;
    out.accept((name, x) -> spoil(x, at(first), count));
  }

  private MemorySegment at(int mark) {
    return Device.moved(ring, (long) mark * Long.BYTES);
  }

  private MemorySegment next(String name, boolean result) {
    int mark = half * HALF + used[half]++;
    marks[mark] = new Refusals.Mark(name, result, ops, Thread.currentThread().threadId());
    return at(mark);
  }

  /** Room for the marks of an op, side by side: the first of them. */
  private int reserve() {
    ops++;
    if (used[half] + OF_AN_OP > HALF) {
      device.check(Tweedie.tweedie_cuda_event_record(device.handle(), left[half]));
      half ^= 1;
      read(half, left[half]); // hundreds of ops ago
    }
    return half * HALF + used[half];
  }

  private void mark(Samples x, MemorySegment mark) {
    if (x.rows() > 0) {
      device.check(
          Tweedie.tweedie_cuda_mark(device.handle(), x.rows(), x.dim(), x.address(), mark));
    }
  }

  private void spoil(Samples x, MemorySegment marks, int count) {
    device.check(
        Tweedie.tweedie_cuda_spoil(device.handle(), x.rows() * x.dim(), x.address(), marks, count));
  }

  /** Waits for {@code after}, or for everything where that is null. */
  private void read(int half, MemorySegment after) {
    if (used[half] == 0) {
      return;
    }
    long[] found = new long[used[half]];
    device.download(at(half * HALF), MemorySegment.ofArray(found), after);
    device.clear(at(half * HALF), (long) used[half] * Long.BYTES);
    used[half] = 0;
    List<Refusals.Marked> marked = new ArrayList<>();
    for (int i = 0; i < found.length; i++) {
      if (found[i] != 0) {
        marked.add(new Refusals.Marked(marks[half * HALF + i], Long.MAX_VALUE - found[i]));
      }
    }
    refusals.add(marked);
  }

  /**
   * Before the host reads what ops have written: waits for them.
   *
   * @throws dev.tweedie.InvalidInputException where one of this thread is refused
   */
  void settle() {
    readAll();
    refusals.raise(ops);
  }

  /** As {@link #settle}, but tells nobody. */
  void readAll() {
    read(half ^ 1, MemorySegment.NULL);
    read(half, MemorySegment.NULL);
    refusals.allKnown();
  }

  /**
   * What the host has read of the device.
   *
   * @throws dev.tweedie.InvalidInputException where it is of an op that is refused, and nobody has
   *     been told of that
   */
  void look(MemorySegment read) {
    refusals.look(read);
  }

  /**
   * At the end: nobody reads any more.
   *
   * @throws dev.tweedie.InvalidInputException where an op is refused, and nobody has been told
   */
  void end() {
    refusals.end();
  }

  // ---- recordings ----

  /** Room for the marks of a recording, of rows and of results, which it begins with clearing. */
  MemorySegment newMarks() {
    return device.allocate(2 * Long.BYTES);
  }

  /** First of the recorded ops: forgets the run before. */
  void recordInto(MemorySegment marks) {
    device.clear(marks, 2 * Long.BYTES);
    recorded = marks;
  }

  /** After a run of a recording. */
  void readRecorded(MemorySegment marks) {
    long[] found = new long[2];
    device.download(marks, MemorySegment.ofArray(found), MemorySegment.NULL);
    for (int i = 0; i < 2; i++) {
      if (found[i] != 0) {
        throw Refusals.refusal(i == 0 ? "x" : "result", i == 1, Long.MAX_VALUE - found[i]);
      }
    }
  }
}
