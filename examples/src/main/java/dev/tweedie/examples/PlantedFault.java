package dev.tweedie.examples;

import dev.tweedie.Numerics;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.BackendProvider;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.ForwardingBackend;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.backend.Tier;
import java.util.List;
import java.util.Optional;

/**
 * A backend from outside: Java's own with one fault, a step that reads the new estimate where the
 * previous one belongs. On the path it is {@code --backend faulty:step}, and {@code tweedie check}
 * finds what is wrong with it. README.md says how.
 */
public final class PlantedFault implements BackendProvider {
  @Override
  public List<Tier> tiers(Numerics numerics) {
    return numerics != Numerics.EXACT
        ? List.of()
        : List.of(
            new Tier(
                "faulty:step",
                Optional::empty, // never absent
                workers -> new Faulty(Backends.open("java", workers, numerics))));
  }

  private static final class Faulty extends ForwardingBackend {
    Faulty(Backend java) {
      super("faulty:step", java);
    }

    @Override
    protected void doStep(Coefficients coefficients, StepTerms terms) {
      boolean both = terms.denoised().isPresent() && terms.previous().isPresent();
      super.doStep(coefficients, both ? terms.previous(terms.denoised().get()) : terms);
    }
  }
}
