package dev.tweedie.reverse.kernel;

import dev.tweedie.Samples;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import java.util.Arrays;

/**
 * The Gaussian with both moments of the exact reverse kernel at each x_t, {@code N(E[x_u | x_t],
 * beta-tilde I + kappa_0^2 Cov[x_0 | x_t])} with {@code kappa_0 = alpha_u (1 - SNR_t / SNR_u)}: the
 * best Gaussian kernel there is, in Kullback-Leibler divergence from the exact one. Where it fails,
 * no Gaussian kernel can be right (Li et al. 2024, section 3). Its last step draws too. Needs a
 * prior of at most 64 dimensions; its moments are computed in float64 on the host.
 */
public record FullCovariance() implements Sampler {
  @Override
  public void step(Chain chain, int index) {
    Samples x = chain.x();
    Samples noise = chain.normal(index);
    ReverseMixture kernel =
        new ReverseMixture(
            chain.exact("full covariance").prior(),
            chain.schedule().level(index),
            chain.schedule().below(index));
    int d = x.dim();
    double[] rows = x.toDoubles();
    double[] z = noise.toDoubles();
    for (int row = 0; row < rows.length; row += d) {
      kernel.at(Arrays.copyOfRange(rows, row, row + d));
      double[] mean = kernel.mean();
      double[] factor = kernel.covariance();
      Cholesky.factor(factor, d);
      for (int i = 0; i < d; i++) {
        for (int j = 0; j <= i; j++) {
          mean[i] += factor[i * d + j] * z[row + j];
        }
        rows[row + i] = mean[i];
      }
    }
    x.write(rows);
  }
}
