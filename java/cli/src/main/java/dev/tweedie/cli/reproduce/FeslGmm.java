package dev.tweedie.cli.reproduce;

import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.GaussianMixture;
import java.util.List;

/** The synthetic mixture of Fesl et al. 2025: K = 128 Gaussians in d = 64 dimensions. */
final class FeslGmm implements Experiment {
  @Override
  public String name() {
    return "fesl-gmm";
  }

  @Override
  public String item() {
    return FeslComparison.PAPER + "random mixture";
  }

  @Override
  public String summary() {
    return "truncated chains of T levels beside the conditional mean, K = 128, d = 64";
  }

  @Override
  public Result run(Context context) {
    FeslComparison comparison =
        new FeslComparison(
            context.engine().posterior(mixture(context)), context.size(100, 1000), context.seed());
    FeslComparison.Errors errors = comparison.errors(FeslComparison.SNRS, FeslComparison.LEVELS);
    return new Result(
        List.of(errors.table("nMSE")), List.of(errors.plot("Random mixture: nMSE")), List.of());
  }

  /** The user's mixture, or else ours. */
  static GaussianMixture mixture(Context context) {
    return context.given() == null ? Builtin.randomMixture(128, 64, 1) : context.given();
  }
}
