package dev.tweedie.spark;

import org.apache.spark.ml.linalg.Vector;

/** The numbers of one row, in the precision that it has, to be had in both. */
sealed interface Numbers {
  int length();

  double at(int j);

  /** Rounded where they are doubles; not copied where they are not. */
  float[] floats();

  /** Not copied where they are doubles. */
  double[] doubles();

  /** Those of what Spark gave for a row that is not null. */
  static Numbers of(Object row) {
    return switch (row) {
      case float[] floats -> new Floats(floats);
      case double[] doubles -> new Doubles(doubles);
      case ArrayRow array -> array.numbers();
      case Vector vector -> new Doubles(vector.toArray());
      default -> throw new AssertionError(row.getClass());
    };
  }

  /** Of an {@code ARRAY<FLOAT>}. */
  record Floats(float[] floats) implements Numbers {
    @Override
    public int length() {
      return floats.length;
    }

    @Override
    public double at(int j) {
      return floats[j];
    }

    @Override
    public double[] doubles() {
      double[] doubles = new double[floats.length];
      for (int j = 0; j < doubles.length; j++) {
        doubles[j] = floats[j];
      }
      return doubles;
    }
  }

  /** Of an {@code ARRAY<DOUBLE>} or a vector. */
  record Doubles(double[] doubles) implements Numbers {
    @Override
    public int length() {
      return doubles.length;
    }

    @Override
    public double at(int j) {
      return doubles[j];
    }

    @Override
    public float[] floats() {
      float[] floats = new float[doubles.length];
      for (int j = 0; j < floats.length; j++) {
        floats[j] = (float) doubles[j];
      }
      return floats;
    }
  }
}
