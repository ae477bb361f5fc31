package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.fit.Run;
import dev.tweedie.fit.RunMemory;
import dev.tweedie.fit.RunNotes;
import dev.tweedie.fit.RunPass;
import java.io.Serializable;
import java.lang.ref.SoftReference;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;
import scala.Tuple3;

/**
 * A pass of a fit over the runs of a partition.
 *
 * @param fit its name, unique: what executors remember of it is kept by that name
 * @param length rows of a run
 * @param capacity rows of the longest one
 * @param <T> what comes of a run
 */
record FitTask<T>(
    EngineChoice engine, String fit, int dim, int length, int capacity, Broadcast<RunPass<T>> pass)
    implements Serializable {
  /** Fits whose notes this process keeps. */
  private static final int FITS = 4;

  /** Lost where memory runs short: then a pass computes them anew. */
  private static final Map<String, SoftReference<Map<Long, RunNotes>>> NOTES =
      new LinkedHashMap<>(8, .75f, true);

  private static Map<Long, RunNotes> notes(String fit) {
    synchronized (NOTES) {
      SoftReference<Map<Long, RunNotes>> known = NOTES.get(fit);
      Map<Long, RunNotes> notes = known == null ? null : known.get();
      if (notes == null) {
        notes = new ConcurrentHashMap<>();
        NOTES.put(fit, new SoftReference<>(notes));
        if (NOTES.size() > FITS) {
          NOTES.remove(NOTES.keySet().iterator().next());
        }
      }
      return notes;
    }
  }

  /** Each run's number and what comes of it. */
  Iterator<Tuple2<Long, T>> of(Iterator<Tuple3<Long, float[], double[]>> runs) {
    Engine here = ExecutorEngine.of(engine).engine();
    RunMemory memory = new RunMemory(here, dim, capacity);
    RunPass.Work<T> work = pass.value().open(memory);
    TaskContext.get()
        .addTaskCompletionListener(
            _ -> {
              try (memory) {
                memory.end(work);
              }
            });
    Map<Long, RunNotes> notes = notes(fit);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return runs.hasNext();
      }

      @Override
      public Tuple2<Long, T> next() {
        Tuple3<Long, float[], double[]> packed = runs.next();
        long number = packed._1();
        Optional<double[]> weights = Optional.of(packed._3()).filter(given -> given.length > 0);
        RunNotes own = notes.computeIfAbsent(number, _ -> new RunNotes());
        Run run = memory.run(number * length, packed._2(), weights, own);
        return new Tuple2<>(number, work.of(run));
      }
    };
  }
}
