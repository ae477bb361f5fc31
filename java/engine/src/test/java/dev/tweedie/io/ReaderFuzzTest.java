package dev.tweedie.io;

import dev.tweedie.Mutator;
import dev.tweedie.Precision;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Damaged files of every kind through the readers of rows and priors: each is read, or refused in
 * one line. Files that ever did otherwise are kept in {@code corpus}, and run first.
 */
class ReaderFuzzTest {
  private static final int ROUNDS = 6_000;
  private static final long LIMIT = 1 << 24;

  private static Path resources() {
    return Fixtures.path("f4.npy").getParent();
  }

  private static void read(String name, byte[] input) {
    Throwable thrown = null;
    try (Arena arena = Arena.ofConfined()) {
      InputSource source =
          InputSource.of(Path.of("fuzzed"), new ByteArrayInputStream(input)).withLimit(LIMIT);
      DataFiles.readPrior(source, Precision.FLOAT32, arena);
    } catch (Throwable e) { // whatever it is
      thrown = e;
    }
    Mutator.check(name, input, thrown);
  }

  /** What Jazzer calls, with {@code -Pfuzz}. */
  public static void fuzzerTestOneInput(byte[] input) {
    read("Jazzer", input);
  }

  private static List<byte[]> seeds() throws IOException {
    List<byte[]> seeds =
        new ArrayList<>(Mutator.files(resources(), ".npy", ".npz", ".png", ".jpg", ".gz"));
    seeds.add("a,b\n1,2.5\n-3e4,.5\n".getBytes(StandardCharsets.UTF_8));
    seeds.add(new byte[] {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 2, 100, -2, -1});
    for (byte[] whole : List.copyOf(seeds)) {
      ByteArrayOutputStream compressed = new ByteArrayOutputStream();
      try (OutputStream out = new GZIPOutputStream(compressed)) {
        out.write(whole);
      }
      seeds.add(compressed.toByteArray());
    }
    return seeds;
  }

  private static void fuzz(long seed, int rounds) throws IOException {
    Mutator mutator = new Mutator(seeds(), seed);
    for (int round = 0; round < rounds; round++) {
      read("seed %d round %d".formatted(seed, round), mutator.next());
    }
  }

  @Test
  void whatOnceBrokeAReaderDoesNotAgain() {
    List<byte[]> corpus = Mutator.files(resources().resolve("corpus"), ".bin");
    for (int i = 0; i < corpus.size(); i++) {
      read("corpus " + i, corpus.get(i));
    }
  }

  @Test
  void everyDamagedFileIsReadOrRefused() throws IOException {
    fuzz(28, ROUNDS);
  }

  @Test
  @Tag("slow")
  void everyDamagedFileIsReadOrRefusedForLong() throws IOException {
    for (long seed = 1; seed <= 100; seed++) {
      fuzz(1000 + seed, ROUNDS);
    }
  }
}
