package dev.tweedie.posterior;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.schedule.Level;
import java.util.Objects;

/** A function that denoises, told what every denoiser is told, and held to what it must give. */
record RuleDenoiser(Engine engine, int dim, Rule rule) implements Denoiser {
  RuleDenoiser {
    Objects.requireNonNull(engine, "engine");
    Objects.requireNonNull(rule, "rule");
    if (dim < 1) {
      throw new InvalidInputException("dimension: found " + dim + ", allowed: at least 1");
    }
  }

  @Override
  public void denoise(Samples x, Level level, Samples out) {
    if (x.dim() != dim || out.dim() != dim || out.rows() != x.rows()) {
      throw new InvalidInputException(
          "denoiser: found %s into %s, allowed: as many rows, of dimension %d"
              .formatted(x, out, dim));
    }
    engine.run(() -> rule.denoise(x, level, out));
    long row = out.firstNonFiniteRow();
    if (row >= 0) {
      throw new InvalidInputException(
          "denoiser: found NaN or infinity in row " + row + " of its estimate, allowed: numbers");
    }
  }
}
