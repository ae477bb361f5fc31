package dev.tweedie.spark;

import dev.tweedie.Engine;
import dev.tweedie.Scope;
import dev.tweedie.posterior.ShardPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import scala.Tuple3;

/** The work of a task on its shards, shard by shard and block of queries by block. */
record ShardTask<R>(
    EngineChoice engine, DataSetSummary summary, Broadcast<QueryBatch> queries, ShardWork<R> work)
    implements Serializable {
  /**
   * @param shards in their order
   */
  Iterator<R> rows(Iterator<Tuple3<Long, float[], double[]>> shards) {
    Rows rows = new Rows(shards);
    TaskContext.get()
        .addTaskCompletionListener(
            _ -> {
              rows.close();
            });
    return rows;
  }

  private final class Rows implements Iterator<R>, AutoCloseable {
    private final Iterator<Tuple3<Long, float[], double[]>> shards;
    private final Engine here = ExecutorEngine.of(engine).engine();
    private final QueryBatch batch = queries.value();
    private final ShardWork.Step<R> step = work.open(batch);
    private ShardWork.@Nullable Shard shard; // none between shards
    private int first; // of the next block
    private Iterator<R> ready = Collections.emptyIterator();

    Rows(Iterator<Tuple3<Long, float[], double[]>> shards) {
      this.shards = shards;
    }

    @Override
    public boolean hasNext() {
      while (!ready.hasNext() && (shard != null || shards.hasNext())) {
        if (shard == null) {
          Tuple3<Long, float[], double[]> next = shards.next();
          DataSet points = DataSet.of(next._2(), batch.dim()).shardOf(summary);
          shard = new ShardWork.Shard(ShardPosterior.of(here, points), next._1(), next._2());
          first = 0;
        } else if (first == batch.size()) {
          close();
        } else {
          ready = block(shard).iterator();
        }
      }
      return ready.hasNext();
    }

    private List<R> block(ShardWork.Shard shard) {
      List<R> rows = new ArrayList<>();
      int count = step.count(first);
      try (Scope _ = here.scope()) {
        step.rows(shard, first, count, rows);
      }
      first += count;
      return rows;
    }

    @Override
    public R next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return ready.next();
    }

    @Override
    public void close() {
      if (shard != null) {
        shard.posterior().close();
        shard = null;
      }
    }
  }
}
