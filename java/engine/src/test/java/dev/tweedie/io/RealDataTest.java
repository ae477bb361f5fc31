package dev.tweedie.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import dev.tweedie.SharedData;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Files that other programs made, where they are present. Expected figures are NumPy's. */
class RealDataTest {
  private final Arena arena = Arena.ofAuto();

  @Test
  void readsMnist() throws IOException {
    Path file = SharedData.require("mnist/t10k-images-idx3-ubyte.gz");
    Rows rows = DataFiles.readRows(file, Precision.FLOAT64, arena);
    assertEquals(10_000, rows.count());
    assertEquals(784, rows.dim());
    assertEquals(28, rows.height());
    assertEquals(28, rows.width());
    double sum = 0;
    for (double value : rows.toArray().toDoubles()) {
      sum += value;
    }
    // 7.84 million roundings of at most 2^-34 each, since the sum stays below 2^20: under 0.12.
    assertEquals(264_923_200L, Math.round(sum * 255));
  }

  @Test
  void readsMnistLabels() throws IOException {
    NdArray labels = Idx.read(SharedData.require("mnist/t10k-labels-idx1-ubyte.gz"), arena);
    assertArrayEquals(new long[] {10_000}, labels.shape());
    double[] first = new double[5];
    for (int i = 0; i < first.length; i++) {
      first[i] = labels.getDouble(i);
    }
    assertArrayEquals(new double[] {7, 2, 1, 0, 4}, first);
  }

  @Test
  void readsPictures() throws IOException {
    Rows rows = DataFiles.readRows(SharedData.require("images"), Precision.FLOAT32, arena);
    assertEquals(6, rows.count());
    assertEquals(256, rows.height());
    assertEquals(256, rows.width());
    for (float value : rows.toArray().toFloats()) {
      assertTrue(value >= 0 && value <= 1);
    }
  }

  @Test
  void readsBatchesOfImagesWithOneChannel() throws IOException {
    Rows rows =
        DataFiles.readRows(
            SharedData.require("models/bf-cnn-mnist.clean.npy"), Precision.FLOAT32, arena);
    assertEquals(16, rows.count());
    assertEquals(28, rows.height());
  }
}
