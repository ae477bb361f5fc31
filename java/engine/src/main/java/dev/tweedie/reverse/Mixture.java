package dev.tweedie.reverse;

/**
 * Draws from the exact, mixture-valued reverse kernel q(x_u | x_t) of a prior (Li et al. 2024,
 * Proposition 1): right in law for any number of steps, one included. Its last step draws from the
 * posterior of x_0. Needs a prior's exact posterior as denoiser.
 */
public record Mixture() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    chain.draw(index);
  }

  @Override
  public boolean repeatable() {
    return true;
  }
}
