package dev.tweedie.reverse;

/**
 * The stepwise conditional mean {@code f_t(x) = E[x_u | x_t = x]}, without noise (Fesl et al. 2025,
 * Algorithm 1). Started at the observation's own level ({@link Chain#denoise}) it is their
 * diffusion denoiser. For a Gaussian prior its end is E[x_0 | x_t] whatever the schedule; for a
 * prior of several modes a bias remains that more steps do not remove.
 */
public record Truncated() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    chain.denoise(index);
    chain.advance(chain.transition(index).posteriorMean(0), index);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  @Override
  public boolean addsNoise() {
    return false;
  }
}
