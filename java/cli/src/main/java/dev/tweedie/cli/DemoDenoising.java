package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.metric.Distortion;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Prior;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Truncated;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Fresh drawings with noise, denoised by the posterior mean and by the truncated chain. */
final class DemoDenoising {
  private static final double[] SIGMAS = {0.2, 0.5, 1.0};
  private static final int DIGITS = 20;
  private static final int SHOWN = 10;
  private static final int ZOOM = 3;
  // Not the seed of the prior: none of these drawings is one of its points.
  private static final long DRAWINGS_SEED = 2;
  // Levels of the chain; it starts where the noise is, somewhere in the middle.
  private static final int LEVELS = 50;

  private DemoDenoising() {}

  static void run(ExactPosterior glyphs, long seed, Path folder, Report report) throws IOException {
    Engine engine = glyphs.engine();
    Samples clean = rows(engine, Builtin.glyphs(DIGITS, DRAWINGS_SEED));
    Chain chain = new Chain(glyphs, Schedules.fesl(LEVELS), seed, DIGITS);
    Table table =
        new Table(
            "sigma",
            "noisy dB",
            "nMSE",
            "posterior mean dB",
            "nMSE",
            "truncated dB",
            "nMSE",
            "picture");
    for (int i = 0; i < SIGMAS.length; i++) {
      Level level = Level.ofSigma(SIGMAS[i]);
      Samples noisy = engine.samples(DIGITS, glyphs.dim());
      engine
          .backend()
          .step(
              new Coefficients(1, 0, 0, level.sigma()),
              StepTerms.of(clean, noisy).noise(NoiseAddress.of(seed, Streams.FORWARD, i)));
      Samples mean = glyphs.denoise(noisy, level);
      Samples truncated = chain.denoise(new Truncated(), noisy, level, 0);
      String picture = "denoised-" + SIGMAS[i] + ".png";
      Pictures.write(
          folder.resolve(picture),
          ZOOM,
          noisy.slice(0, SHOWN),
          mean.slice(0, SHOWN),
          truncated.slice(0, SHOWN),
          clean.slice(0, SHOWN));
      table.row(
          String.valueOf(SIGMAS[i]),
          psnr(noisy, clean),
          nmse(noisy, clean),
          psnr(mean, clean),
          nmse(mean, clean),
          psnr(truncated, clean),
          nmse(truncated, clean),
          picture);
    }
    report.text(
        ("%nDenoising: %d new drawings, x = x0 + sigma z, prior: %d other drawings.%n"
                + "Pictures from the top: noisy, posterior mean, truncated chain, clean.")
            .formatted(DIGITS, glyphs.components()));
    report.table("denoising", table);
  }

  private static Samples rows(Engine engine, Prior prior) {
    double[] means = new double[prior.components() * prior.dim()];
    for (int i = 0; i < means.length; i++) {
      means[i] = prior.mean(i / prior.dim(), i % prior.dim());
    }
    return engine.samples(means, prior.components());
  }

  private static String psnr(Samples estimate, Samples clean) {
    return String.format(Locale.ROOT, "%.2f", Distortion.of(estimate, clean).psnr());
  }

  private static String nmse(Samples estimate, Samples clean) {
    return String.format(Locale.ROOT, "%.4f", Distortion.of(estimate, clean).nmse());
  }
}
