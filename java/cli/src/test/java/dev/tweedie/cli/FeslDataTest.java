package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The experiments on real data, here on made-up files of the same form. */
final class FeslDataTest {
  @TempDir private Path folder;

  private Run reproduce(String name) {
    return Run.of(
        "reproduce",
        name,
        "--quick",
        "--data",
        folder.toString(),
        "--out",
        folder.resolve("out").toString());
  }

  @Test
  void withoutDataTheyAreSkippedInOneLine() {
    for (String name : List.of("fesl-mnist", "fesl-speech")) {
      Run run = reproduce(name).good();
      assertTrue(run.out().contains("Skipped: --data names no folder with "), run.out());
    }
    Run.of("reproduce", "fesl-mnist", "--data", folder.resolve("absent").toString())
        .refused("--data: found", "a directory");
  }

  @Test
  void chainsOfADigitMixtureReachTheConditionalMeanAtHighSnr() throws IOException {
    Path file =
        Files.createDirectories(folder.resolve("mnist")).resolve("t10k-images-idx3-ubyte.gz");
    SplittableRandom random = new SplittableRandom(2);
    int count = 60;
    int side = 6;
    byte[] pixels = new byte[count * side * side];
    random.nextBytes(pixels);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(
          ByteBuffer.allocate(16).putInt(0x803).putInt(count).putInt(side).putInt(side).array());
      out.write(pixels);
    }
    check(reproduce("fesl-mnist").good(), "fesl-mnist");
  }

  @Test
  void chainsOfASpeechMixtureReachTheConditionalMeanAtHighSnr() throws IOException {
    Path recordings = Files.createDirectories(folder.resolve("spoken-digits"));
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 3; i++) {
      Files.write(recordings.resolve(i + ".wav"), wav(random, 128 * 40));
    }
    check(reproduce("fesl-speech").good(), "fesl-speech");
  }

  private static byte[] wav(SplittableRandom random, int samples) {
    ByteBuffer out = ByteBuffer.allocate(44 + 2 * samples).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes()).putInt(36 + 2 * samples).put("WAVEfmt ".getBytes()).putInt(16);
    out.putShort((short) 1).putShort((short) 1).putInt(8000).putInt(16000);
    out.putShort((short) 2).putShort((short) 16).put("data".getBytes()).putInt(2 * samples);
    for (int i = 0; i < samples; i++) {
      double tone = Math.sin(0.3 * i) + 0.5 * Math.sin(0.01 * i) * random.nextDouble();
      out.putShort((short) (8000 * tone));
    }
    return out.array();
  }

  /** Mathematics 3(e)3: on the grid and at high SNR the chain is the conditional mean. */
  private void check(Run run, String name) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("out").resolve(name + ".csv"));
    assertEquals("SNR dB,CME,LMMSE,T = 5,T = 10,T = 50", lines.getFirst());
    String[] last = lines.get(9).split(",");
    assertEquals("20", last[0]);
    double mean = Double.parseDouble(last[1]);
    // 50 levels are 2 dB apart at 20 dB: a start half of that off costs about 1 %
    assertEquals(mean, Double.parseDouble(last[5]), 0.04 * mean, run.out());
    // the conditional mean is the best of all, but for the spread of 50 draws
    for (String line : lines.subList(1, 12)) {
      String[] cells = line.split(",");
      assertTrue(Double.parseDouble(cells[1]) < 1.05 * Double.parseDouble(cells[2]), line);
    }
    // and all that is asked of the random mixture
    assertEquals("SNR dB,CME,off,on,on / CME", table(name, 2).getFirst());
    assertTrue(table(name, 3).getFirst().startsWith("SNR dB,steps done,state x_t,estimate"));
    assertEquals("SNR dB,assumed - true,CME,chain", table(name, 4).getFirst());
    assertEquals(1 + 2 * 7, table(name, 4).size());
    assertTrue(run.out().contains("\n20 of 20 figures within their tolerance"), run.out());
  }

  private List<String> table(String name, int index) throws IOException {
    return Files.readAllLines(folder.resolve("out").resolve(name + "-" + index + ".csv"));
  }
}
