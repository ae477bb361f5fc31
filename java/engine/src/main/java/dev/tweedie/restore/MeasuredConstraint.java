package dev.tweedie.restore;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;

/** Measurements that a batch of rows must agree with. */
final class MeasuredConstraint implements Constraint {
  private static final Coefficients SUM = new Coefficients(1, 1, 0, 0);
  private static final Coefficients DIFFERENCE = new Coefficients(-1, 1, 0, 0);

  private final Engine engine;
  private final LinearMeasurement measurement;
  private final Samples wanted;
  private final Samples found;
  private final Samples correction;

  /**
   * @param wanted {@code B x m}: M' x_0
   */
  MeasuredConstraint(Engine engine, LinearMeasurement measurement, Samples wanted) {
    this.engine = engine;
    this.measurement = measurement;
    this.wanted = wanted;
    this.found = engine.samples(wanted.rows(), measurement.count());
    this.correction = engine.samples(wanted.rows(), measurement.dim());
  }

  /** {@code x <- x + M (c - M' x)}: the nearest rows that agree. */
  @Override
  public void impose(Samples x) {
    measurement.measure(x, found);
    engine.backend().step(DIFFERENCE, StepTerms.of(found, found).denoised(wanted));
    measurement.embed(found, correction);
    engine.backend().step(SUM, StepTerms.of(x, x).denoised(correction));
  }
}
