package dev.tweedie.reverse;

/**
 * DPM-Solver++(2M): {@code x_u = (sigma_u / sigma_t) x + alpha_u (1 - e^-h) ((1 + w) D - w
 * D_previous)} with {@code w = h / (2 h_previous)} (Lu et al. 2022b, Algorithm 2). Order 2 with one
 * estimate a step. The first step has no previous estimate and the last no finite h: both are
 * {@link Euler}'s.
 */
public record DpmPlusPlus2M() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    Transition t = chain.transition(index);
    boolean first = index == chain.first();
    if (!first) {
      chain.keepDenoised();
    }
    chain.denoise(index);
    double w = first || index == 0 ? 0 : t.gain() / (2 * chain.transition(index + 1).gain());
    chain.advance(t.flow(-w * t.pull()), index);
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
