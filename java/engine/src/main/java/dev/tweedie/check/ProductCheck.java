package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Posterior covariances, or Hessians, times vectors of normals, in place too. */
record ProductCheck(Op op, Product product) implements OpCheck {
  /** A method of {@link Backend}. */
  interface Product {
    void times(
        Backend backend, PreparedPrior prior, Level level, Samples x, Samples v, Samples out);
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
    return run(check, backend, Moves.NONE);
  }

  private Map<String, double[]> run(CheckCase check, Backend backend, Moves moves) {
    Prior given = CheckPriors.of(check);
    Prior prior = moves.prior(given);
    Samples x = PosteriorCases.rows(check, given, backend);
    moves.rows(check, given, x);
    Samples v = CaseInputs.samples(backend, "plain", check.rows(), check.dim(), 41);
    if (check.input().equals("longvectors")) {
      for (int i = 0; i < check.rows(); i++) {
        for (int j = 0; j < check.dim(); j++) {
          v.set(i, j, v.get(i, j) * 0x1p125);
        }
      }
    }
    moves.vectors(v);
    Samples out = backend.allocate(check.rows(), check.dim());
    Level level = moves.level(check);
    var prepared = backend.prepare(prior);
    Map<String, double[]> values = new LinkedHashMap<>();
    if (check.input().equals("plain")) {
      product.times(backend, prepared, level, x, v, out);
      product.times(backend, prepared, level, x, v, v);
      values.put("out", out.toDoubles());
      values.put("inPlace", v.toDoubles());
      return values;
    }
    Runnable apart = () -> product.times(backend, prepared, level, x, v, out);
    Runnable inPlace = () -> product.times(backend, prepared, level, x, v, v);
    values.put("out", OpCheck.results(out, apart)); // before v is overwritten
    values.put("inPlace", OpCheck.results(v, inPlace));
    return values;
  }

  @Override
  public Expected expect(CheckCase check, Numerics.Bound added, Backend reference, Recall recall) {
    Yardstick yardstick =
        recall.of(
            () -> Yardstick.of(check, reference, this::run), check, reference, Yardstick.class);
    return EvaluateBounds.expect(check, added, yardstick);
  }
}
