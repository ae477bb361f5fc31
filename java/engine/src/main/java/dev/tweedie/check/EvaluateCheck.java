package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.posterior.Output;
import dev.tweedie.posterior.Outputs;
import dev.tweedie.prior.Prior;
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
    return run(check, backend, Moves.NONE);
  }

  private Map<String, double[]> run(CheckCase check, Backend backend, Moves moves) {
    Prior given = CheckPriors.of(check);
    Prior prior = moves.prior(given);
    Samples x = PosteriorCases.rows(check, given, backend);
    moves.rows(check, given, x);
    int rows = check.rows();
    int dim = check.dim();
    Outputs out =
        Outputs.allocate(
            List.of(Output.values()), rows, dim, check.components(), backend::allocate);
    backend.evaluate(backend.prepare(prior), moves.level(check), x, out);
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
  public Expected expect(CheckCase check, Numerics.Bound added, Backend reference, Recall recall) {
    Yardstick yardstick =
        recall.of(
            () -> Yardstick.of(check, reference, this::run), check, reference, Yardstick.class);
    return EvaluateBounds.expect(check, added, yardstick);
  }
}
