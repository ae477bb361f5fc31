package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

/** What an engine refuses before a kernel could meet it. */
class EngineInputTest {
  @Test
  void memoryBetweenTwoElements() {
    try (Engine engine = Engine.open("java", 1);
        Arena arena = Arena.ofConfined()) {
      MemorySegment odd = arena.allocate(64, 8).asSlice(2);
      refused(
          "samples: found memory at an odd address, allowed: a multiple of 4 bytes",
          () -> engine.wrap(odd, 3, 2));
    }
  }

  @Test
  void memoryTooSmall() {
    try (Engine engine = Engine.open("java", 1);
        Arena arena = Arena.ofConfined()) {
      refused(
          "samples: found 20 bytes for 3 x 2 elements of 4 bytes",
          () -> engine.wrap(arena.allocate(20, 4), 3, 2));
    }
  }

  /** Buffers of java.nio are memory as any other: written by a kernel, and read where they lie. */
  @Test
  void buffersInPlace() {
    FloatBuffer in = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).asFloatBuffer();
    FloatBuffer out = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).asFloatBuffer();
    in.put(new float[] {1, 2, 3, 4}).flip();
    try (Engine engine = Engine.open("java", 1)) {
      Samples x = engine.wrap(MemorySegment.ofBuffer(in), 2, 2);
      Samples y = engine.wrap(MemorySegment.ofBuffer(out), 2, 2);
      engine.backend().step(new Coefficients(2, 0, 0, 0), StepTerms.of(x, y));
      assertEquals(8, out.get(3));
      in.put(0, 7);
      assertEquals(7, x.get(0, 0));
      FloatBuffer view = y.segment().asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
      assertEquals(out, view);
      refused(
          "samples: found heap memory, allowed: native or mapped memory",
          () -> engine.wrap(MemorySegment.ofBuffer(FloatBuffer.allocate(4)), 2, 2));
    }
  }

  /** Rounded to infinity, a point would turn every distance into NaN. */
  @Test
  void pointsBeyondFloat32() {
    DataSet far = DataSet.of(new double[] {0, 1, 2e39, 3}, 2);
    try (Engine engine = Engine.open("java", 1);
        Engine reference = Engine.open("reference", 1)) {
      ExactPosterior.of(reference, far);
      InvalidInputException refusal =
          assertThrows(InvalidInputException.class, () -> ExactPosterior.of(engine, far));
      assertEquals(
          "prior: found 2.0E39 in component 1, allowed: up to 1.7e38 in float32 (reference takes"
              + " float64)",
          refusal.getMessage());
    }
  }

  private static void refused(String message, Runnable call) {
    assertEquals(message, assertThrows(InvalidInputException.class, call::run).getMessage());
  }
}
