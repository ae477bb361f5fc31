package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.MemoryUsage;
import dev.tweedie.Numerics;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Machine;
import dev.tweedie.backend.Tier;
import dev.tweedie.onnx.OnnxPresence;
import dev.tweedie.onnx.OnnxRuntime;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tweedie info}: what this program is, and what of it can run here. */
@Command(
    name = "info",
    description = "Show the version, this machine, and every backend with why it is absent.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {"", "Example, for a program to read:", "  tweedie info --json"})
final class Info extends ReportingCommand {
  @Mixin private ComputeOptions options;

  @Override
  int run(Report report) {
    String backend;
    String memory;
    String pruning;
    try (Engine engine = options.open()) { // unknown and absent ones are refused
      backend = engine.backend().name();
      memory = memory(engine.memory());
      pruning = pruning(engine.backend());
    }
    int threads = options.threads();
    planned();
    Map<String, Object> facts = facts(backend, memory, pruning, threads);
    facts.forEach(report::fact);
    if (report.isText()) {
      print(facts, report);
    }
    return ExitStatus.OK;
  }

  private Map<String, Object> facts(String backend, String memory, String pruning, int threads) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("version", Version.number());
    facts.put("java", Runtime.version() + ", " + System.getProperty("java.vendor"));
    facts.put("home", System.getProperty("java.home"));
    facts.put("os", property("os.name") + " " + property("os.version") + " " + property("os.arch"));
    facts.put("cpu", Machine.processor());
    facts.put("threads", threads);
    facts.put("vectors", Machine.vectors());
    facts.put("native", Machine.nativeLibrary());
    facts.put("abi", Machine.abi());
    facts.put("fast", Machine.fast());
    facts.put("backend", backend);
    facts.put("memory", memory);
    facts.put("pruning", pruning);
    facts.put("networks", networks());
    Map<String, Object> backends = new LinkedHashMap<>();
    for (Tier tier : Backends.tiers()) {
      backends.put(tier.name(), state(tier));
    }
    for (Numerics numerics : Numerics.values()) {
      if (numerics.isRounded()) { // of the library, "fast" says it
        for (Tier tier : Backends.tiers(numerics)) {
          backends.put(tier.name() + " " + numerics, state(tier));
        }
      }
    }
    facts.put("backends", backends);
    Map<String, String> devices = Machine.devices();
    if (!devices.isEmpty()) {
      facts.put("devices", devices);
    }
    return facts;
  }

  private static String networks() {
    return OnnxPresence.isPresent()
        ? "ONNX Runtime " + OnnxRuntime.version() + ", " + providers()
        : "absent: " + OnnxPresence.ABSENT;
  }

  /** Native code is loaded only where the artifact of CUDA is there, to ask whether it starts. */
  private static String providers() {
    if (!OnnxRuntime.hasCuda()) {
      return "cpu; cuda absent: no onnxruntime_gpu on the path";
    }
    return OnnxRuntime.cudaRefusal().map("cpu; cuda absent: "::concat).orElse("cpu, cuda");
  }

  /** Counts belong to runs, and stand in their reports. */
  private static String pruning(Backend backend) {
    if (!backend.hasFilter()) {
      return "none: " + backend.name() + " has no filter";
    }
    return backend.prunesByItself()
        ? "components of no weight are left out where it pays; reports of runs say how many pairs"
        : "components of no weight are left out where a program asks for it: Pruning.ON";
  }

  private static String memory(MemoryUsage usage) {
    long most = usage.limit() >> 20;
    String limit = usage.limit() == Long.MAX_VALUE ? "no limit" : "at most %d MiB".formatted(most);
    return "%s; %d MiB of samples that ended may be kept"
        .formatted(limit, usage.cacheLimit() >> 20);
  }

  private static String property(String name) {
    return System.getProperty(name);
  }

  private static void print(Map<?, ?> facts, Report report) {
    facts.forEach(
        (name, value) -> {
          if (value instanceof Map<?, ?> inner) {
            report.text(name.toString());
            inner.forEach(
                (key, text) ->
                    report.text("  %-21s  %s".formatted(key, Printable.line(text.toString()))));
          } else {
            report.text("%-10s%s".formatted(name, Printable.line(value.toString())));
          }
        });
  }

  private static String state(Tier tier) {
    return tier.reason().map("absent: "::concat).orElse("available");
  }
}
