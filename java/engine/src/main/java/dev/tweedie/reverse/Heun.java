package dev.tweedie.reverse;

import dev.tweedie.schedule.Level;

/**
 * Heun's method on the probability flow: the mean of the slopes {@code (y - D) / s} at both ends of
 * {@link Euler}'s step (Karras et al. 2022, Algorithm 1, without churn). With D' the estimate at
 * the far end this is {@code euler + alpha_u (e^h - 1) / 2 (D' - D)}, e^h = s_t / s_u. Order 2, two
 * estimates a step; the last step is Euler's and gives D.
 */
public record Heun() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    Transition t = chain.transition(index);
    chain.denoise(index);
    if (index == 0) {
      chain.advance(t.flow(0), index);
      return;
    }
    Level end = t.to();
    chain.denoiseTrial(t.flow(0), end);
    chain.advance(t.flow(end.alpha() * StrictMath.expm1(t.gain()) / 2), index);
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
