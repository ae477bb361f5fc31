package dev.tweedie.reverse;

import dev.tweedie.backend.Coefficients;
import dev.tweedie.schedule.Level;

/**
 * Euler ancestral: in s = sigma / alpha, {@link Euler}'s step down to {@code s_down = s_u^2 / s_t},
 * then noise of variance {@code s_up^2 = s_u^2 - s_down^2} back up to s_u (k-diffusion's
 * sample_euler_ancestral at eta 1). The same map as {@link Ddpm} with posterior variance, reached
 * another way. The last step gives D.
 */
public record Ancestral() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    Transition t = chain.transition(index);
    chain.denoise(index);
    if (index == 0) {
      chain.advance(t.flow(0), index);
      return;
    }
    Level u = t.to();
    Level down = Level.of(u.alpha(), u.sigma() * StrictMath.exp(-t.gain()));
    Coefficients flow = new Transition(t.from(), down).flow(0);
    double up = u.sigma() * Math.sqrt(t.addedShare());
    chain.advance(new Coefficients(flow.a(), flow.b(), 0, up), index);
  }

  @Override
  public boolean repeatable() {
    return true;
  }
}
