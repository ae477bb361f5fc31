package dev.tweedie.cli.reproduce;

import dev.tweedie.Samples;
import dev.tweedie.fit.FitOptions;
import dev.tweedie.prior.Kind;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Spectra of speech, complex: a mixture of circular Gaussians. */
final class FeslSpeech implements Experiment {
  private static final String FOLDER = "spoken-digits";

  @Override
  public String name() {
    return "fesl-speech";
  }

  @Override
  public String item() {
    return FeslComparison.PAPER + "complex mixture fitted to speech";
  }

  @Override
  public String summary() {
    return "truncated chains of T levels beside the conditional mean, spectra (needs --data)";
  }

  @Override
  public Set<Input> uses() {
    return EnumSet.of(Input.SEED, Input.DATA);
  }

  @Override
  public Result run(Context context) {
    Path folder = context.data(FOLDER);
    if (folder == null) {
      return Result.skipped("--data names no folder with " + FOLDER);
    }
    Samples spectra = SpeechSpectra.read(folder, context.engine(), context.size(40, 600));
    int components = context.size(4, 128);
    FitOptions options =
        FitOptions.of(components, Kind.FULL)
            .withCircular(true)
            .withSeed(context.seed())
            .withFloor(1e-4)
            .withIterations(context.size(3, 20));
    return FittedMixture.compare(
        context,
        "Speech",
        spectra,
        options,
        List.of(
            "%d circular Gaussians with full covariances in C^%d: spectra of windows of 16 ms, every"
                    .formatted(components, spectra.dim() / 2)
                + " recording scaled to unit power."));
  }
}
