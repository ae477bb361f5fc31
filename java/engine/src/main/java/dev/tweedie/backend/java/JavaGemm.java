package dev.tweedie.backend.java;

import static dev.tweedie.backend.java.Tile.LANES;

import dev.tweedie.Samples;
import java.util.Arrays;

/**
 * One block of rows and columns of a matrix product, with columns in lanes. Depth is cut, so that
 * what is copied stays in the caches; each output's chain goes on where it stopped.
 */
final class JavaGemm {
  /** Rows and columns of a block; both copies are then read more often than made. */
  static final int ROWS = 252;

  static final int COLUMNS = 256;

  private static final int DEPTH = 512;

  private final Tile tile;
  private final float[] a = new float[ROWS * DEPTH];
  private final float[] b = new float[DEPTH * LANES];
  private final float[] sums = new float[ROWS * COLUMNS];

  JavaGemm(Tile tile) {
    this.tile = tile;
  }

  /** Writes rows {@code [row, row + rows)}, columns {@code [column, column + columns)} of c. */
  void block(Samples left, Samples right, Samples c, long row, int rows, int column, int columns) {
    int inner = left.dim();
    Arrays.fill(sums, 0);
    for (int first = 0; first < inner; first += DEPTH) {
      int depth = Math.min(DEPTH, inner - first);
      for (int i = 0; i < rows; i++) {
        Floats.read(left.address(), (row + i) * inner + first, a, i * depth, depth);
      }
      for (int panel = 0; panel < columns; panel += LANES) {
        int lanes = Math.min(LANES, columns - panel);
        for (int p = 0; p < depth; p++) {
          long from = (long) (first + p) * right.dim() + column + panel;
          Floats.read(right.address(), from, b, p * LANES, lanes);
        }
        tile.product(sums, panel * ROWS, rows, a, 0, depth, 1, b, 0, depth);
      }
    }
    for (int panel = 0; panel < columns; panel += LANES) {
      int lanes = Math.min(LANES, columns - panel);
      for (int i = 0; i < rows; i++) {
        long to = (row + i) * c.dim() + column + panel;
        Floats.write(sums, panel * ROWS + i * LANES, c.address(), to, lanes);
      }
    }
  }
}
