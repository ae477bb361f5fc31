package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import dev.tweedie.prior.Kind;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import scala.Tuple2;
import scala.Tuple3;

/**
 * Packs the points of a partition, in order of shard and id, into shards; a partition holds all
 * points of its shards.
 */
final class ShardPacker implements Iterator<Tuple2<Long, float[]>> {
  private final Iterator<Tuple3<Long, Long, Object>> points;
  private final Place place;
  private final int dim;
  private final long size;
  private Tuple3<Long, Long, Object> pending;

  /**
   * @param points shard, id and numbers
   * @param size N: the ids are 0 to N - 1
   */
  ShardPacker(Iterator<Tuple3<Long, Long, Object>> points, Place place, int dim, long size) {
    this.points = points;
    this.place = place;
    this.dim = dim;
    this.size = size;
  }

  @Override
  public boolean hasNext() {
    return pending != null || points.hasNext();
  }

  @Override
  public Tuple2<Long, float[]> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Tuple3<Long, Long, Object> point = pending != null ? pending : points.next();
    pending = null;
    long shard = point._1();
    int count = (int) Math.min(Kind.SHARD, size - shard * Kind.SHARD);
    if (count < 1 || shard < 0) {
      throw wrongId(Math.max(0, Math.min(size - 1, shard)), point);
    }
    float[] packed = new float[Math.multiplyExact(count, dim)];
    for (int i = 0; i < count; i++) {
      long expected = shard * Kind.SHARD + i;
      if (point == null || point._1() != shard || !Objects.equals(point._2(), expected)) {
        throw wrongId(expected, point);
      }
      copy(point, packed, i * dim);
      point = points.hasNext() ? points.next() : null;
    }
    if (point != null && point._1() == shard) {
      throw wrongId(shard * Kind.SHARD + count - 1, point);
    }
    pending = point;
    return new Tuple2<>(shard, packed);
  }

  private InvalidInputException wrongId(long expected, Tuple3<Long, Long, Object> found) {
    return new InvalidInputException(
        "column '%s': found %s where %d comes next, allowed: each number from 0 to %d once"
            .formatted(place.id(), found == null ? "no more" : found._2(), expected, size - 1));
  }

  private void copy(Tuple3<Long, Long, Object> point, float[] to, int at) {
    Numbers numbers = place.require(point._3(), point._2(), 0, dim);
    for (int j = 0; j < dim; j++) {
      double value = numbers.floats() != null ? numbers.floats()[j] : numbers.doubles()[j];
      to[at + j] = (float) value;
      if (!Float.isFinite(to[at + j])) {
        throw place.notFinite(numbers, point._2(), 0);
      }
    }
  }
}
