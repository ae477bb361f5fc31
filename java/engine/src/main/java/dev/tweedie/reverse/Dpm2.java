package dev.tweedie.reverse;

import dev.tweedie.backend.Coefficients;
import dev.tweedie.schedule.Level;

/**
 * The midpoint method on the probability flow, its midpoint in log(sigma / alpha) (Lu et al. 2022,
 * DPM-Solver-2; Karras et al. 2022, Algorithm 2 as k-diffusion has it). With D' the estimate there,
 * {@code y_u = y + (s_u - s_t) (y_mid - D') / s_mid} is {@code flow + 2 alpha_u sinh(h / 2) (D' -
 * D)}. Order 2, two estimates a step; the last step is {@link Euler}'s and gives D.
 */
public record Dpm2() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    Transition t = chain.transition(index);
    chain.denoise(index);
    if (index == 0) {
      chain.advance(t.flow(0), index);
      return;
    }
    Level middle =
        Level.of(
            Math.sqrt(t.from().alpha() * t.to().alpha()),
            Math.sqrt(t.from().sigma() * t.to().sigma()));
    Coefficients toMiddle = new Transition(t.from(), middle).flow(0);
    chain.denoiseTrial(toMiddle, middle);
    chain.advance(t.flow(2 * t.to().alpha() * StrictMath.sinh(t.gain() / 2)), index);
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
