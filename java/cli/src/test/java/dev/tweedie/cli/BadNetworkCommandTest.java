package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A model that is no denoiser ends each command in one line that names its file, status 2, and no
 * output. The models take rows of 3 numbers y; {@code logarithm.onnx} returns ln y, the others what
 * their names say.
 */
class BadNetworkCommandTest {
  @TempDir private Path folder;

  private byte[] model(String name) throws IOException {
    try (InputStream in = BadNetworkCommandTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private void refused(byte[] model, String words) throws IOException {
    Path file = Files.write(folder.resolve("model.onnx"), model);
    Path in = folder.resolve("in.npy");
    Npy.write(in, NdArray.of(new float[] {1, -1, 2}, 1, 3));
    Path out = folder.resolve("out.npy");
    List<String> end = List.of("--prior", file.toString(), "--out", out.toString());
    for (String command :
        List.of(
            "denoise --blind --in " + in,
            "sample --sampler blind --count 1",
            "restore --operator missing:0.5 --simulate --in " + in)) {
      List<String> all = Stream.concat(Stream.of(command.split(" ")), end.stream()).toList();
      Run.of(all)
          .refused(Stream.concat(Stream.of(file + ": "), said(words)).toArray(String[]::new));
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(in, file), files.sorted().toList());
    }
  }

  private static Stream<String> said(String words) {
    return Arrays.stream(words.split("; "));
  }

  @ParameterizedTest
  @CsvSource({
    "unknown-op.onnx, cannot run; Denoise",
    "two-inputs.onnx, inputs: found y (? x 3)",
    "other-shape.onnx, found out (? x 6); allowed: the shape of its input",
    "logarithm.onnx, its output: found NaN or infinity in row 0",
    "external.onnx, cannot run; weights.bin"
  })
  void aModelThatIsNoDenoiser(String name, String words) throws IOException {
    refused(model(name), words);
  }

  @Test
  void aModelThatIsNoneOrCutOff() throws IOException {
    refused("this is no model".getBytes(), "no ONNX model");
    byte[] whole = model("halve.onnx");
    refused(Arrays.copyOf(whole, whole.length / 2), "no ONNX model, or a truncated one");
  }
}
