package dev.tweedie.backend.reference;

import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.noise.NoiseAddress;

/** One thread's reverse step, row by row. */
final class Step {
  private final Noise noise; // null without noise
  private final double[] x;
  private final double[] estimate;
  private final double[] z;

  Step(int dim, NoiseAddress at) {
    noise = at == null ? null : new Noise(at);
    x = new double[dim];
    estimate = new double[dim];
    z = new double[dim];
  }

  /** {@code out = fma(e, z, fma(c, previous, fma(b, denoised, a x)))}; null terms left out. */
  void row(Coefficients by, long i, Samples from, Samples denoised, Samples previous, Samples out) {
    ReferenceBackend.load(from, i, x);
    for (int j = 0; j < x.length; j++) {
      x[j] *= by.a();
    }
    add(by.b(), denoised, i);
    add(by.c(), previous, i);
    if (noise != null) {
      noise.normal(i, z);
      add(by.e(), z);
    }
    ReferenceBackend.store(x, out, i);
  }

  private void add(double factor, Samples term, long row) {
    if (term != null) {
      ReferenceBackend.load(term, row, estimate);
      add(factor, estimate);
    }
  }

  private void add(double factor, double[] term) {
    for (int j = 0; j < x.length; j++) {
      x[j] = Math.fma(factor, term[j], x[j]);
    }
  }
}
