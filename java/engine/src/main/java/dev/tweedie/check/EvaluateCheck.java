package dev.tweedie.check;

import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coarseness;
import dev.tweedie.backend.Op;
import dev.tweedie.posterior.Output;
import dev.tweedie.posterior.Outputs;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every output of the posterior, for every kind of prior. */
final class EvaluateCheck implements OpCheck {
  @Override
  public Op op() {
    return Op.EVALUATE;
  }

  @Override
  public List<CheckCase> cases() {
    return PosteriorCases.of(op());
  }

  @Override
  public Map<String, double[]> run(CheckCase check, Backend backend) {
    Prior prior = CheckPriors.of(check);
    Samples x = PosteriorCases.rows(check, prior, backend);
    int rows = check.rows();
    int dim = check.dim();
    Outputs out =
        Outputs.allocate(
            List.of(Output.values()), rows, dim, check.components(), backend::allocate);
    backend.evaluate(backend.prepare(prior), Level.of(check.alpha(), check.sigma()), x, out);
    Map<String, double[]> values = new LinkedHashMap<>();
    values.put("evidence", out.evidence().toDoubles());
    values.put("mean", out.mean().toDoubles());
    values.put("score", out.score().toDoubles());
    values.put("trace", out.trace().toDoubles());
    values.put("diagonal", out.diagonal().toDoubles());
    values.put("responsibilities", out.responsibilities().toDoubles());
    return values;
  }

  @Override
  public double bound(
      CheckCase check, Coarseness coarse, String output, double[] reference, int i) {
    return EvaluateBounds.of(check, coarse, output, reference);
  }
}
