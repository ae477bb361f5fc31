package dev.tweedie.io;

import static dev.tweedie.io.Fixtures.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Precision;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CSV, CIFAR and JPEG. */
class OtherFormatsTest {
  @TempDir Path folder;
  private final Arena arena = Arena.ofAuto();

  private RowFile text(String content) throws IOException {
    return read(Files.writeString(folder.resolve("x.csv"), content));
  }

  private RowFile read(Path file) throws IOException {
    return DataFiles.read(InputSource.of(file), Precision.FLOAT64, arena);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1,2.5,-3e-2\n4,5,6\n",
        "1;2.5;-3e-2\r\n4;5;6",
        "1\t2.5\t-3e-2\n\n4\t5\t6\n\n",
        "# saved by numpy\n1.000e+00 2.5e0 -3.0e-02\n4 5 6\n",
        " 1, \"2.5\", -.03\n +4 ,5., 6\n",
        "a,b,c\n1,2.5,-0.03\n4,5,6"
      })
  void readsTablesOfText(String content) throws IOException {
    RowFile file = text(content);
    assertEquals(2, file.rows().count());
    assertArrayEquals(new double[] {1, 2.5, -0.03, 4, 5, 6}, file.rows().toArray().toDoubles());
    assertEquals(content.startsWith("a"), file.found().endsWith("its line of names left out"));
  }

  @Test
  void saysWhichLineOfATextIsWrong() {
    assertRefused(() -> text("1,2,3\n4,5\n"), "x.csv: line 2: found 2 numbers; allowed: 3");
    assertRefused(() -> text("1,2\n\n# c\n3,4,5\n"), "x.csv: line 4: found 3 numbers; allowed: 2");
    assertRefused(() -> text("a,b\n1,2,3\n"), "x.csv: line 2: found 3 numbers; allowed: 2");
    assertRefused(() -> text("1,2\n3,four\n"), "line 2: found 'four' in column 1 (from 0)");
    assertRefused(() -> text("1,2\n3,0x10\n"), "line 2: found '0x10'");
    assertRefused(() -> text("1,2\n3,\n"), "line 2: found '' in column 1");
    assertRefused(() -> text("1,2\n3,nan\n"), "x.csv: row 1, column 1 (from 0) is NaN");
    assertRefused(() -> text("1,2\n3,-inf\n"), "is -Infinity");
    assertRefused(() -> text("1,2\n3,1e999\n"), "is Infinity");
    assertRefused(() -> text("a,b\n"), "x.csv: not a data file");
  }

  @Test
  void readsCifarWithoutItsLabels() throws IOException {
    for (int labels = 1; labels <= 2; labels++) {
      byte[] bytes = new byte[2 * (3072 + labels)];
      Arrays.fill(bytes, (byte) 51);
      bytes[0] = 0; // with a first black pixel, IDX begins so too
      bytes[labels] = 0;
      bytes[labels - 1] = (byte) (labels == 1 ? 9 : 99);
      if (labels == 2) {
        bytes[0] = 19;
        bytes[3074] = 0;
        bytes[3075] = 98;
      } else {
        bytes[3073] = 0;
        bytes[3074] = 0;
      }
      RowFile file = read(Files.write(folder.resolve("data_batch_1.bin"), bytes));
      assertEquals(2, file.rows().count());
      assertEquals(ImageShape.planes(3, 32, 32), file.rows().image());
      double[] values = file.rows().toArray().toDoubles();
      assertEquals(0, values[0]);
      assertEquals(51 / 255.0, values[1]);
      assertTrue(file.found().endsWith(labels + " labels of each left out"), file.found());
    }
    byte[] noLabels = new byte[3073];
    noLabels[0] = 10;
    Path file = Files.write(folder.resolve("other.bin"), noLabels);
    assertRefused(() -> read(file), "other.bin: not a data file");
  }

  /** Pictures of one colour, as Pillow wrote them and reads them back. */
  @Test
  void readsJpegOfColourAndGrey() throws IOException {
    Rows colour = read(Fixtures.path("flat.jpg")).rows();
    assertEquals(ImageShape.planes(3, 16, 16), colour.image());
    double[] pixels = colour.toArray().toDoubles();
    double[] expected = {200, 60, 20};
    for (int i = 0; i < pixels.length; i++) {
      // Decoders round the colour transform differently, by one step.
      assertEquals(expected[i / 256], pixels[i] * 255, 1 + 1e-9);
    }
    Rows grey = read(Fixtures.path("grey.jpg")).rows();
    assertEquals(ImageShape.grey(16, 16), grey.image());
    assertEquals(200 / 255.0, grey.toArray().getDouble(7), 1e-12);
  }

  @Test
  void refusesACutJpegAndOneThatIsTooLarge() throws IOException {
    byte[] whole = Fixtures.bytes("flat.jpg");
    for (int length = 3; length < whole.length; length += 7) {
      Path file = Files.write(folder.resolve("cut.jpg"), Arrays.copyOf(whole, length));
      assertRefused(() -> read(file), "cut.jpg: ", "JPEG");
    }
    assertRefused(
        () ->
            DataFiles.read(
                InputSource.of(Fixtures.path("flat.jpg")).withLimit(1000),
                Precision.FLOAT32,
                arena),
        "flat.jpg: 256 pixels of 27 bytes each; allowed: 1000 bytes");
  }
}
