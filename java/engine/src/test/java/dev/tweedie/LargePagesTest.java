package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Large blocks of samples use large pages where the system allows it. */
class LargePagesTest {
  private static final Path MODE = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
  private static final Path SIZE = Path.of("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
  private static final int ROWS = 1 << 14;
  private static final int DIM = 1 << 10;

  @Test
  void aLargeBlockIsOfLargePages() throws IOException {
    assumeTrue(Files.isReadable(MODE), "no transparent large pages: " + MODE + " is not there");
    String mode = Files.readString(MODE).strip();
    assumeTrue(!mode.contains("[never]"), "the system allows no large pages: " + mode);
    assumeTrue(
        Files.readString(Path.of("/proc/self/status")).contains("THP_enabled:\t1"),
        "this process may have no large pages");
    long page = Long.parseLong(Files.readString(SIZE).strip());
    try (Engine engine = Engine.open("java:scalar", 1)) {
      Samples large = engine.samples(ROWS, DIM);
      long address = large.segment().address();
      assertEquals(0, address % page, "begins at a large page");
      large.clear(); // the system gives pages where they are touched
      Map<String, String> mapping = mapping(address);
      assertTrue(mapping.get("VmFlags").contains(" hg"), "asked for: " + mapping);
      assertEquals("1", mapping.getOrDefault("THPeligible", "1"), mapping.toString());
      assumeTrue(
          !mapping.get("AnonHugePages").equals("0 kB"), "the system had no large page to give");
      long found = Long.parseLong(mapping.get("AnonHugePages").replace(" kB", "")) << 10;
      assertTrue(found >= page && found % page == 0, mapping.toString());
    }
  }

  /** What the system says of the mapping that holds an address. */
  private static Map<String, String> mapping(long address) throws IOException {
    Map<String, String> facts = new HashMap<>();
    boolean holds = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      String[] words = line.split("\\s+", 2);
      if (words[0].endsWith(":")) {
        if (holds) {
          facts.put(words[0].substring(0, words[0].length() - 1), ' ' + words[1].strip());
        }
      } else {
        String[] range = words[0].split("-");
        holds =
            Long.compareUnsigned(address, Long.parseUnsignedLong(range[0], 16)) >= 0
                && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
      }
    }
    facts.replaceAll((name, value) -> name.equals("VmFlags") ? value : value.strip());
    return facts;
  }
}
