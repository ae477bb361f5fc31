package dev.tweedie.backend.java.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.java.Formula;
import dev.tweedie.backend.java.NoiseKernels;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Philox;
import java.lang.foreign.MemorySegment;

/** The noise family, one element at a time. */
public final class ScalarNoise implements NoiseKernels {
  @Override
  public void uniform(NoiseAddress at, int dim, MemorySegment out, long begin, long count) {
    int[] words = new int[4];
    for (long row = begin; row < begin + count; row++) {
      for (int j = 0; j < dim; j += 4) {
        words(at, row, j, words);
        for (int w = 0; w < Math.min(4, dim - j); w++) {
          out.setAtIndex(JAVA_FLOAT, row * dim + j + w, Formula.uniform(words[w]));
        }
      }
    }
  }

  @Override
  public void normal(NoiseAddress at, int dim, MemorySegment out, long begin, long count) {
    int[] words = new int[4];
    float[] z = new float[4];
    for (long row = begin; row < begin + count; row++) {
      for (int j = 0; j < dim; j += 4) {
        normals(at, row, j, words, z);
        for (int w = 0; w < Math.min(4, dim - j); w++) {
          out.setAtIndex(JAVA_FLOAT, row * dim + j + w, z[w]);
        }
      }
    }
  }

  @Override
  public void firstUniforms(
      long seed, int stream, int step, int row, int block, int count, float[] out) {
    int[] words = new int[4];
    for (int i = 0; i < count; i++) {
      Philox.words(block, row + i, stream, step, seed, Philox.ROUNDS, words);
      out[i] = Formula.uniform(words[0]);
    }
  }

  private static void words(NoiseAddress at, long row, int j, int[] words) {
    int block = at.block() + j / 4;
    Philox.words(
        block, at.row() + (int) row, at.stream(), at.step(), at.seed(), Philox.ROUNDS, words);
  }

  /** Elements j to j + 3 of a row, where j is a multiple of 4. */
  static void normals(NoiseAddress at, long row, int j, int[] words, float[] z) {
    words(at, row, j, words);
    for (int w = 0; w < 4; w += 2) {
      float radius = Formula.radius(words[w]);
      z[w] = radius * Formula.angleCosine(words[w + 1]);
      z[w + 1] = radius * Formula.angleSine(words[w + 1]);
    }
  }

  @Override
  public void apply(
      Backend.Function f, MemorySegment x, MemorySegment out, long begin, long count) {
    for (long j = begin; j < begin + count; j++) {
      out.setAtIndex(JAVA_FLOAT, j, apply(f, x.getAtIndex(JAVA_FLOAT, j)));
    }
  }

  public static float apply(Backend.Function f, float x) {
    return switch (f) {
      case EXP -> Formula.exp(x);
      case LOG -> Formula.log(x);
      case SIN_PI -> Formula.sinpi(x);
      case COS_PI -> Formula.cospi(x);
    };
  }
}
