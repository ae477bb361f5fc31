package dev.tweedie.bindings;

import dev.tweedie.bindings.generated.Tweedie;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A handle of the CPU library: the kernels of one tier.
 *
 * <p>Kernels are called through {@link Tweedie} with {@link #handle()} first, and their status is
 * given to {@link #check}. Any number of handles, of any tiers, live side by side; one handle may
 * be used by many threads.
 */
public final class TweedieCpu implements AutoCloseable {

  /** The instruction levels of the library. */
  public enum Tier {
    SCALAR("FMA3"),
    AVX2("AVX2 and FMA3"),
    AVX512("AVX-512 (F, DQ, BW, VL)"),
    NEON("NEON"),
    /** {@link #AVX512}, and the 8-bit path of fast mode. */
    AVX512_VNNI("AVX-512 (F, DQ, BW, VL, VNNI)"),
    /** {@link #AVX512}, and the bfloat16 path of fast mode. */
    AVX512_BF16("AVX-512 (F, DQ, BW, VL, BF16)");

    private final String instructions;

    Tier(String instructions) {
      this.instructions = instructions;
    }

    /** Not a field: the generated class cannot be initialised where native access is denied. */
    private int code() {
      return switch (this) {
        case SCALAR -> Tweedie.TWEEDIE_SCALAR();
        case AVX2 -> Tweedie.TWEEDIE_AVX2();
        case AVX512 -> Tweedie.TWEEDIE_AVX512();
        case NEON -> Tweedie.TWEEDIE_NEON();
        case AVX512_VNNI -> Tweedie.TWEEDIE_AVX512_VNNI();
        case AVX512_BF16 -> Tweedie.TWEEDIE_AVX512_BF16();
      };
    }
  }

  private final Tier tier;
  private @Nullable MemorySegment handle;

  private TweedieCpu(Tier tier, MemorySegment handle) {
    this.tier = tier;
    this.handle = handle;
  }

  /** Why the tier cannot run here: one line for a user; empty if it can. Never throws. */
  public static Optional<String> whyAbsent(Tier tier) {
    Optional<String> reason = NativeLibrary.cpu().reason();
    if (reason.isPresent()) {
      return reason;
    }
    int support = Tweedie.tweedie_cpu_support(tier.code());
    if (support == Tweedie.TWEEDIE_USABLE()) {
      return Optional.empty();
    }
    if (support == Tweedie.TWEEDIE_NO_INSTRUCTIONS()) {
      return Optional.of("the processor has no " + tier.instructions);
    }
    if (support == Tweedie.TWEEDIE_NOT_ENABLED()) {
      return Optional.of(
          "the processor has "
              + tier.instructions
              + ", but the operating system does not save its registers");
    }
    return Optional.of("not built for " + System.getProperty("os.arch"));
  }

  /**
   * Opens a tier.
   *
   * @throws IllegalStateException with the line of {@link #whyAbsent} if it cannot run here
   */
  public static TweedieCpu open(Tier tier) {
    return openHandle(tier);
  }

  /** Why fast mode cannot run on the tier here: one line for a user; empty if it can. */
  public static Optional<String> whyFastAbsent(Tier tier) {
    return whyAbsent(tier).or(() -> OneMkl.here().reason());
  }

  /**
   * Opens a tier with oneMKL, so that its {@code tweedie_cpu_fast_...} kernels can be called.
   *
   * @throws IllegalStateException with the line of {@link #whyFastAbsent} if it cannot run here
   */
  public static TweedieCpu openFast(Tier tier) {
    OneMkl mkl = OneMkl.here();
    mkl.reason()
        .ifPresent(
            reason -> {
              throw new IllegalStateException(reason);
            });
    TweedieCpu cpu = openHandle(tier);
    try {
      cpu.check(mkl.load(cpu.handle()));
      return cpu;
    } catch (IllegalStateException e) {
      cpu.close();
      throw e;
    }
  }

  private static TweedieCpu openHandle(Tier tier) {
    NativeLibrary.cpu().require();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      int status = Tweedie.tweedie_cpu_open(tier.code(), out);
      if (status == Tweedie.TWEEDIE_NO_MEMORY()) {
        throw new OutOfMemoryError("tweedie_cpu_open");
      }
      if (status != Tweedie.TWEEDIE_OK()) {
        throw new IllegalStateException(whyAbsent(tier).orElse("status " + status));
      }
      return new TweedieCpu(tier, out.get(ValueLayout.ADDRESS, 0));
    }
  }

  public Tier tier() {
    return tier;
  }

  /**
   * The first argument of every kernel.
   *
   * @throws IllegalStateException if closed
   */
  public MemorySegment handle() {
    if (handle == null) {
      throw new IllegalStateException("closed");
    }
    return handle;
  }

  /**
   * Takes the status of a kernel that was called with this handle.
   *
   * @throws IllegalStateException with the library's message if the call failed
   */
  public void check(int status) {
    if (status != Tweedie.TWEEDIE_OK()) {
      throw new IllegalStateException(Tweedie.tweedie_cpu_message(handle()).getString(0));
    }
  }

  /** Frees the handle. The caller sees to it that no thread is inside a kernel. */
  @Override
  public void close() {
    if (handle != null) {
      Tweedie.tweedie_cpu_close(handle);
      handle = null;
    }
  }
}
