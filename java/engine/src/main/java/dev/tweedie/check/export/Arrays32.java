package dev.tweedie.check.export;

import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.NdArray;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.schedule.Level;
import java.lang.foreign.MemorySegment;

/** Arguments of ops as arrays. */
final class Arrays32 {
  private Arrays32() {}

  /** A copy as it is now, every NaN the same, since processors differ in its bits. */
  static NdArray samples(Samples samples) {
    return NdArray.of(canonical(samples.toFloats()), samples.rows(), samples.dim());
  }

  private static float[] canonical(float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (Float.isNaN(values[i])) {
        values[i] = Float.NaN;
      }
    }
    return values;
  }

  /** Low and high word of the seed (the key), then block, row, stream and step. */
  static NdArray noise(NoiseAddress at) {
    int[] words = {
      (int) at.seed(), (int) (at.seed() >>> 32), at.block(), at.row(), at.stream(), at.step()
    };
    return words(words, 6);
  }

  /** Rows and dimension, where nothing else says them. */
  static NdArray shape(Samples samples) {
    return words(new int[] {(int) samples.rows(), samples.dim()}, 2);
  }

  static NdArray words(int[] words, long... shape) {
    return new NdArray(ElementType.UINT32, shape, MemorySegment.ofArray(words));
  }

  /** alpha and sigma. */
  static NdArray level(Level level) {
    return doubles(level.alpha(), level.sigma());
  }

  /** a, b, c, e, as kernels take them. */
  static NdArray coefficients(Coefficients c) {
    return NdArray.of(new float[] {(float) c.a(), (float) c.b(), (float) c.c(), (float) c.e()}, 4);
  }

  static NdArray doubles(double... values) {
    return NdArray.of(values, values.length);
  }
}
