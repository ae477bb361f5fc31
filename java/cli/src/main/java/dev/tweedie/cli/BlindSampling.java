package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.BlindEstimate;
import dev.tweedie.blind.BlindStep;
import dev.tweedie.blind.LevelPrior;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --sampler blind}: a reverse process that estimates the level of every row as it goes. */
@Section("Rows of unknown level")
final class BlindSampling {
  static final String FORMS = "blind[:exponential|euler|euler-frozen][:H[:A]]";

  /** Levels go from {@code STOP / 4} to {@code 4 START}: all that a row may seem to have. */
  private static final double BEYOND = 4;

  private static final int MOST_STEPS = 1_000_000; // as many as a schedule may have

  @Option(
      names = "--blind-levels",
      paramLabel = "START:STOP",
      description =
          "Sigmas that --sampler blind starts from and stops at (default: " + Spread.HELP + ").")
  private final Given<String> blindLevels = Given.only("with --sampler blind");

  @Mixin private LevelPriorOption levelPrior;

  /** Where a run begins and ends, and how it steps. */
  record Plan(BlindStep step, double start, double stop) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s, h %s, a %s, sigma %.3g to %.3g",
          step.form().name().toLowerCase(Locale.ROOT).replace('_', ' '),
          step.h(),
          step.a(),
          start,
          stop);
    }
  }

  static boolean isBlind(String sampler) {
    return sampler.equals("blind") || sampler.startsWith("blind:");
  }

  /** The step that {@code --sampler} names; those words that it lacks as in the standard one. */
  static BlindStep step(String sampler) {
    String[] words = sampler.split(":", -1);
    BlindStep standard = BlindStep.standard();
    int at = 1;
    BlindStep.Form form = standard.form();
    if (words.length > at && words[at].matches("[a-z-]+")) {
      form = form(sampler, words[at++]);
    }
    try {
      double h = words.length > at ? Double.parseDouble(words[at]) : standard.h();
      double a = words.length > at + 1 ? Double.parseDouble(words[at + 1]) : standard.a();
      if (words.length <= at + 2) {
        return new BlindStep(form, a, h);
      }
    } catch (NumberFormatException e) {
      // Refused below, as words too many.
    } catch (InvalidInputException e) {
      throw new InvalidInputException("--sampler " + sampler + ": " + e.getMessage(), e);
    }
    throw refused(sampler);
  }

  private static BlindStep.Form form(String sampler, String word) {
    for (BlindStep.Form form : BlindStep.Form.values()) {
      if (form.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(word)) {
        return form;
      }
    }
    throw refused(sampler);
  }

  private static InvalidInputException refused(String sampler) {
    return new InvalidInputException(
        "--sampler: found " + sampler + ", allowed: " + FORMS + ", H and A numbers");
  }

  Plan plan(BlindStep step, PriorOption.Bound bound) {
    String levels = blindLevels.get();
    Spread spread = levels == null ? Spread.of(bound) : Spread.parse("--blind-levels", levels);
    int expected = step.steps(spread.start(), spread.stop());
    if (expected > MOST_STEPS) {
      throw new InvalidInputException(
          "--sampler: found H %s, which takes %,d steps, allowed: at most %,d"
              .formatted(step.h(), expected, MOST_STEPS));
    }
    return new Plan(step, spread.start(), spread.stop());
  }

  /** The chain of a plan; {@code steps} is the most it may take, or null. */
  BlindChain chain(
      Plan plan, PriorOption.Bound bound, PriorOption prior, Integer steps, long seed, int batch) {
    double least = plan.stop() / BEYOND;
    double most = plan.start() * BEYOND;
    LevelPrior around =
        LevelPrior.powerLaw(1, least, most, LevelPrior.levels(least, most, bound.dim()));
    BlindEstimate estimate = levelPrior.estimate(bound, prior, "--sampler blind", around);
    BlindChain chain =
        new BlindChain(estimate, plan.step(), plan.start(), plan.stop(), seed, batch)
            .startMean(ImplicitSteps.mean(bound));
    return steps == null ? chain : chain.limit(steps);
  }
}
