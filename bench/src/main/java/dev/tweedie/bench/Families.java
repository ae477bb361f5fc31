package dev.tweedie.bench;

import dev.tweedie.backend.Op;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The ops of each family at sizes from the first cache to beyond the third. */
final class Families {
  /** Ops by family, and the sizes they are timed at; a quick run takes the second one only. */
  private record Family(List<String> ops, List<String> sizes) {}

  /** Sizes that fill a device. */
  private static final Map<String, List<String>> DEVICE_SIZES =
      Map.of(
          "noise", List.of("67108864"),
          "step", List.of("67108864"),
          "gemm", List.of("4096x4096x1024", "8192x8192x8192"),
          "score",
              List.of(
                  "points:8192x784x60000@1/20",
                  "isotropic:65536x16x1000",
                  "diagonal:1000000x64x128",
                  "lowrank:16384x64x128",
                  "full:16384x64x128"),
          "draw", List.of("points:8192x784x9000@1/20", "diagonal:1000000x64x128"),
          "curvature", List.of("points:8192x784x9000@1/20", "full:16384x64x128"),
          "blind", List.of("points:4096x784x9000", "diagonal:16384x64x256", "full:4096x64x128"),
          "sampler", List.of("ddpm=diagonal:1000000x64x128", "mixture=full:4096x64x32"));

  /** A benchmark of {@link Op#STEP} with noise, which costs more. */
  static final String STEP_WITH_NOISE = "stepWithNoise";

  /** A benchmark of {@link Op#EVALUATE} that passes twice, as the ops of its family do. */
  static final String HESSIAN_DIAGONAL = "hessianDiagonal";

  /** Not an op: whole runs of samplers. */
  static final String SAMPLE = "sample";

  private static final Map<String, Family> FAMILIES = new LinkedHashMap<>();

  static {
    List<String> elements = Stream.of(11, 15, 20, 24, 26).map(power -> "" + (1 << power)).toList();
    FAMILIES.put("noise", new Family(Op.Family.NOISE.ops(), elements));
    FAMILIES.put(
        "step", new Family(List.of("step", STEP_WITH_NOISE, "stepRows", "residual"), elements));
    FAMILIES.put(
        "gemm",
        new Family(
            Op.Family.GEMM.ops(),
            List.of("64x64x64", "256x512x784", "1024x1024x1024", "4096x4096x1024")));
    List<String> priors =
        List.of(
            "points:64x16x84",
            "points:256x784x9000@1/20",
            "points:256x784x100000@1/20",
            "isotropic:65536x2x1000",
            "isotropic:65536x16x1000",
            "diagonal:65536x64x256",
            "lowrank:4096x64x128",
            "full:64x16x8",
            "full:4096x64x128",
            "full:64x256x512");
    Stream<String> images = Stream.of("pixels:256x784x9000@1/20", "pixels:256x784x9000@1/1");
    FAMILIES.put(
        "score",
        new Family(Op.Family.SCORE.ops(), Stream.concat(priors.stream(), images).toList()));
    FAMILIES.put("draw", new Family(Op.Family.DRAW.ops(), priors));
    FAMILIES.put(
        "curvature",
        new Family(
            Stream.concat(Op.Family.CURVATURE.ops().stream(), Stream.of(HESSIAN_DIAGONAL)).toList(),
            priors.subList(0, priors.size() - 1)));
    FAMILIES.put(
        "blind",
        new Family(
            Op.Family.BLIND.ops(),
            List.of(
                "points:64x16x84",
                "isotropic:1024x16x1000",
                "points:128x784x9000",
                "diagonal:1024x64x256",
                "lowrank:512x64x128",
                "full:512x64x128")));
    FAMILIES.put(
        "sampler",
        new Family(
            List.of(SAMPLE),
            List.of(
                "ddpm=diagonal:64x16x32", "ddpm=diagonal:4096x64x32", "mixture=full:64x64x32")));
  }

  private Families() {}

  /** The op that a benchmark of this name times, or one of the same family and cost. */
  static Op opOf(String benchmark) {
    return switch (benchmark) {
      case STEP_WITH_NOISE -> Op.STEP;
      case HESSIAN_DIAGONAL -> Op.HESSIAN_TIMES;
      default -> Op.parse(benchmark);
    };
  }

  static List<String> names() {
    return List.copyOf(FAMILIES.keySet());
  }

  /** Every op that some family times. */
  static List<String> ops() {
    return FAMILIES.values().stream().flatMap(family -> family.ops().stream()).toList();
  }

  /**
   * @param family or null for all
   */
  static List<Case> cases(
      String family, List<String> backends, List<Integer> threads, boolean quick) {
    List<Case> cases = new ArrayList<>();
    FAMILIES.forEach(
        (name, one) -> {
          List<String> sizes = quick ? one.sizes().subList(1, 2) : one.sizes();
          if (family == null || family.equals(name)) {
            add(cases, one.ops(), sizes, backends, threads);
          }
        });
    return cases;
  }

  /** On a device; quick: in the sizes of hosts. */
  static List<Case> deviceCases(String family, String backend, boolean quick) {
    if (quick) {
      return cases(family, List.of(backend), List.of(1), true);
    }
    List<Case> cases = new ArrayList<>();
    FAMILIES.forEach(
        (name, one) -> {
          if (family == null || family.equals(name)) {
            add(cases, one.ops(), DEVICE_SIZES.get(name), List.of(backend), List.of(1));
          }
        });
    return cases;
  }

  private static void add(
      List<Case> cases,
      List<String> ops,
      List<String> sizes,
      List<String> backends,
      List<Integer> threads) {
    for (String op : ops) {
      for (String size : sizes) {
        for (String backend : backends) {
          threads.forEach(count -> cases.add(Case.of(op, size, backend, count)));
        }
      }
    }
  }
}
