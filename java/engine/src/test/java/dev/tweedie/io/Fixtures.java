package dev.tweedie.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.function.Executable;

/** Files that NumPy wrote (and PNGs made by hand), and the one way to expect a refusal. */
final class Fixtures {
  private Fixtures() {}

  static Path path(String name) {
    try {
      return Path.of(Fixtures.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(path(name));
  }

  static MemorySegment segment(String name) throws IOException {
    return MemorySegment.ofArray(bytes(name));
  }

  /** A version 1.0 .npy file with that header text, unpadded, and that data. */
  static byte[] npy(String header, byte... data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] file = new byte[10 + text.length + data.length];
    byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    System.arraycopy(magic, 0, file, 0, 8);
    file[8] = (byte) text.length;
    file[9] = (byte) (text.length >> 8);
    System.arraycopy(text, 0, file, 10, text.length);
    System.arraycopy(data, 0, file, 10 + text.length, data.length);
    return file;
  }

  /** Expects a refusal in one line that has all of {@code parts}. */
  static void assertRefused(Executable action, String... parts) {
    String message = assertThrows(InvalidInputException.class, action).getMessage();
    assertEquals(1, message.lines().count(), message);
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is not in: " + message);
    }
  }
}
