package dev.tweedie.reverse;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.metric.Distortion;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.PriorSampler;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;

/** Draws of a prior and their observations. */
record Draws(ExactPosterior posterior, Samples clean, Samples noise) {
  /** K = 128, d = 64, like the published one. */
  static final GaussianMixture RANDOM = Builtin.randomMixture(128, 64, 1);

  /** The level of an observation {@code y = x_0 + n} of unit power. */
  static Level level(double dB) {
    return Level.ofSigma(Math.pow(10, -dB / 20));
  }

  static Draws of(Engine engine, GaussianMixture prior, int rows) {
    ExactPosterior posterior = ExactPosterior.of(engine, prior);
    Samples clean = engine.samples(rows, prior.dim());
    Samples noise = engine.samples(rows, prior.dim());
    new PriorSampler(posterior).draw(NoiseAddress.of(5, Streams.PRIOR, 0), clean);
    engine.run(() -> engine.backend().normal(NoiseAddress.of(5, Streams.FORWARD, 0), noise));
    return new Draws(posterior, clean, noise);
  }

  Samples at(Level level) {
    Engine engine = posterior.engine();
    Samples y = engine.samples(clean.rows(), clean.dim());
    Coefficients sum = new Coefficients(1, level.sigma(), 0, 0);
    engine.run(() -> engine.backend().step(sum, StepTerms.of(clean, y).denoised(noise)));
    return y;
  }

  double nmse(Samples estimate) {
    return Distortion.of(estimate, clean).nmse();
  }

  TruncatedDenoiser chain(int levels) {
    return new TruncatedDenoiser(posterior, Schedules.fesl(levels), Math.toIntExact(clean.rows()));
  }

  Draws first(int rows) {
    return new Draws(posterior, clean.slice(0, rows), noise.slice(0, rows));
  }

  /** The same numbers on another engine. */
  Draws on(Engine engine) {
    int rows = Math.toIntExact(clean.rows());
    return new Draws(
        ExactPosterior.of(engine, posterior.prior()),
        engine.samples(clean.toDoubles(), rows),
        engine.samples(noise.toDoubles(), rows));
  }
}
