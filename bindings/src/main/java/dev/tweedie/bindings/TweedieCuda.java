package dev.tweedie.bindings;

import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_cuda_device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A handle of the CUDA library: one device, its memory and its streams.
 *
 * <p>Ops are called through {@link Tweedie} with {@link #handle()} first, and their status is given
 * to {@link #check}. Any number of handles live side by side; one thread at a time uses one.
 */
public final class TweedieCuda implements AutoCloseable {
  private static final int REASON = 512;

  /**
   * What a device is.
   *
   * @param memory bytes, all of them
   * @param free bytes that nobody uses now
   * @param architecture for example {@code sm_90}
   * @param driver newest CUDA that the driver runs, 1000 major + 10 minor
   * @param runtime CUDA that the library was built with, likewise
   * @param tileProducts whether the library has code of wgmma for it, that of {@code sm_90a}
   */
  public record Device(
      String name,
      long memory,
      long free,
      String architecture,
      int multiprocessors,
      int driver,
      int runtime,
      boolean tileProducts) {}

  /** The device, or the driver, has no room left; everything else is as it was. */
  public static final class NoMemory extends IllegalStateException {
    private static final long serialVersionUID = 1;

    NoMemory(String message) {
      super(message);
    }
  }

  private @Nullable MemorySegment handle;

  private TweedieCuda(MemorySegment handle) {
    this.handle = handle;
  }

  /** Devices that the driver shows; 0 where the library or the driver is absent. Never throws. */
  public static int count() {
    return NativeLibrary.cuda().reason().isPresent() ? 0 : Tweedie.tweedie_cuda_count();
  }

  /** Why the device cannot be used: one line for a user; empty if it can. Never throws. */
  public static Optional<String> whyAbsent(int ordinal) {
    Optional<String> reason = NativeLibrary.cuda().reason();
    if (reason.isPresent()) {
      return reason;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(REASON);
      return Tweedie.tweedie_cuda_probe(ordinal, text, REASON) == Tweedie.TWEEDIE_OK()
          ? Optional.empty()
          : Optional.of(text.getString(0));
    }
  }

  /**
   * Version of the cuBLAS that fast mode would find, 130000 for 13.0; 0 for none, or without the
   * library. Loads it: a quarter of a second, and memory that stays taken.
   */
  public static int blasVersion() {
    return NativeLibrary.cuda().reason().isPresent() ? 0 : Tweedie.tweedie_cuda_blas_version();
  }

  /**
   * Why the device cannot compute in fast mode: no device, or no cuBLAS. Never throws.
   *
   * @param accurate with the digits of float32
   */
  public static Optional<String> whyFastAbsent(int ordinal, boolean accurate) {
    Optional<String> reason = whyAbsent(ordinal);
    if (reason.isPresent()) {
      return reason;
    }
    try {
      openFast(ordinal, accurate).close();
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Makes cuBLAS ready.
   *
   * @throws IllegalStateException with where it was looked for, if there is none
   */
  public void startFast() {
    check(Tweedie.tweedie_cuda_fast(handle()));
  }

  /**
   * Opens a device.
   *
   * @throws IllegalStateException with the line of {@link #whyAbsent} if it cannot be used
   */
  public static TweedieCuda open(int ordinal) {
    NativeLibrary.cuda().require();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      int status = Tweedie.tweedie_cuda_open(ordinal, out);
      if (status != Tweedie.TWEEDIE_OK()) {
        String other = status == Tweedie.TWEEDIE_NO_MEMORY() ? "no memory for it" : "it failed";
        throw new IllegalStateException(
            "cuda:" + ordinal + ": " + whyAbsent(ordinal).orElse(other));
      }
      return new TweedieCuda(out.get(ValueLayout.ADDRESS, 0));
    }
  }

  /**
   * Opens a device with cuBLAS ready, which products with the digits of float32 do not need where
   * the library has tile products.
   *
   * @param accurate whether these are all that is asked for
   * @throws IllegalStateException with the line of {@link #whyFastAbsent} if it cannot be used
   */
  public static TweedieCuda openFast(int ordinal, boolean accurate) {
    TweedieCuda cuda = open(ordinal);
    try {
      if (!accurate || !cuda.device().tileProducts()) {
        cuda.startFast();
      }
      return cuda;
    } catch (IllegalStateException e) {
      cuda.close();
      throw e;
    }
  }

  /**
   * The first argument of every op.
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
   * Takes the status of a call with this handle.
   *
   * @throws NoMemory if there is no room for what it needed
   * @throws IllegalStateException with the library's message if the call failed
   */
  public void check(int status) {
    if (status == Tweedie.TWEEDIE_NO_MEMORY()) {
      throw new NoMemory(message());
    }
    if (status != Tweedie.TWEEDIE_OK()) {
      throw new IllegalStateException("cuda: " + message());
    }
  }

  private String message() {
    return Tweedie.tweedie_cuda_message(handle()).getString(0);
  }

  /** Device memory of undefined content; empty where there is not so much left. */
  public Optional<MemorySegment> allocate(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      int status = Tweedie.tweedie_cuda_allocate(handle(), bytes, out);
      if (status == Tweedie.TWEEDIE_NO_MEMORY()) {
        return Optional.empty();
      }
      check(status);
      return Optional.of(out.get(ValueLayout.ADDRESS, 0));
    }
  }

  /** Ends a recording. */
  public MemorySegment endCapture() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      check(Tweedie.tweedie_cuda_capture_end(handle(), out));
      return out.get(ValueLayout.ADDRESS, 0);
    }
  }

  /** A point of the compute stream. */
  public MemorySegment newEvent() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      check(Tweedie.tweedie_cuda_event_create(handle(), out));
      return out.get(ValueLayout.ADDRESS, 0);
    }
  }

  /** Device time between two recorded events, in seconds; waits for the later one. */
  public double seconds(MemorySegment from, MemorySegment to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.JAVA_DOUBLE);
      check(Tweedie.tweedie_cuda_event_elapsed(handle(), from, to, out));
      return out.get(ValueLayout.JAVA_DOUBLE, 0);
    }
  }

  /** What this device is, and how much of its memory is free now. */
  public Device device() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = tweedie_cuda_device.allocate(arena);
      check(Tweedie.tweedie_cuda_info(handle(), out));
      return new Device(
          tweedie_cuda_device.name(out).getString(0),
          tweedie_cuda_device.memory(out),
          tweedie_cuda_device.free(out),
          "sm_" + tweedie_cuda_device.major(out) + tweedie_cuda_device.minor(out),
          tweedie_cuda_device.multiprocessors(out),
          tweedie_cuda_device.driver(out),
          tweedie_cuda_device.runtime(out),
          tweedie_cuda_device.tile_products(out) != 0);
    }
  }

  /** Frees the handle and what was allocated with it, also after a failure of the device. */
  @Override
  public void close() {
    if (handle != null) {
      Tweedie.tweedie_cuda_close(handle);
      handle = null;
    }
  }
}
