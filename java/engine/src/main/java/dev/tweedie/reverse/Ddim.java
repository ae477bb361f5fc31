package dev.tweedie.reverse;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.Coefficients;

/**
 * {@code x_u = alpha_u D + sqrt(sigma_u^2 - sigma_eta^2) (x - alpha_t D) / sigma_t + sigma_eta z}
 * with {@code sigma_eta^2 = eta^2 sigma_u^2 (1 - SNR_t / SNR_u)} (Song et al. 2021, Eq. 12 and 16).
 * Deterministic at eta 0, where it is the probability flow's {@link Euler} step; {@link Ddpm} at
 * eta 1.
 *
 * @param eta within 0 .. 1
 */
public record Ddim(double eta) implements Sampler {
  public Ddim {
    if (!(eta >= 0 && eta <= 1)) {
      throw new InvalidInputException("eta: found " + eta + ", allowed: 0 to 1");
    }
  }

  @Override
  public void step(Chain chain, int index) {
    Transition t = chain.transition(index);
    // sqrt(sigma_u^2 - sigma_eta^2) = sigma_u e^kept, and alpha_u - alpha_t a = alpha_u (1 -
    // e^(kept - h))
    double kept = StrictMath.log1p(-eta * eta * t.addedShare()) / 2;
    double a = t.sigmaRatio() * StrictMath.exp(kept);
    double b = -t.to().alpha() * StrictMath.expm1(kept - t.gain());
    double e = eta * t.to().sigma() * Math.sqrt(t.addedShare());
    chain.denoise(index);
    chain.advance(new Coefficients(a, b, 0, e), index);
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  @Override
  public boolean addsNoise() {
    return eta > 0;
  }
}
