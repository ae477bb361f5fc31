package dev.tweedie.backend.java.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tweedie.backend.java.StepKernels;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The step family, one element at a time. */
public final class ScalarStep implements StepKernels {
  @Override
  public void step(Terms terms, long begin, long count) {
    int dim = terms.dim();
    NoiseAddress noise = terms.noise();
    if (noise == null) {
      for (long row = begin; row < begin + count; row++) {
        block(terms, row, row * dim, dim, null);
      }
      return;
    }
    int[] words = new int[4];
    float[] z = new float[4];
    for (long row = begin; row < begin + count; row++) {
      for (int j = 0; j < dim; j += 4) {
        ScalarNoise.normals(noise, row, j, words, z);
        block(terms, row, row * dim + j, Math.min(4, dim - j), z);
      }
    }
  }

  /** The n elements of a row from {@code at} on; their noise is z, or null. */
  private static void block(Terms terms, long row, long at, int n, float @Nullable [] z) {
    MemorySegment x = terms.x();
    MemorySegment denoised = terms.denoised();
    MemorySegment previous = terms.previous();
    MemorySegment out = terms.out();
    float a = terms.coefficient(row, 0);
    float b = terms.coefficient(row, 1);
    float c = terms.coefficient(row, 2);
    float e = terms.coefficient(row, 3);
    for (int w = 0; w < n; w++) {
      float t = a * x.getAtIndex(JAVA_FLOAT, at + w);
      if (denoised != null) {
        t = Math.fma(b, denoised.getAtIndex(JAVA_FLOAT, at + w), t);
      }
      if (previous != null) {
        t = Math.fma(c, previous.getAtIndex(JAVA_FLOAT, at + w), t);
      }
      out.setAtIndex(JAVA_FLOAT, at + w, z == null ? t : Math.fma(e, z[w], t));
    }
  }

  @Override
  public void residual(
      int dim, MemorySegment x, MemorySegment y, MemorySegment out, long begin, long count) {
    float[] lanes = new float[16];
    for (long row = begin; row < begin + count; row++) {
      Arrays.fill(lanes, 0.0f);
      for (int j = 0; j < dim; j++) {
        long at = row * dim + j;
        float t = x.getAtIndex(JAVA_FLOAT, at) - y.getAtIndex(JAVA_FLOAT, at);
        lanes[j % 16] = Math.fma(t, t, lanes[j % 16]);
      }
      out.setAtIndex(JAVA_FLOAT, row, fold(lanes));
    }
  }

  /** Lane l takes lane l + 8, then l + 4, l + 2, l + 1. */
  public static float fold(float[] lanes) {
    for (int half = 8; half > 0; half /= 2) {
      for (int l = 0; l < half; l++) {
        lanes[l] += lanes[l + half];
      }
    }
    return lanes[0];
  }
}
