package dev.tweedie.examples;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.SamplerProvider;
import dev.tweedie.reverse.Transition;
import java.util.List;

/**
 * A solver that Tweedie has not: SDE-DPM-Solver++(2M) (Lu et al. 2022, arXiv:2211.01095, section
 * 5), which adds noise as ancestral sampling does and is of second order in the estimate, with one
 * estimate a step: {@code x_u = m(x, (1 + w) D - w D_previous) + sigma_u sqrt(1 - e^(-2h)) z}, m
 * the posterior mean of x_u with an estimate in place of x_0, {@code w = h / (2 h_previous)}.
 */
public record StochasticMultistep() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    Transition t = chain.transition(index);
    boolean alone = index == chain.first() || index == 0;
    if (index < chain.first()) {
      chain.keepDenoised();
    }
    chain.denoise(index);
    double w = alone ? 0 : t.gain() / (2 * chain.transition(index + 1).gain());
    Coefficients m = t.posteriorMean(t.to().sigma() * Math.sqrt(t.addedShare()));
    chain.advance(new Coefficients(m.a(), (1 + w) * m.b(), -w * m.b(), m.e()), index);
  }

  /** For a jar that brings it to the command line: README.md says how. */
  public static final class Provider implements SamplerProvider {
    @Override
    public String name() {
      return "dpmpp-2m-sde";
    }

    @Override
    public Sampler sampler(List<String> arguments) {
      if (!arguments.isEmpty()) {
        throw new InvalidInputException("found " + arguments + ", allowed: " + name() + " alone");
      }
      return new StochasticMultistep();
    }
  }
}
