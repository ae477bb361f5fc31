package dev.tweedie.backend.cuda;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Precision;
import dev.tweedie.backend.FiniteResults;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Ops that the device has refused, until somebody is told: the first of a thread is thrown to it
 * when it next comes here; the others, mostly what follows from it, only to who reads a number that
 * is not finite.
 */
final class Refusals {
  /** Of those that are not due. */
  private static final int KEPT = 64;

  /**
   * An array that an op checks.
   *
   * @param result whether the op wrote it
   * @param op which, counted
   */
  record Mark(String name, boolean result, long op, long thread) {}

  /** The first row of it that is not finite. */
  record Marked(Mark mark, long row) {}

  private record Refusal(long thread, boolean due, InvalidInputException why) {}

  private final List<Refusal> refusals = new ArrayList<>();

  /** Threads that were told while ops of theirs were under way, and the last of these. */
  private final Map<Long, Long> toldAt = new HashMap<>();

  /** In the order of the ops: of each, one. */
  void add(List<Marked> all) {
    long op = -1;
    for (Marked one : all) {
      Mark mark = one.mark();
      if (mark.op() == op) {
        continue;
      }
      op = mark.op();
      boolean due =
          mark.op() > toldAt.getOrDefault(mark.thread(), -1L)
              && refusals.stream().noneMatch(other -> other.due && other.thread == mark.thread());
      if (due || refusals.size() < KEPT) {
        var why = refusal(mark.name(), mark.result(), one.row());
        refusals.add(new Refusal(mark.thread(), due, why));
      }
    }
  }

  static InvalidInputException refusal(String name, boolean result, long row) {
    return result
        ? FiniteResults.refused(name, row, Precision.FLOAT32)
        : new InvalidInputException(
            name + ": found NaN or infinity in row " + row + ", allowed: finite numbers");
  }

  /**
   * Tells this thread.
   *
   * @param ops that are under way, or were
   */
  void raise(long ops) {
    long thread = Thread.currentThread().threadId();
    for (Refusal one : refusals) {
      if (one.due && one.thread == thread) {
        toldAt.put(thread, ops);
        throw told(one);
      }
    }
  }

  /** Results of refused ops, and what was made of them, are NaN, on whatever thread. */
  void look(MemorySegment read) {
    if (!refusals.isEmpty()
        && Precision.FLOAT32.firstNonFinite(read, 0, read.byteSize() / Float.BYTES) >= 0) {
      throw told(refusals.getFirst());
    }
  }

  /** No op is under way whose marks are not known. */
  void allKnown() {
    toldAt.clear();
  }

  /** Tells whoever ends it. */
  void end() {
    for (Refusal one : refusals) {
      if (one.due) {
        throw told(one);
      }
    }
  }

  private InvalidInputException told(Refusal one) {
    refusals.remove(one);
    return one.why;
  }
}
