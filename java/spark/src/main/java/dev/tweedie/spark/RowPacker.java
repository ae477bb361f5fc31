package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import scala.Tuple3;
import scala.Tuple4;

/**
 * Packs the rows of a partition, in order of piece and id, into pieces; a partition holds all rows
 * of its pieces.
 */
final class RowPacker implements Iterator<Tuple3<Long, float[], double[]>> {
  private final Iterator<Tuple4<Long, Long, Object, Double>> rows;
  private final Place place;
  private final @Nullable String weight;
  private final int length;
  private final int dim;
  private final long size;
  private @Nullable Tuple4<Long, Long, Object, Double> pending;

  /**
   * @param rows piece, id, numbers and weight
   * @param weight its column, or null
   * @param length rows of a piece
   * @param size N: the ids are 0 to N - 1
   */
  RowPacker(
      Iterator<Tuple4<Long, Long, Object, Double>> rows,
      Place place,
      @Nullable String weight,
      int length,
      int dim,
      long size) {
    this.rows = rows;
    this.place = place;
    this.weight = weight;
    this.length = length;
    this.dim = dim;
    this.size = size;
  }

  @Override
  public boolean hasNext() {
    return pending != null || rows.hasNext();
  }

  @Override
  public Tuple3<Long, float[], double[]> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    @Nullable Tuple4<Long, Long, Object, Double> row = pending != null ? pending : rows.next();
    pending = null;
    // a null number has no piece; it comes first
    long piece = row._1() == null ? -1 : row._1();
    int count = (int) Math.min(length, size - piece * length);
    if (count < 1 || piece < 0) {
      throw wrongId(Math.max(0, Math.min(size - 1, piece)), row);
    }
    float[] packed = new float[Math.multiplyExact(count, dim)];
    double[] weights = new double[weight == null ? 0 : count];
    for (int i = 0; i < count; i++) {
      long expected = piece * length + i;
      if (row == null || row._1() != piece || !Objects.equals(row._2(), expected)) {
        throw wrongId(expected, row);
      }
      copy(row, packed, i * dim);
      if (weight != null) {
        weights[i] = weight(row);
      }
      row = rows.hasNext() ? rows.next() : null;
    }
    if (row != null && row._1() == piece) {
      throw wrongId(piece * length + count - 1, row);
    }
    pending = row;
    return new Tuple3<>(piece, packed, weights);
  }

  private InvalidInputException wrongId(
      long expected, @Nullable Tuple4<Long, Long, Object, Double> found) {
    return new InvalidInputException(
        "column '%s': found %s where %d comes next, allowed: each number from 0 to %d once"
            .formatted(place.id(), found == null ? "no more" : found._2(), expected, size - 1));
  }

  private double weight(Tuple4<Long, Long, Object, Double> row) {
    Double found = row._4();
    if (found == null || !(found >= 0) || Double.isInfinite(found)) {
      throw new InvalidInputException(
          "column '%s', id %d: found %s, allowed: finite and >= 0"
              .formatted(weight, row._2(), found));
    }
    return found;
  }

  private void copy(Tuple4<Long, Long, Object, Double> row, float[] to, int at) {
    Numbers numbers = place.require(row._3(), row._2(), 0, dim);
    for (int j = 0; j < dim; j++) {
      to[at + j] = (float) numbers.at(j);
      if (!Float.isFinite(to[at + j])) {
        throw place.notFinite(numbers, row._2(), 0);
      }
    }
  }
}
