package dev.tweedie.spark;

import static java.util.Objects.requireNonNull;

import dev.tweedie.Samples;
import dev.tweedie.posterior.ExactPosterior;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.Tuple3;

/**
 * The rows of a partition with their results. They go through the engine in blocks; no result
 * depends on how they are cut.
 */
final class Blocks implements Iterator<Tuple3<Row, Object, Object>> {
  /**
   * Elements of a block, and rows at most: a kernel's largest chunks, two to eight of them. Each
   * reads the whole prior, so that none should be left with a few rows.
   */
  private static final int ELEMENTS = 1 << 19;

  private static final int ROWS = 8192;

  /** Two of the tiles that chunks are made of. */
  private static final int TILES = 64;

  private final Iterator<Tuple3<Row, Long, Object>> rows;
  private final RowKind kind;
  private final Place place;
  private final boolean numbered;
  private final ResultRow out;
  private final int dim;
  private final int capacity;
  private final Block block;
  private final BlockWork.Step step;
  private final Row[] carried;
  private final Object[] taken;
  private final long[] ids;
  private @Nullable Results results;
  private int count;
  private int next;
  private long before; // rows of earlier blocks

  /**
   * @param numbered whether the work needs the rows' numbers
   * @param packed whether results go as one array of numbers, of whatever kind rows are
   */
  Blocks(
      Iterator<Tuple3<Row, Long, Object>> rows,
      RowKind kind,
      Place place,
      boolean numbered,
      boolean packed,
      ExactPosterior posterior,
      BlockWork work) {
    this.rows = rows;
    this.kind = kind;
    this.place = place;
    this.numbered = numbered;
    out = ResultRow.of(kind, packed);
    dim = posterior.dim();
    capacity = Math.clamp(ELEMENTS / (dim + 1) / TILES * TILES, TILES, ROWS);
    block = new Block(posterior.engine(), capacity, dim);
    step = work.open(posterior, capacity);
    carried = new Row[capacity];
    taken = new Object[capacity];
    ids = new long[capacity];
    TaskContext task = TaskContext.get();
    if (task != null) {
      task.addTaskCompletionListener(
          _ -> {
            step.close();
            block.close();
          });
    }
  }

  @Override
  public boolean hasNext() {
    return next < count || fill();
  }

  private boolean fill() {
    before += count;
    count = 0;
    next = 0;
    while (count < capacity && rows.hasNext()) {
      Tuple3<Row, Long, Object> row = rows.next();
      Long id = row._2();
      place.requireLength(kind.length(row._3()), id, before + count, dim);
      ids[count] = numbered ? place.requireId(id) : id == null ? 0 : id;
      block.set(count, row._3());
      carried[count] = row._1();
      taken[count] = row._3();
      count++;
    }
    if (count == 0) {
      return false;
    }
    Samples x = block.rows(count);
    int bad = (int) x.firstNonFiniteRow();
    if (bad >= 0) {
      throw place.notFinite(Numbers.of(taken[bad]), ids[bad], before + bad);
    }
    results = new Results(step.run(x, ids), kind == RowKind.FLOATS);
    return true;
  }

  @Override
  public Tuple3<Row, Object, Object> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int row = next++;
    return new Tuple3<>(carried[row], taken[row], out.of(requireNonNull(results), row));
  }
}
