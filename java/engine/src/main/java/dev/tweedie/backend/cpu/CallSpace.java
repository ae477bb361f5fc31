package dev.tweedie.backend.cpu;

import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.abi.Structs;
import dev.tweedie.bindings.generated.tweedie_coefficients;
import dev.tweedie.bindings.generated.tweedie_noise;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Native arguments of one call at a time: used again, so that a call allocates nothing. */
final class CallSpace {
  private static final long CACHE_LINE = 64;

  private final Arena arena;
  private final MemorySegment noise;
  private final MemorySegment coefficients;
  private MemorySegment scratch = MemorySegment.NULL;

  CallSpace(Arena arena) {
    this.arena = arena;
    noise = tweedie_noise.allocate(arena);
    coefficients = tweedie_coefficients.allocate(arena);
  }

  /** The struct of {@code at}, {@code begin} rows further on; null stays null. */
  MemorySegment noise(@Nullable NoiseAddress at, long begin) {
    return at == null ? MemorySegment.NULL : Structs.write(noise, at, begin);
  }

  MemorySegment coefficients(Coefficients of) {
    tweedie_coefficients.a(coefficients, (float) of.a());
    tweedie_coefficients.b(coefficients, (float) of.b());
    tweedie_coefficients.c(coefficients, (float) of.c());
    tweedie_coefficients.e(coefficients, (float) of.e());
    return coefficients;
  }

  /** At least doubled where it grows: what is left behind is never more than what is in use. */
  MemorySegment scratch(long bytes) {
    if (scratch.byteSize() < bytes) {
      scratch = arena.allocate(Math.max(bytes, 2 * scratch.byteSize()), CACHE_LINE);
    }
    return scratch;
  }
}
