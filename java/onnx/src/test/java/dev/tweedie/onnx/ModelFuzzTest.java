package dev.tweedie.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Mutator;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged models, in a process of their own whose memory is limited: native code runs them, and
 * what they ask for is anybody's guess. Each is run or refused in one line. Models that ever did
 * otherwise are kept in {@code hostile}, which the mutations start from.
 */
class ModelFuzzTest {
  private static final int ROUNDS = 300;
  private static final String KIB = "8000000";

  @TempDir private Path folder;

  private void fuzz(long seed, int rounds) throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no shell to limit memory");
    String path =
        System.getProperty("java.class.path")
            + File.pathSeparator
            + System.getProperty("jdk.module.path", "")
            + File.pathSeparator
            + place(ModelFuzzTest.class)
            + File.pathSeparator
            + place(Mutator.class);
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "ulimit -v " + KIB + " && exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                path,
                Models.class.getName(),
                Path.of(ModelFuzzTest.class.getResource("hostile").toURI()).toString(),
                folder.resolve("fuzzed.onnx").toString(),
                Long.toString(seed),
                Integer.toString(rounds))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    int status = process.waitFor();
    String said = Files.readString(log, StandardCharsets.UTF_8);
    assertEquals(0, status, () -> "the model " + name() + " broke it: " + said);
  }

  private String name() {
    try {
      Path kept = Files.createTempFile("tweedie-broken-", ".onnx");
      return Files.write(kept, Files.readAllBytes(folder.resolve("fuzzed.onnx"))).toString();
    } catch (IOException e) {
      return "that was not kept, " + e;
    }
  }

  private static String place(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  @Test
  void everyDamagedModelIsRunOrRefused() throws Exception {
    fuzz(28, ROUNDS);
  }

  @Test
  @Tag("slow")
  void everyDamagedModelIsRunOrRefusedForLong() throws Exception {
    for (long seed = 1; seed <= 20; seed++) {
      fuzz(1000 + seed, 10 * ROUNDS);
    }
  }

  /** The other process. */
  static final class Models {
    private Models() {}

    /** Arguments: folder of good models, file to write each damaged one to, seed, rounds. */
    public static void main(String[] arguments) throws IOException {
      List<byte[]> seeds = Mutator.files(Path.of(arguments[0]), ".onnx");
      long seed = Long.parseLong(arguments[2]);
      Mutator mutator = new Mutator(seeds, seed);
      Path file = Path.of(arguments[1]);
      for (int round = 0; round < Integer.parseInt(arguments[3]); round++) {
        byte[] model = round < seeds.size() ? seeds.get(round) : mutator.next();
        Files.write(file, model);
        Throwable thrown = null;
        try (Engine engine = Engine.open("java", 1)) {
          OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.parse("seconds=2"));
          OnnxDenoiser denoiser = new OnnxDenoiser(network, 4, 4);
          float[] rows = new float[denoiser.dim()];
          Arrays.fill(rows, 0.5f);
          denoiser.denoise(engine.samples(rows, 1), dev.tweedie.schedule.Level.ofSigma(1));
        } catch (Throwable e) { // whatever it is
          thrown = e;
        }
        Mutator.check("model of seed %d round %d".formatted(seed, round), model, thrown);
      }
    }
  }
}
