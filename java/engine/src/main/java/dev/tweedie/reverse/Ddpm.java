package dev.tweedie.reverse;

/**
 * Ancestral sampling {@code x_u ~ N(E[x_u | x_t], sigma_q^2 I)} with the estimate D in place of x_0
 * (Ho et al. 2020, Eq. 7 and Algorithm 2), for any pair of levels. No noise in the last step.
 */
public record Ddpm(Variance variance) implements Sampler {
  /** The two choices of sigma_q^2 (Ho et al. 2020, section 3.2). */
  public enum Variance {
    /**
     * beta-tilde = v sigma_u^2 / sigma_t^2: that of q(x_u | x_t, x_0), right for a single point.
     */
    POSTERIOR,
    /** beta = v, that of the transition q(x_t | x_u): right for data of variance 1. */
    TRANSITION
  }

  @Override
  public void step(Chain chain, int index) {
    Transition t = chain.transition(index);
    double scale =
        switch (variance) {
          case POSTERIOR -> t.to().sigma();
          case TRANSITION -> index == 0 ? 0 : t.from().sigma();
        };
    chain.denoise(index);
    chain.advance(t.posteriorMean(scale * Math.sqrt(t.addedShare())), index);
  }

  @Override
  public boolean repeatable() {
    return true;
  }
}
