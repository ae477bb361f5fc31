package dev.tweedie.backend.cuda;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Tier;
import dev.tweedie.bindings.TweedieCuda;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The devices of this machine, and why one cannot be used. */
public final class CudaTiers {
  private CudaTiers() {}

  /** Every device of this machine; one tier that says why where there is none. */
  public static List<Tier> tiers() {
    List<Tier> tiers = new ArrayList<>();
    for (int i = 0; i < Math.max(1, TweedieCuda.count()); i++) {
      int ordinal = i;
      tiers.add(
          tier(
              "cuda:" + i,
              () -> TweedieCuda.whyAbsent(ordinal),
              () -> new CudaBackend(ordinal, TweedieCuda.open(ordinal), Long.MAX_VALUE, null)));
    }
    return tiers;
  }

  /** The same with products by cuBLAS, which keep the digits of float32. */
  public static List<Tier> fastTiers() {
    return fastTiers(List.of(Factors.FLOAT32));
  }

  /**
   * Fast mode with fewer digits, where a name asks for it: {@code cuda:0:tf32} and {@code
   * cuda:0:bf16}. The errors stated on cards are not theirs, but those of {@link
   * CudaBackend#fastGemm}.
   */
  public static List<Tier> coarseTiers() {
    return fastTiers(List.of(Factors.TF32, Factors.BF16));
  }

  private static List<Tier> fastTiers(List<Factors> all) {
    List<Tier> tiers = new ArrayList<>();
    for (int i = 0; i < Math.max(1, TweedieCuda.count()); i++) {
      int ordinal = i;
      for (Factors factors : all) {
        tiers.add(
            tier(
                "cuda:" + i + Factors.suffix(factors),
                () -> TweedieCuda.whyFastAbsent(ordinal),
                () -> {
                  TweedieCuda cuda = TweedieCuda.openFast(ordinal);
                  Factors taken =
                      factors == Factors.FLOAT32 ? Factors.accurate(cuda.device()) : factors;
                  return new CudaBackend(ordinal, cuda, Long.MAX_VALUE, taken);
                }));
      }
    }
    return tiers;
  }

  private static Tier tier(
      String name, Supplier<Optional<String>> absence, Supplier<Backend> opener) {
    return new Tier(
        name,
        () -> absence.get().orElse(null),
        _ -> opener.get()); // the device has threads of its own
  }

  /** Every device that can be used: its name, architecture, memory, driver and cuBLAS. */
  public static Map<String, String> devices() {
    Map<String, String> devices = new LinkedHashMap<>();
    for (int i = 0; i < TweedieCuda.count(); i++) {
      if (TweedieCuda.whyAbsent(i).isEmpty()) {
        try (TweedieCuda cuda = TweedieCuda.open(i)) {
          devices.put("cuda:" + i, describe(cuda.device()));
        }
      }
    }
    return devices;
  }

  private static String describe(TweedieCuda.Device device) {
    int blas = TweedieCuda.blasVersion();
    return String.format(
        Locale.ROOT,
        "%s, %s, %.1f of %.1f GiB free, %d multiprocessors, driver of CUDA %s, built with %s, %s",
        device.name(),
        device.architecture(),
        device.free() * 0x1p-30,
        device.memory() * 0x1p-30,
        device.multiprocessors(),
        version(device.driver()),
        version(device.runtime()),
        blas == 0
            ? "no cuBLAS"
            : String.format(
                Locale.ROOT,
                "cuBLAS %d.%d (fast mode: %s)",
                blas / 10000,
                blas / 100 % 100,
                Factors.accurate(device)));
  }

  private static String version(int cuda) {
    return cuda / 1000 + "." + cuda % 1000 / 10;
  }
}
