package dev.tweedie.backend.cuda;

import dev.tweedie.Numerics;
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

  /**
   * Every device of this machine in these numerics, fast ones by cuBLAS or tensor cores; one tier
   * that says why where there is no device; none where CUDA has no such numerics.
   */
  public static List<Tier> tiers(Numerics numerics) {
    List<Tier> tiers = new ArrayList<>();
    for (int i = 0; i < Math.max(1, TweedieCuda.count()); i++) {
      int ordinal = i;
      switch (numerics) {
        case EXACT ->
            tiers.add(
                tier(
                    ordinal,
                    () -> TweedieCuda.whyAbsent(ordinal),
                    () -> CudaBackend.open(ordinal, Long.MAX_VALUE)));
        case FAST, FAST_TF32, FAST_BF16 -> {
          boolean accurate = numerics == Numerics.FAST;
          tiers.add(
              tier(
                  ordinal,
                  () -> TweedieCuda.whyFastAbsent(ordinal, accurate),
                  () ->
                      new CudaBackend(
                          ordinal,
                          TweedieCuda.openFast(ordinal, accurate),
                          Long.MAX_VALUE,
                          numerics)));
        }
        case FAST_BYTES -> {}
      }
    }
    return tiers;
  }

  private static Tier tier(
      int ordinal, Supplier<Optional<String>> absence, Supplier<Backend> opener) {
    return new Tier(
        "cuda:" + ordinal, absence, _ -> opener.get()); // the device has threads of its own
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
        fastMode(device));
  }

  private static String fastMode(TweedieCuda.Device device) {
    int blas = TweedieCuda.blasVersion();
    String library =
        blas == 0
            ? "no cuBLAS"
            : String.format(Locale.ROOT, "cuBLAS %d.%d", blas / 10000, blas / 100 % 100);
    return blas == 0 && !device.tileProducts()
        ? library
        : library + " (fast mode: " + ProductPrecision.accurate(device) + ")";
  }

  private static String version(int cuda) {
    return cuda / 1000 + "." + cuda % 1000 / 10;
  }
}
