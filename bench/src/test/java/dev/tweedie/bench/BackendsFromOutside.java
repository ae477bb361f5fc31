package dev.tweedie.bench;

import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.BackendProvider;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.ForwardingBackend;
import dev.tweedie.backend.Tier;
import dev.tweedie.noise.NoiseAddress;
import java.util.List;
import java.util.Optional;

/** Two back ends that a jar brings: Java's own, and the same with normals that are all zero. */
public final class BackendsFromOutside implements BackendProvider {
  static final String RIGHT = "outside:right";
  static final String WRONG = "outside:wrong";

  @Override
  public List<Tier> tiers(Numerics numerics) {
    return numerics != Numerics.EXACT
        ? List.of()
        : List.of(
            new Tier(
                RIGHT,
                Optional::empty,
                workers -> new Outside(RIGHT, Backends.open("java", workers, numerics))),
            new Tier(
                WRONG,
                Optional::empty,
                workers -> new Outside(WRONG, Backends.open("java", workers, numerics))));
  }

  private static final class Outside extends ForwardingBackend {
    Outside(String name, Backend java) {
      super(name, java);
    }

    @Override
    protected void doNormal(NoiseAddress at, Samples out) {
      super.doNormal(at, out);
      if (name().equals(WRONG)) {
        out.clear();
      }
    }
  }
}
