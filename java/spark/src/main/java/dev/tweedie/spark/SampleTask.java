package dev.tweedie.spark;

import static java.util.Objects.requireNonNull;

import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** Samples of the rows whose numbers a partition holds, made batch by batch as they are read. */
final class SampleTask implements Iterator<Tuple2<Long, float[]>> {
  /** Elements of a batch, and rows at most. */
  private static final int ELEMENTS = 1 << 18;

  private static final int ROWS = 1024;

  private final Iterator<Long> ids;
  private final Sampler sampler;
  private final Chain chain;
  private final int capacity;
  private @Nullable Long pending; // a number that was read and begins the next batch
  private long first;
  private int count;
  private int next;
  private @Nullable Results results;

  SampleTask(Iterator<Long> ids, ExactPosterior posterior, SampleWork work) {
    this.ids = ids;
    sampler = work.rule();
    capacity = Math.clamp(ELEMENTS / posterior.dim(), 1, ROWS);
    chain = new Chain(posterior, work.levels(), work.seed(), capacity);
    chain.startMean(posterior.prior().mean());
  }

  @Override
  public boolean hasNext() {
    return next < count || fill();
  }

  private boolean fill() {
    count = 0;
    next = 0;
    while (count < capacity && (pending != null || ids.hasNext())) {
      long id = pending != null ? pending : ids.next();
      pending = null;
      if (count == 0) {
        first = id;
      } else if (id != first + count) {
        pending = id;
        break;
      }
      count++;
    }
    if (count == 0) {
      return false;
    }
    Samples samples = chain.sample(sampler, first, count);
    results = new Results(new Samples[] {samples}, true);
    return true;
  }

  @Override
  public Tuple2<Long, float[]> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int row = next++;
    return new Tuple2<>(first + row, (float[]) requireNonNull(results).row(row));
  }
}
