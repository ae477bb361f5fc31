package dev.tweedie.backend.reference;

import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import java.util.Optional;

/** One thread's reverse step, row by row. */
final class Step {
  private final StepTerms terms;
  private final Optional<Noise> noise;
  private final double[] x;
  private final double[] estimate;
  private final double[] z;

  Step(StepTerms terms) {
    this.terms = terms;
    int dim = terms.x().dim();
    noise = terms.noise().map(Noise::new);
    x = new double[dim];
    estimate = new double[dim];
    z = new double[dim];
  }

  /**
   * {@code out = fma(e, z, fma(c, previous, fma(b, denoised, a x)))}, of the terms that are given.
   */
  void row(Coefficients by, long i) {
    ReferenceBackend.load(terms.x(), i, x);
    for (int j = 0; j < x.length; j++) {
      x[j] *= by.a();
    }
    terms.denoised().ifPresent(term -> add(by.b(), term, i));
    terms.previous().ifPresent(term -> add(by.c(), term, i));
    if (noise.isPresent()) {
      noise.get().normal(i, z);
      add(by.e(), z);
    }
    ReferenceBackend.store(x, terms.out(), i);
  }

  private void add(double factor, Samples term, long row) {
    ReferenceBackend.load(term, row, estimate);
    add(factor, estimate);
  }

  private void add(double factor, double[] term) {
    for (int j = 0; j < x.length; j++) {
      x[j] = Math.fma(factor, term[j], x[j]);
    }
  }
}
