package dev.tweedie.spark;

import org.apache.spark.ml.linalg.Vector;

/**
 * The numbers of one row; one of both is null.
 *
 * @param floats of an {@code ARRAY<FLOAT>}
 * @param doubles of an {@code ARRAY<DOUBLE>} or a vector
 */
record Numbers(float[] floats, double[] doubles) {
  /** Those of what Spark gave for a row that is not null. */
  static Numbers of(Object row) {
    return switch (row) {
      case float[] floats -> new Numbers(floats, null);
      case double[] doubles -> new Numbers(null, doubles);
      case ArrayRow array -> array.numbers();
      case Vector vector -> new Numbers(null, vector.toArray());
      default -> throw new AssertionError(row.getClass());
    };
  }

  int length() {
    return floats != null ? floats.length : doubles.length;
  }
}
