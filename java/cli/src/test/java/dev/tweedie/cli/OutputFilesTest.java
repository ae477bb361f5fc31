package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.Image;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import dev.tweedie.io.Png;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Node;

/** What outputs hold beside their numbers, and standard output in place of a file. */
class OutputFilesTest {
  @TempDir private Path folder;

  private String[] sample(String out) {
    return new String[] {
      "sample", "--prior", "builtin:two-points", "--count", "4", "--seed", "7", "--out", out
    };
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private static void requireOrigin(String json, String command) {
    assertTrue(json.startsWith("{\"version\":\""), json);
    assertTrue(json.contains("\"command\":[\"" + command + "\","), json);
    assertTrue(StandardCharsets.US_ASCII.newEncoder().canEncode(json), json);
  }

  @Test
  void anArchiveSaysHowItWasMade() throws IOException {
    Run.of(sample(file("é.npz"))).good();
    try (ZipFile zip = new ZipFile(file("é.npz"))) {
      byte[] text = zip.getInputStream(zip.getEntry("tweedie.json")).readAllBytes();
      String json = new String(text, StandardCharsets.UTF_8);
      requireOrigin(json, "sample");
      assertTrue(json.endsWith("\"seed\":7}"), json);
      assertTrue(json.contains("\\u00e9.npz\""), json);
    }
    // It is no array: the file is rows as before, and a mixture stays one.
    Run.of("fit", "--in", file("é.npz"), "--components", "1", "--out", file("m.npz")).good();
    Run.of(
            "evaluate",
            "--prior",
            file("m.npz"),
            "--at",
            file("é.npz"),
            "--level",
            "sigma=1",
            "--what",
            "logp",
            "--out",
            file("e.npz"))
        .good();
    for (List<String> made : List.of(List.of("m.npz", "fit"), List.of("e.npz", "evaluate"))) {
      try (ZipFile zip = new ZipFile(file(made.get(0)))) {
        byte[] text = zip.getInputStream(zip.getEntry("tweedie.json")).readAllBytes();
        requireOrigin(new String(text, StandardCharsets.UTF_8), made.get(1));
      }
    }
  }

  @Test
  void aPictureSaysHowItWasMade() throws IOException {
    String[] command = sample(file("out.png"));
    command[2] = "builtin:glyphs";
    Run.of(command).good();
    ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
    try (ImageInputStream in = ImageIO.createImageInputStream(folder.resolve("out.png").toFile())) {
      reader.setInput(in);
      IIOMetadata metadata = reader.getImageMetadata(0);
      Node text =
          metadata.getAsTree(metadata.getNativeMetadataFormatName()).getLastChild().getFirstChild();
      assertEquals("tweedie", text.getAttributes().getNamedItem("keyword").getNodeValue());
      requireOrigin(text.getAttributes().getNamedItem("value").getNodeValue(), "sample");
    } finally {
      reader.dispose();
    }
  }

  /** circle8: eight clusters around the unit circle, of which each quarter of the plot has some. */
  @Test
  void rowsOfTwoNumbersAreDrawnAsPoints() throws IOException {
    String[] command = sample(file("points.png"));
    command[2] = "builtin:circle8";
    command[4] = "64";
    Run.of(command).good();
    Image picture = Png.read(folder.resolve("points.png"));
    assertTrue(picture.width() >= 300 && picture.height() >= 300, picture.shape().toString());
    double[] pixels = picture.pixels();
    int[] marks = new int[4];
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        int at = y * picture.width() + x;
        int plane = picture.height() * picture.width();
        if (Math.abs(pixels[at] - pixels[at + 2 * plane]) > 0.2) { // axes and text are grey
          marks[2 * y / picture.height() * 2 + 2 * x / picture.width()]++;
        }
      }
    }
    assertTrue(Arrays.stream(marks).allMatch(count -> count > 20), Arrays.toString(marks));
  }

  /** A run whose rows or arrays go to standard output. */
  private record Piped(Run run, byte[] bytes) {
    static Piped of(String... command) {
      PrintStream before = System.out;
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Run run;
      try (PrintStream to = new PrintStream(bytes)) {
        System.setOut(to);
        run = Run.of(command);
      } finally {
        System.setOut(before);
      }
      assertEquals(ExitStatus.OK, run.status(), run.err());
      assertEquals("", run.out()); // what there is to say is beside them
      assertFalse(Files.exists(Path.of("-")));
      return new Piped(run, bytes.toByteArray());
    }
  }

  @Test
  @ResourceLock(Resources.SYSTEM_OUT)
  void aDashIsStandardOutput() throws IOException {
    Run.of(sample(file("out.npy"))).good();
    Piped piped = Piped.of(sample("-"));
    assertArrayEquals(Files.readAllBytes(folder.resolve("out.npy")), piped.bytes());
    assertTrue(piped.run().err().contains("rows      4 x "), piped.run().err());
  }

  /** What is piped is the file but for the command that it tells: the same arrays, bit by bit. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "evaluate --prior builtin:circle8 --level sigma=1 --what logp,mean --at points.npy --out",
        "fit --components 2 --in points.npy --out"
      })
  @ResourceLock(Resources.SYSTEM_OUT)
  void aDashIsAnArchiveOnStandardOutput(String line) throws IOException {
    double[] points = new double[40];
    for (int i = 0; i < points.length; i++) {
      points[i] = Math.sin(i * i);
    }
    Npy.write(folder.resolve("points.npy"), NdArray.of(points, 20, 2));
    String[] command = (line.replace("points.npy", file("points.npy")) + " -").split(" ");
    Piped piped = Piped.of(command);
    assertTrue(piped.run().err().contains("backend "), piped.run().err());
    Files.write(folder.resolve("piped.npz"), piped.bytes());
    command[command.length - 1] = file("out.npz");
    Run.of(command).good();
    try (Arena arena = Arena.ofConfined()) {
      Npz expected = Npz.open(folder.resolve("out.npz"), arena);
      Npz found = Npz.open(folder.resolve("piped.npz"), arena);
      assertEquals(expected.names(), found.names());
      assertFalse(found.names().isEmpty());
      for (String name : expected.names()) {
        assertArrayEquals(expected.get(name).shape(), found.get(name).shape(), name);
        assertArrayEquals(expected.get(name).toDoubles(), found.get(name).toDoubles(), 0, name);
      }
    }
    command[command.length - 1] = file("out.npy");
    Run.of(command).refused("--out: found", "out.npy, allowed: a name in .npz, or -");
  }

  @Test
  void bytesAndPicturesAreSaidInTheHelp() throws IOException {
    Npy.write(folder.resolve("x.npy"), NdArray.of(new byte[] {1, 2}, 1, 2));
    String help = Run.of("denoise", "--help").good().out();
    assertTrue(help.replaceAll("\\s+", " ").contains("uint8 and pictures are divided"), help);
  }
}
