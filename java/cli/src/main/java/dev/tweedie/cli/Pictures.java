package dev.tweedie.cli;

import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.io.PngGrid;
import dev.tweedie.io.Rows;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/** Pictures of several batches of square images, one line a batch. */
final class Pictures {
  private Pictures() {}

  /**
   * @param zoom pixels of the picture, in each direction, for one of an image
   * @param batches of as many images each
   */
  static void write(Path file, int zoom, Samples... batches) throws IOException {
    int columns = (int) batches[0].rows();
    int side = (int) Math.round(Math.sqrt(batches[0].dim()));
    int dim = side * zoom * side * zoom;
    float[] pixels = new float[batches.length * columns * dim];
    for (int line = 0; line < batches.length; line++) {
      for (int column = 0; column < columns; column++) {
        enlarge(batches[line], column, side, zoom, pixels, (line * columns + column) * dim);
      }
    }
    MemorySegment values = MemorySegment.ofArray(pixels);
    Rows rows = new Rows(values, Precision.FLOAT32, batches.length * columns, dim);
    PngGrid.write(file, rows, columns);
  }

  private static void enlarge(Samples images, int row, int side, int zoom, float[] pixels, int at) {
    int width = side * zoom;
    double[] image = new double[images.dim()];
    images.readRow(row, image);
    for (int y = 0; y < width; y++) {
      for (int x = 0; x < side; x++) {
        int from = at + y * width + x * zoom;
        Arrays.fill(pixels, from, from + zoom, (float) image[y / zoom * side + x]);
      }
    }
  }
}
