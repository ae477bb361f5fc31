package dev.tweedie.cli;

import dev.tweedie.Samples;
import dev.tweedie.metric.ModeWeights;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.schedule.Schedule;
import dev.tweedie.schedule.ScheduleSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;

/** Sampling in few steps, by the Gaussian step of DDPM, the exact kernel, and all others. */
final class DemoSampling {
  private static final int[] STEPS = {1, 2, 5, 10, 20, 50};
  private static final List<Integer> PICTURED = List.of(2, 5, 10);
  private static final int GLYPHS = 10;
  private static final int ZOOM = 3;
  private static final String COSINE = "vp-cosine:1000";
  private static final String KARRAS = "karras:0.01:20";
  // Solvers of an ODE in sigma / alpha, which karras spaces for them.
  private static final Set<String> PROBABILITY_FLOW = Set.of("euler", "heun", "dpm2", "dpmpp-2m");
  private static final int STEPS_OF_ALL = 20;

  private DemoSampling() {}

  /** DDPM beside the exact mixture kernel. */
  static void fewSteps(DemoGrid grid, ExactPosterior glyphs, long seed, Path folder, Report report)
      throws IOException {
    Sampler ddpm = Samplers.parse("ddpm");
    Sampler mixture = Samplers.parse("mixture");
    Table table = new Table("steps", "ddpm off", "TV", "mixture off", "TV", "pictures");
    for (int steps : STEPS) {
      Schedule schedule = ScheduleSpec.parse(COSINE, OptionalInt.of(steps));
      Samples ofDdpm = grid.sample(ddpm, schedule);
      Samples ofMixture = grid.sample(mixture, schedule);
      String pictures = "";
      if (PICTURED.contains(steps)) {
        pictures = "grid49-%d.png, digits-%d.png".formatted(steps, steps);
        Pictures.write(
            folder.resolve("grid49-" + steps + ".png"), 2, grid.pictures(ofDdpm, ofMixture));
        Pictures.write(
            folder.resolve("digits-" + steps + ".png"),
            ZOOM,
            sample(glyphs, ddpm, schedule, seed),
            sample(glyphs, mixture, schedule, seed));
      }
      table.row(
          String.valueOf(steps),
          share(grid.modes(ofDdpm).offModes()),
          share(grid.modes(ofDdpm).totalVariation()),
          share(grid.modes(ofMixture).offModes()),
          share(grid.modes(ofMixture).totalVariation()),
          pictures);
    }
    report.text(
        ("%nFew steps: %d samples of grid49 by ddpm and by the exact mixture kernel: share off the"
                + " modes,%ntotal variation of the modes' weights. Pictures: ddpm left or above,"
                + " mixture right or below.")
            .formatted(DemoGrid.COUNT));
    report.table("few steps", table);
  }

  /** Every reverse process once. */
  static void everySampler(
      DemoGrid grid, ExactPosterior glyphs, long seed, Path folder, Report report)
      throws IOException {
    Table table = new Table("sampler", "schedule", "off", "TV");
    List<Samples> digits = new ArrayList<>();
    for (String name : Samplers.names()) {
      String levels = PROBABILITY_FLOW.contains(name) ? KARRAS : COSINE;
      Schedule schedule = ScheduleSpec.parse(levels, OptionalInt.of(STEPS_OF_ALL));
      Samples samples = grid.sample(Samplers.parse(name), schedule);
      ModeWeights modes = grid.modes(samples);
      table.row(name, levels, share(modes.offModes()), share(modes.totalVariation()));
      digits.add(sample(glyphs, Samplers.parse(name), schedule, seed));
    }
    String picture = "samplers.png";
    Pictures.write(folder.resolve(picture), ZOOM, digits.toArray(Samples[]::new));
    report.text(
        ("%nEvery reverse process in %d steps: grid49 as above, and digits in %s, in this order.%n"
                + "Truncated is a denoiser: started from noise alone it finds one mode.")
            .formatted(STEPS_OF_ALL, picture));
    report.table("samplers", table);
  }

  private static Samples sample(
      ExactPosterior glyphs, Sampler sampler, Schedule schedule, long seed) {
    return new Chain(glyphs, schedule, seed, GLYPHS)
        .startMean(glyphs.prior().mean())
        .sample(sampler, 0, GLYPHS);
  }

  private static String share(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
