package dev.tweedie.check;

import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coarseness;
import dev.tweedie.backend.Op;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Posterior covariances times vectors of normals, in place too. */
final class CovarianceTimesCheck implements OpCheck {
  @Override
  public Op op() {
    return Op.COVARIANCE_TIMES;
  }

  @Override
  public List<CheckCase> cases() {
    List<CheckCase> cases = new ArrayList<>(PosteriorCases.of(op()));
    for (String kind : CheckPriors.KINDS) {
      // t'v overflows for components that weigh nothing: their zero must not meet its infinity
      CheckCase base = CheckCase.of(op(), kind, 33, 7).components(85);
      cases.add(base.level(1, 1e-3).input("longvectors"));
    }
    return cases;
  }

  @Override
  public Map<String, double[]> run(CheckCase check, Backend backend) {
    Prior prior = CheckPriors.of(check);
    Samples x = PosteriorCases.rows(check, prior, backend);
    Samples v = Inputs.samples(backend, "plain", check.rows(), check.dim(), 41);
    if (check.input().equals("longvectors")) {
      for (int i = 0; i < check.rows(); i++) {
        for (int j = 0; j < check.dim(); j++) {
          v.set(i, j, v.get(i, j) * 0x1p125);
        }
      }
    }
    Samples out = backend.allocate(check.rows(), check.dim());
    Level level = Level.of(check.alpha(), check.sigma());
    var prepared = backend.prepare(prior);
    backend.covarianceTimes(prepared, level, x, v, out);
    backend.covarianceTimes(prepared, level, x, v, v);
    return Map.of("out", out.toDoubles(), "inPlace", v.toDoubles());
  }

  @Override
  public double bound(
      CheckCase check, Coarseness coarse, String output, double[] reference, int i) {
    return EvaluateBounds.covarianceTimes(check, coarse);
  }
}
