package dev.tweedie.bench;

import dev.tweedie.backend.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The machine that times are of, as Linux tells it under {@code /proc} and {@code /sys}. What a
 * system does not tell is null.
 */
final class Host {
  private static final Path CPU = Path.of("sys/devices/system/cpu/cpu0");

  private final Path root;

  /**
   * @param root of the file system; tests have one of their own
   */
  Host(Path root) {
    this.root = root;
  }

  /** Facts by name, as {@code bench.schema.json} describes them. */
  Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("processor", Machine.processor());
    facts.put("architecture", System.getProperty("os.arch"));
    facts.put("cores", Runtime.getRuntime().availableProcessors());
    facts.put("caches", caches());
    facts.put("memoryBytes", memory());
    facts.put("virtualised", virtualised());
    facts.put("governor", line(CPU.resolve("cpufreq/scaling_governor")));
    facts.put("megahertz", megahertz());
    facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("java", Runtime.version() + ", " + System.getProperty("java.vm.name"));
    facts.put("vectors", Machine.vectors());
    facts.put("fast", Machine.fast());
    return facts;
  }

  /** Of the first core, from the nearest on. */
  private List<Map<String, Object>> caches() {
    List<Map<String, Object>> caches = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Path cache = CPU.resolve("cache/index" + i);
      String level = line(cache.resolve("level"));
      if (level == null) {
        break;
      }
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("level", Integer.parseInt(level));
      facts.put("type", line(cache.resolve("type")));
      facts.put("bytes", bytes(line(cache.resolve("size"))));
      facts.put("cores", line(cache.resolve("shared_cpu_list")));
      caches.add(facts);
    }
    return caches;
  }

  private static Long bytes(String size) {
    return size == null || !size.matches("[0-9]+K")
        ? null
        : Long.parseLong(size.replace("K", "")) << 10;
  }

  private Long memory() {
    String total = field("proc/meminfo", "MemTotal");
    return total == null ? null : Long.parseLong(total.replaceAll("[^0-9]", "")) << 10;
  }

  /** The kernel's flag of x86 processors under a hypervisor; other processors do not tell. */
  private Boolean virtualised() {
    String flags = field("proc/cpuinfo", "flags");
    return flags == null ? null : Arrays.asList(flags.split(" ")).contains("hypervisor");
  }

  /** Now, and the least and the most that the governor may choose. */
  private Map<String, Object> megahertz() {
    Map<String, Object> facts = new LinkedHashMap<>();
    String now = field("proc/cpuinfo", "cpu MHz");
    facts.put("now", now == null ? null : Double.valueOf(now));
    facts.put("least", fromKilohertz("cpuinfo_min_freq"));
    facts.put("most", fromKilohertz("cpuinfo_max_freq"));
    return facts;
  }

  private Double fromKilohertz(String name) {
    String text = line(CPU.resolve("cpufreq").resolve(name));
    return text == null ? null : Double.parseDouble(text) / 1000;
  }

  private String line(Path path) {
    try {
      return Files.readString(root.resolve(path)).strip();
    } catch (IOException e) {
      return null;
    }
  }

  /** Value of the first line {@code name : value}. */
  private String field(String path, String name) {
    try (Stream<String> lines = Files.lines(root.resolve(path))) {
      return lines
          .map(line -> line.split(":", 2))
          .filter(pair -> pair.length == 2 && pair[0].strip().equals(name))
          .map(pair -> pair[1].strip())
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }
}
