package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.Scope;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;
import scala.Tuple5;

/** Finishes the queries of a partition, block by block. */
record FinishTask(EngineChoice engine, Broadcast<QueryBatch> queries, FinishWork work)
    implements Serializable {
  private static final int ROWS = 1024;

  Iterator<Tuple2<Long, Object>> results(
      Iterator<Tuple5<Integer, Double, Float, float[], float[]>> wholes) {
    Engine here = ExecutorEngine.of(engine).engine();
    return new Iterator<>() {
      private Iterator<Tuple2<Long, Object>> ready = Collections.emptyIterator();

      @Override
      public boolean hasNext() {
        while (!ready.hasNext() && wholes.hasNext()) {
          List<Tuple5<Integer, Double, Float, float[], float[]>> block = new ArrayList<>();
          while (block.size() < ROWS && wholes.hasNext()) {
            block.add(wholes.next());
          }
          List<Tuple2<Long, Object>> results = new ArrayList<>();
          try (Scope _ = here.scope()) {
            work.finish(block, queries.value(), here, results);
          }
          ready = results.iterator();
        }
        return ready.hasNext();
      }

      @Override
      public Tuple2<Long, Object> next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return ready.next();
      }
    };
  }
}
