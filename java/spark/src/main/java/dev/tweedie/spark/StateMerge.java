package dev.tweedie.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import scala.Tuple5;

/** How the states of one query become one. */
interface StateMerge extends Serializable {
  /** Of one query after another, in one task. */
  interface Merging {
    /** Begins with a query. */
    void begin(int query);

    /** The state of a later shard. */
    void add(Tuple5<Integer, Long, Double, Float, float[]> state);

    /** Query, top, sum, numbers and diagonal. */
    Tuple5<Integer, Double, Float, float[], float[]> end();
  }

  Merging open();

  /**
   * @param rows in the order of query and shard
   */
  default Iterator<Tuple5<Integer, Double, Float, float[], float[]>> merged(
      Iterator<Tuple5<Integer, Long, Double, Float, float[]>> rows) {
    Merging merging = open();
    return new Iterator<>() {
      private @Nullable Tuple5<Integer, Long, Double, Float, float[]> pending = following();

      private @Nullable Tuple5<Integer, Long, Double, Float, float[]> following() {
        return rows.hasNext() ? rows.next() : null;
      }

      @Override
      public boolean hasNext() {
        return pending != null;
      }

      @Override
      public Tuple5<Integer, Double, Float, float[], float[]> next() {
        Tuple5<Integer, Long, Double, Float, float[]> state = pending;
        if (state == null) {
          throw new NoSuchElementException();
        }
        int query = state._1();
        merging.begin(query);
        while (state != null && state._1() == query) {
          if (state._2() != StateRow.NONE) {
            merging.add(state);
          }
          state = following();
        }
        pending = state;
        return merging.end();
      }
    };
  }
}
