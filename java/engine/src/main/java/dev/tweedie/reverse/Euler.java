package dev.tweedie.reverse;

/**
 * Euler's method on the probability flow {@code dy/ds = (y - D) / s} in y = x / alpha, s = sigma /
 * alpha (Karras et al. 2022, Algorithm 1 without its second half). Order 1; the last step gives D.
 */
public record Euler() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    chain.denoise(index);
    chain.advance(chain.transition(index).flow(0), index);
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
