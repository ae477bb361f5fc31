package dev.tweedie.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Small files (hostile.py) that ask for more memory, time or files than a network should have: each
 * is refused in one line, before it gets any.
 */
class HostileNetworkTest {
  @TempDir private Path folder;

  private Path model(String name) throws IOException {
    Path file = folder.resolve(name + ".onnx");
    try (InputStream in =
        HostileNetworkTest.class.getResourceAsStream("hostile/" + name + ".onnx")) {
      Files.copy(in, file);
    }
    return file;
  }

  private static Samples denoise(Engine engine, Path file, String options) {
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.parse(options));
    return new OnnxBlindDenoiser(network, 0, 0).denoise(engine.samples(new float[16], 1));
  }

  private static String refused(Path file, String options) {
    try (Engine engine = Engine.open("java")) {
      String message =
          assertThrows(InvalidInputException.class, () -> denoise(engine, file, options))
              .getMessage();
      assertEquals(1, message.lines().count(), message);
      assertTrue(message.startsWith(file + ": "), message);
      assertTrue(message.length() < file.toString().length() + 1000, message);
      return message;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "batch-2-28, 'found a batch of 268435456 rows of 16 numbers, allowed: 1024 MiB'",
    "batch-2-31, found an axis of 2147483648",
    "batch-2-40, found an axis of 1099511627776",
    "batch-0, found an axis of 0",
    "dimension-0, found an axis of 0",
    "dimension-2-30, 'found a batch of 1 rows of 1073741824 numbers, allowed: 1024 MiB'",
    "dimension-2-31, found an axis of 2147483648",
    "dimension-2-40, found an axis of 1099511627776",
    "image-2-63, found rows of (2097152 x 2097152 x 2097152) numbers",
    "image-2-32, found rows of (1 x 65536 x 65536) numbers",
    "size, found rows of",
    "list-device, found a file's name in the model's metadata",
    "list-file, found a file's name in the model's metadata",
    "escape, network option: found x",
    "long, network option: found zzz",
    "constant-2-40, Failed to allocate memory for requested buffer of size 4398046511104"
  })
  void whatAModelMayNotHaveIsRefused(String name, String words) throws IOException {
    String message = refused(model(name), "");
    assertTrue(message.contains(words), message);
    assertFalse(message.matches(".*\\p{Cntrl}.*"), message);
  }

  /** Nobody's clock is judged: without the limit this never ends. */
  @Test
  void anEndlessNetworkHasALimit() throws IOException {
    String message = refused(model("endless"), "seconds=1");
    assertTrue(message.contains("found a run of more than 1 s"), message);
  }

  @Test
  void anEndlessNetworkCanBeInterrupted() throws Exception {
    Path file = model("endless");
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    try (Engine engine = Engine.open("java")) {
      Thread caller =
          Thread.ofPlatform()
              .start(
                  () -> {
                    Thread.currentThread().interrupt();
                    try {
                      denoise(engine, file, "");
                    } catch (Throwable e) {
                      thrown.set(e);
                      flag.set(Thread.currentThread().isInterrupted());
                    }
                  });
      caller.join();
      String message = String.valueOf(thrown.get());
      assertTrue(message.contains("interrupted"), message);
      assertEquals(true, flag.get());
      // The engine is as it was.
      assertEquals(2, engine.samples(new float[] {1, 2}, 2).rows());
    }
  }
}
